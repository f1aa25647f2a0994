# SYNCACHE_STATIC: programs to carry to a machine that has neither compilers nor our libraries, a GPU machine for instance.
# What has an archive is linked from it; libraries that Debian has in shared form only go along beside the programs, where
# $ORIGIN finds them. cuBLAS (600 MB) and the C library stay the other machine's.
if(SYNCACHE_STATIC)
  if(NOT (SYNCACHE_HAS_CUDA AND SYNCACHE_TESTS AND SYNCACHE_BENCHMARKS))
    message(FATAL_ERROR "SYNCACHE_STATIC=ON carries the GPU's tests and benchmarks: it needs CUDA, SYNCACHE_TESTS=ON and SYNCACHE_BENCHMARKS=ON.")
  endif()
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
  set(OPENSSL_USE_STATIC_LIBS ON)
  set(ZLIB_USE_STATIC_LIBS ON)
  add_link_options(-static-libstdc++ -static-libgcc)
  set(CMAKE_BUILD_RPATH "$ORIGIN")
endif()

# The target `gpu_programs`: these programs, stripped, and what they need, in the folder gpu-programs/.
function(syncache_gpu_programs)
  list(TRANSFORM ARGN REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE files)
  list(JOIN files "," files)
  add_custom_target(gpu_programs
    COMMAND ${CMAKE_COMMAND} -DPROGRAMS=${files} -DFOLDER=${PROJECT_BINARY_DIR}/gpu-programs -DSTRIP=${CMAKE_STRIP}
            -P ${PROJECT_SOURCE_DIR}/cmake/GatherPrograms.cmake
    COMMENT "Gathering the programs to carry in gpu-programs/" VERBATIM)
  add_dependencies(gpu_programs ${ARGN})
endfunction()
