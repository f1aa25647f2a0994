#include "kernels/common/cuda/shared_library.hpp"

#include <dlfcn.h>

#include <cstddef>
#include <string>
#include <vector>

#include "kernels/common/cuda/cuda_error.hpp"

namespace syncache {

SharedLibrary::SharedLibrary(const std::vector<std::string>& places, const std::string& needed) {
    std::string reason;
    for (const std::string& place : places) {
        const std::size_t slash = place.rfind('/');
        if (slash != std::string::npos && !needed.empty()) {
            (void)dlopen((place.substr(0, slash + 1) + needed).c_str(),
                         RTLD_NOW | RTLD_LOCAL);  // by its name from here on
        }
        handle_ = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (handle_ != nullptr) {
            place_ = place;
            return;
        }
        reason = reason.empty() ? dlerror() : reason;
    }
    throw cuda_error(reason);
}

void* SharedLibrary::address(const char* name) const {
    void* found = dlsym(handle_, name);
    if (found == nullptr) {
        throw cuda_error(place_ + " has no function " + name);
    }
    return found;
}

}  // namespace syncache
