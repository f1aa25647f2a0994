#include "host/store/build_info.hpp"

#include <string>

#include "build_info_generated.hpp"

namespace syncache {

std::string version_text() { return build_info::version; }
std::string commit_text() { return build_info::commit; }
std::string build_text() { return build_info::build; }

}  // namespace syncache
