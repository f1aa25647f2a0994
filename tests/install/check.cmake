# Installs the build and has another project use it: the CMake lines and the C++ example of docs/library.md, as they stand there.
# Needs SOURCE_DIR, BINARY_DIR (a build), WORK_DIR (emptied), GENERATOR.
function(run what)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "${what} failed (${result}):\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

# The first code block of the page in that language.
function(block_of_page language result)
  file(READ ${SOURCE_DIR}/docs/library.md page)
  if(NOT page MATCHES "```${language}\n([^`]*)```")
    message(FATAL_ERROR "docs/library.md has no ${language} block")
  endif()
  set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK_DIR})
run("Installing" ${CMAKE_COMMAND} --install ${BINARY_DIR} --prefix ${WORK_DIR}/prefix)
run("The installed program" ${WORK_DIR}/prefix/bin/syncache --version)

block_of_page(cmake lines)
block_of_page(cpp example)
file(WRITE ${WORK_DIR}/project/CMakeLists.txt "cmake_minimum_required(VERSION 3.25)\nproject(example LANGUAGES CXX)\n${lines}")
file(WRITE ${WORK_DIR}/project/example.cpp "${example}")
run("Configuring the example" ${CMAKE_COMMAND} -S ${WORK_DIR}/project -B ${WORK_DIR}/build -G ${GENERATOR}
    -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix)
run("Building the example" ${CMAKE_COMMAND} --build ${WORK_DIR}/build)
run("The example" ${WORK_DIR}/build/example)
string(REGEX MATCHALL "patterns: [1-9][0-9]* uncached, [1-9][0-9]* cached\n" lines "${output}")
list(LENGTH lines count)
if(NOT count EQUAL 3)
  message(FATAL_ERROR "The example printed not three trials with their energies, but:\n${output}")
endif()
