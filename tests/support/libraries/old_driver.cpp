// A driver of CUDA 11.8, as far as the runtime asks it before it finds that it is too old. Its file is libcuda.so.1.
extern "C" int cuDriverGetVersion(int* version) {
    *version = 11080;
    return 0;
}
