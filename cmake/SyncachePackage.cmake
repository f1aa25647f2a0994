# cpack, in build/package (preset "package"): `cpack -G DEB` makes packages for Debian and Ubuntu, of the program and of the library with its
# headers; `cpack -G TGZ` a packed folder with both that may lie anywhere. tools/release makes them.
if(NOT (PROJECT_IS_TOP_LEVEL AND SYNCACHE_BUNDLE))
  return()
endif()
set(SYNCACHE_MAINTAINER "The syncache authors <syncache@packages.invalid>" CACHE STRING "Who answers for the packages: name <address>")
set(CPACK_PACKAGE_NAME syncache)
set(CPACK_PACKAGE_VENDOR "The syncache authors")
set(CPACK_PACKAGE_CONTACT ${SYNCACHE_MAINTAINER})
set(CPACK_PACKAGE_FILE_NAME syncache-${PROJECT_VERSION}-${CMAKE_SYSTEM_PROCESSOR}-linux)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "metabolic energy of learning, with and without synaptic caching")
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program development libraries)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_LIST_DIR}/PackageGenerators.cmake)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME syncache)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "Trains many small neural networks at once and accounts for the metabolic energy
that their synaptic plasticity costs: perceptrons, multilayer perceptrons and
spiking neurons. Experiments are TOML files, results tables.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libsyncache-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libboost-dev, libcli11-dev, libfmt-dev, libsqlite3-dev, libssl-dev, libtomlplusplus-dev, nlohmann-json3-dev, zlib1g-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "The library that the program is made of: experiments, sweeps, runs and result
tables, for programs in C++ and for models of one's own.")

# What Debian wants to find beside a package: its licence and its changes.
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)   # or the time that SOURCE_DATE_EPOCH names
file(READ ${PROJECT_SOURCE_DIR}/LICENSE licence)
string(STRIP "${licence}" licence)
string(REGEX REPLACE "\n\n" "\n.\n" licence "${licence}")
string(REGEX REPLACE "\n" "\n " licence "${licence}")
foreach(component program development)
  string(TOUPPER ${component} upper)
  set(package ${CPACK_DEBIAN_${upper}_PACKAGE_NAME})
  set(folder ${PROJECT_BINARY_DIR}/packaging/${package})
  file(WRITE ${folder}/copyright "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: syncache

Files: *
Copyright: 2026 The syncache authors
License: BSD-3-clause
 ${licence}
")
  file(WRITE ${folder}/changelog.Debian "${package} (${PROJECT_VERSION}-1) unstable; urgency=medium

  * Version ${PROJECT_VERSION}. What changes is in CHANGELOG.md of the sources.

 -- ${SYNCACHE_MAINTAINER}  ${date}
")
  execute_process(COMMAND gzip -9 -n -f -k changelog.Debian WORKING_DIRECTORY ${folder} COMMAND_ERROR_IS_FATAL ANY)
  install(FILES ${folder}/copyright ${folder}/changelog.Debian.gz DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${package} COMPONENT ${component})
endforeach()
# The licences of the libraries that come along, where Debian has them.
foreach(library libfmt-dev libtomlplusplus-dev)
  install(FILES /usr/share/doc/${library}/copyright DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/syncache RENAME ${library}.copyright
    COMPONENT program OPTIONAL)
endforeach()
foreach(library libsqlite3-dev libssl-dev zlib1g-dev)
  install(FILES /usr/share/doc/${library}/copyright DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/syncache RENAME ${library}.copyright
    COMPONENT libraries OPTIONAL)
endforeach()

include(CPack)
