# Compiler flags of every target of the project. Contraction is off so that CPU and GPU round alike; a fused
# multiply-add is written std::fma. Programs that use the installed library keep their own flags.
add_library(syncache_options INTERFACE)
target_compile_features(syncache_options INTERFACE $<INSTALL_INTERFACE:cxx_std_20>)  # here by CMAKE_CXX_STANDARD
target_compile_options(syncache_options INTERFACE
  "$<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wshadow;-ffp-contract=off;-fopenmp-simd;-fno-math-errno;-fno-trapping-math>>"
  # With -fPIC g++ takes functions for replaceable and does not inline them, unless told; clang never does.
  "$<BUILD_INTERFACE:$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-semantic-interposition>>"
  # clang: a loop that it cannot vectorise is slow, not wrong; what it calls deprecated lies in g++'s standard library.
  "$<BUILD_INTERFACE:$<$<COMPILE_LANG_AND_ID:CXX,Clang>:-Wno-pass-failed;-Wno-deprecated-declarations>>"
  "$<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CUDA>:-fmad=false;--expt-relaxed-constexpr;--extended-lambda;-Xcompiler=-Wall,-Wextra,-ffp-contract=off>>")
if(SYNCACHE_SANITIZE)
  target_compile_options(syncache_options INTERFACE
    "$<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${SYNCACHE_SANITIZE};-fno-omit-frame-pointer;-fno-sanitize-recover=all>>")
  target_link_options(syncache_options INTERFACE -fsanitize=${SYNCACHE_SANITIZE})
endif()
# The fuzzers of tests/fuzz go by the branches that an input takes, but for those of trainings, and see an index behind the end of
# a container that lies within other memory.
if(SYNCACHE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "SYNCACHE_FUZZ=ON needs clang; the compiler is ${CMAKE_CXX_COMPILER_ID}. The preset `fuzz` takes clang++-19.")
  endif()
  target_compile_options(syncache_options INTERFACE "$<BUILD_INTERFACE:$<$<NOT:$<BOOL:$<TARGET_PROPERTY:SYNCACHE_IS_TRAINING>>>:-fsanitize=fuzzer-no-link>>")
  target_compile_definitions(syncache_options INTERFACE $<BUILD_INTERFACE:_GLIBCXX_ASSERTIONS>)
endif()
target_include_directories(syncache_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
if(SYNCACHE_HAS_CUDA)
  target_compile_definitions(syncache_options INTERFACE $<BUILD_INTERFACE:SYNCACHE_HAS_CUDA=1>)
endif()

# The instruction sets that the CPU executors are compiled for; the baseline runs everywhere. In debug and sanitizer builds
# functions are not inlined and would clash, so there is the baseline only.
set(SYNCACHE_ISAS baseline)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND CMAKE_BUILD_TYPE MATCHES "Release|RelWithDebInfo" AND NOT SYNCACHE_SANITIZE)
  set(SYNCACHE_MANY_ISAS ON)
  list(APPEND SYNCACHE_ISAS avx2 avx512)
endif()
set(SYNCACHE_FLAGS_avx2 -mavx2 -mfma -mbmi -mbmi2 -mpopcnt -mlzcnt -mf16c)
set(SYNCACHE_FLAGS_avx512 ${SYNCACHE_FLAGS_avx2} -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512cd -mavx512vpopcntdq -mprefer-vector-width=512)
