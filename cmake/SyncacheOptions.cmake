# Compiler flags of every target of the project. Contraction is off so that CPU and GPU round alike; a fused
# multiply-add is written std::fma. Programs that use the installed library keep their own flags.
add_library(syncache_options INTERFACE)
target_compile_features(syncache_options INTERFACE $<INSTALL_INTERFACE:cxx_std_20>)  # here by CMAKE_CXX_STANDARD
target_compile_options(syncache_options INTERFACE
  "$<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wshadow;-ffp-contract=off;-fopenmp-simd;-fno-math-errno;-fno-trapping-math>>"
  "$<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CUDA>:-fmad=false;--expt-relaxed-constexpr;--extended-lambda;-Xcompiler=-Wall,-Wextra,-ffp-contract=off>>")
if(SYNCACHE_SANITIZE)
  target_compile_options(syncache_options INTERFACE
    "$<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${SYNCACHE_SANITIZE};-fno-omit-frame-pointer;-fno-sanitize-recover=all>>")
  target_link_options(syncache_options INTERFACE -fsanitize=${SYNCACHE_SANITIZE})
endif()
target_include_directories(syncache_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
if(SYNCACHE_HAS_CUDA)
  target_compile_definitions(syncache_options INTERFACE $<BUILD_INTERFACE:SYNCACHE_HAS_CUDA=1>)
endif()
