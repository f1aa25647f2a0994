extern "C" int one() { return 1; }
