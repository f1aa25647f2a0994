extern "C" int one();
extern "C" int three() { return 2 + one(); }
