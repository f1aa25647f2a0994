# Copies of the program that leave out an energy, in trainings of perceptrons in the baseline instruction set: test_gate.py shows
# that claims notice. A text that no longer stands in the source stops the configuration: leave it out anew.

# name, file: of kernels/perceptron; from, to: what is replaced there, once.
function(syncache_forgetful name file from to)
  set(source ${PROJECT_SOURCE_DIR}/kernels/perceptron/${file})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  file(READ ${source} text)
  string(FIND "${text}" "${from}" first)
  string(FIND "${text}" "${from}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    message(FATAL_ERROR "kernels/perceptron/${file} no longer has, once, what the forgetful program ${name} leaves out: ${from}")
  endif()
  string(REPLACE "${from}" "${to}" text "${text}")
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/forgetful/${name})
  file(CONFIGURE OUTPUT ${folder}/kernels/perceptron/${file} CONTENT "${text}" @ONLY)
  add_executable(forgetful_${name} ${PROJECT_SOURCE_DIR}/tools/syncache/main.cpp ${PROJECT_SOURCE_DIR}/kernels/perceptron/perceptron_cpu.cpp)
  # Before the library that has the same functions with all energies.
  target_include_directories(forgetful_${name} BEFORE PRIVATE ${folder})
  target_include_directories(forgetful_${name} SYSTEM PRIVATE ${RANDOM123_INCLUDE_DIR})
  target_compile_definitions(forgetful_${name} PRIVATE SYNCACHE_ISA=baseline)
  target_link_libraries(forgetful_${name} PRIVATE syncache::command_line)
  list(APPEND forgetful "\"${name}\": \"$<TARGET_FILE:forgetful_${name}>\"")
  set(forgetful ${forgetful} PARENT_SCOPE)
endfunction()

syncache_forgetful(final_consolidation train.hpp "sums.consolidation + last.value[0]" "sums.consolidation")
syncache_forgetful(maintenance train.hpp "sums.maintenance_sum += sums.pending * (task.decay * decay.sum);" "")
list(JOIN forgetful ", " forgetful)
set_property(TEST Experiments.Plot.gate APPEND PROPERTY ENVIRONMENT "SYNCACHE_FORGETFUL={${forgetful}}")
