#pragma once

namespace syncache::test {

// Whether this is a build with a sanitizer, which keeps memory of its own: what a program holds then tells nothing.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

}  // namespace syncache::test
