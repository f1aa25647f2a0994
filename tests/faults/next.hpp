#pragma once

#include <dlfcn.h>

// What every part of the preloaded library needs: the function of that name that the program would have called without
// it. A function may be asked for before any constructor has run, and from within malloc, so it is looked up on its
// first use.
#define SYNCACHE_NEXT(name)                                                       \
    ([] {                                                                         \
        static decltype(&::name) found = nullptr;                                 \
        if (found == nullptr) {                                                   \
            found = reinterpret_cast<decltype(&::name)>(dlsym(RTLD_NEXT, #name)); \
        }                                                                         \
        return found;                                                             \
    }())
