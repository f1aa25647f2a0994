# Writes host/store/build_info.cpp's constants anew at each build, so that results name the commit they were made with.
set(SYNCACHE_BUILD_INFO_DIR ${CMAKE_CURRENT_BINARY_DIR}/generated)
set(cuda_text "without CUDA")
if(SYNCACHE_HAS_CUDA)
  set(cuda_text "CUDA ${CMAKE_CUDA_COMPILER_VERSION}")
endif()
add_custom_target(syncache_build_info_header
  COMMAND ${CMAKE_COMMAND} -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DOUTPUT=${SYNCACHE_BUILD_INFO_DIR}/build_info_generated.hpp
          "-DBUILD_TEXT=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE} ${cuda_text}"
          -DVERSION=${PROJECT_VERSION} -P ${CMAKE_CURRENT_LIST_DIR}/WriteBuildInfo.cmake
  BYPRODUCTS ${SYNCACHE_BUILD_INFO_DIR}/build_info_generated.hpp
  COMMENT "Recording the commit" VERBATIM)
