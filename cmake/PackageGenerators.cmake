# cpack reads this for each kind of package: a .deb depends on the system's libraries, a tarball brings them along.
if(CPACK_GENERATOR STREQUAL "DEB")
  list(REMOVE_ITEM CPACK_COMPONENTS_ALL libraries)
endif()
