#pragma once

#include <string>

namespace syncache {

// "0.1.0", the commit (with "-modified" where tracked files were changed when it was built), compiler and CUDA version.
std::string version_text();
std::string commit_text();
std::string build_text();

}  // namespace syncache
