# Script: writes OUTPUT if its content changes. "unknown" outside a git checkout.
execute_process(COMMAND git -C ${SOURCE_DIR} rev-parse --short=12 HEAD OUTPUT_VARIABLE commit ERROR_QUIET
                OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
if(failed)
  set(commit "unknown")
else()
  execute_process(COMMAND git -C ${SOURCE_DIR} status --porcelain --untracked-files=no OUTPUT_VARIABLE changes ERROR_QUIET)
  if(changes)
    string(APPEND commit "-modified")
  endif()
endif()
string(STRIP "${BUILD_TEXT}" BUILD_TEXT)
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT [[#pragma once
namespace syncache::build_info {
inline constexpr const char* version = "@VERSION@";
inline constexpr const char* commit = "@commit@";
inline constexpr const char* build = "@BUILD_TEXT@";
}  // namespace syncache::build_info
]] @ONLY)
