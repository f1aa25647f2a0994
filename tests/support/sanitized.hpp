#pragma once

namespace syncache::test {

// Whether this is a build with a sanitizer, which keeps memory of its own: what a program holds then tells nothing.
#ifdef SYNCACHE_SANITIZED
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

}  // namespace syncache::test
