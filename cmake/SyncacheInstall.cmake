# `cmake --install`: the program, the library with its headers, and the package that find_package(syncache) finds.
# The library is static and made of parts; a program that links it needs what they link, see syncache-config.cmake.in.
include(CMakePackageConfigHelpers)

if(SYNCACHE_CUDA STREQUAL "EMULATED")
  install(CODE "message(FATAL_ERROR \"Not installed: the emulated GPU is for this project's tests. Install a build without SYNCACHE_CUDA=EMULATED.\")")
endif()

get_property(parts GLOBAL PROPERTY SYNCACHE_PARTS)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/syncache)
install(TARGETS syncache syncache_command_line syncache_options ${parts} EXPORT syncache_targets COMPONENT development)
if(SYNCACHE_BUNDLE)
  # fmt and toml++ have other shared libraries in each release of a distribution; the rest is what a tarball lacks elsewhere (cpack).
  set(bundle_folder ${CMAKE_INSTALL_LIBDIR}/syncache)
  set_target_properties(syncache_cli PROPERTIES INSTALL_RPATH "$ORIGIN/../${bundle_folder}")
  install(TARGETS syncache_cli RUNTIME_DEPENDENCY_SET changing COMPONENT program)
  install(RUNTIME_DEPENDENCY_SET changing PRE_INCLUDE_REGEXES "^lib(fmt|tomlplusplus)" PRE_EXCLUDE_REGEXES "."
    DESTINATION ${bundle_folder} COMPONENT program)
  install(TARGETS syncache_cli RUNTIME_DEPENDENCY_SET all COMPONENT libraries)
  install(RUNTIME_DEPENDENCY_SET all PRE_EXCLUDE_REGEXES "^(ld-linux|lib(c|m|dl|rt|pthread|gcc_s|stdc\\+\\+)\\.so)"
    DESTINATION ${bundle_folder} COMPONENT libraries)
else()
  install(TARGETS syncache_cli COMPONENT program)
endif()
install(EXPORT syncache_targets NAMESPACE syncache:: DESTINATION ${package_folder} COMPONENT development)

# #include "host/experiment/experiment.hpp" works as in the source tree.
install(DIRECTORY host datasets kernels DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/syncache COMPONENT development FILES_MATCHING PATTERN "*.hpp")
install(FILES tools/syncache/command_line.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/syncache/tools/syncache COMPONENT development)
target_include_directories(syncache_options INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/syncache>)

configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/syncache-config.cmake.in
  ${PROJECT_BINARY_DIR}/syncache-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/syncache-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/syncache-config.cmake ${PROJECT_BINARY_DIR}/syncache-config-version.cmake
  DESTINATION ${package_folder} COMPONENT development)
