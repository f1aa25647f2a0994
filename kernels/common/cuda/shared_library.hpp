#pragma once

#include <string>
#include <vector>

namespace syncache {

// A shared library that is opened at run time, so that a program starts without it. Stays open until the process ends.
class SharedLibrary {
  public:
    // Opens the first of `places` that can be opened: paths, or file names for the system's loader to look for. A
    // library named `needed` that it links is found beside it as well. Throws cuda_error with the loader's reason for
    // the first.
    explicit SharedLibrary(const std::vector<std::string>& places, const std::string& needed = "");

    // The function of that name. Throws cuda_error if the library has none.
    template <class Function>
    Function* function(const char* name) const {
        return reinterpret_cast<Function*>(address(name));
    }

  private:
    void* address(const char* name) const;

    void* handle_ = nullptr;
    std::string place_;
};

}  // namespace syncache
