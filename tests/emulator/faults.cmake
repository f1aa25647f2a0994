# Faults seeded into copies of the real kernels: each is built and run, and passes if the emulator reports it under the
# check that is named. A fault whose text no longer stands in the sources fails: seed it anew.

set(faults_folder ${PROJECT_BINARY_DIR}/faults)
add_library(syncache_fault_driver OBJECT ${CMAKE_CURRENT_LIST_DIR}/driver.cpp)
target_link_libraries(syncache_fault_driver PUBLIC syncache::syncache)

# The program of a fault: its objects, and of the kernels all but those of the .cu file that they replace. Objects, not an
# archive, so that none comes from the library, which may have others or none.
function(syncache_fault_program name replaced)
  add_executable(${name} $<TARGET_OBJECTS:syncache_emulator> $<TARGET_OBJECTS:syncache_fault_driver> ${ARGN}
    $<FILTER:$<TARGET_OBJECTS:syncache_emulated_checked>,EXCLUDE,kernels/${replaced}.o$>)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${faults_folder})
  target_link_libraries(${name} PRIVATE syncache_fault_driver Boost::context Threads::Threads)
endfunction()

# Writes the copy of a file with a text replaced, in the folder of a fault.
function(syncache_seed folder file from to)
  set(text_file ${folder}/kernels/${file})
  if(NOT EXISTS ${text_file}.seeded)
    file(READ ${PROJECT_SOURCE_DIR}/kernels/${file} text)
  else()
    file(READ ${text_file}.seeded text)
  endif()
  string(FIND "${text}" "${from}" first)
  string(FIND "${text}" "${from}" last REVERSE)
  if(first EQUAL -1 OR NOT first EQUAL last)
    set(lost "kernels/${file} no longer has, once, the text to replace: ${from}" PARENT_SCOPE)
    return()
  endif()
  string(REPLACE "${from}" "${to}" text "${text}")
  file(WRITE ${text_file}.seeded "${text}")
  file(COPY_FILE ${text_file}.seeded ${text_file} ONLY_IF_DIFFERENT)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/kernels/${file})
endfunction()

# name, check: the report that is expected; source: the .cu file that is built with the fault; run: the driver's
# arguments; then file, from, to, once or more often.
function(syncache_fault name check source run)
  set(folder ${faults_folder}/${name})
  set(lost "")
  file(GLOB_RECURSE old ${folder}/*.seeded)
  if(old)
    file(REMOVE ${old})
  endif()
  set(k 4)
  while(k LESS ARGC)
    math(EXPR from "${k} + 1")
    math(EXPR to "${k} + 2")
    syncache_seed(${folder} "${ARGV${k}}" "${ARGV${from}}" "${ARGV${to}}")
    math(EXPR k "${k} + 3")
  endwhile()
  if(lost)
    message(WARNING "Faults.${name}: ${lost}")
    add_test(NAME Faults.${name} COMMAND ${CMAKE_COMMAND} -E echo "${lost}")
    set_tests_properties(Faults.${name} PROPERTIES PASS_REGULAR_EXPRESSION "ended at" LABELS emulated)
    return()
  endif()
  set(file ${PROJECT_SOURCE_DIR}/kernels/${source})
  if(EXISTS ${folder}/kernels/${source})
    set(file ${folder}/kernels/${source})
  endif()
  syncache_emulated_objects(fault_${name}_objects ON ${file})
  target_include_directories(fault_${name}_objects BEFORE PRIVATE ${folder})
  target_compile_options(fault_${name}_objects PRIVATE -w)  # a fault may be something that warnings are for
  syncache_fault_program(fault_${name} ${source} $<TARGET_OBJECTS:fault_${name}_objects>)
  separate_arguments(arguments UNIX_COMMAND "${run}")
  add_test(NAME Faults.${name} COMMAND fault_${name} ${arguments})
  set_tests_properties(Faults.${name} PROPERTIES ENVIRONMENT "EMULATOR_END_AT=${check};EMULATOR_STOP_PATIENCE=100000"
    PASS_REGULAR_EXPRESSION "ended at .${check}." TIMEOUT 120 LABELS emulated)
endfunction()

# The same runs of the kernels as they are report nothing.
syncache_fault_program(fault_none nothing)
function(syncache_no_fault name run)
  separate_arguments(arguments UNIX_COMMAND "${run}")
  add_test(NAME Faults.None.${name} COMMAND fault_none ${arguments})
  set_tests_properties(Faults.None.${name} PROPERTIES PASS_REGULAR_EXPRESSION "driver: no reports"
    ENVIRONMENT "EMULATOR_STOP_PATIENCE=100000" TIMEOUT 120 LABELS emulated)
endfunction()

set(perceptron "inputs=20 patterns=29 variant='\"local-global\"' threshold=3 tau=30 seed=2 max_epochs=3")
set(integer "inputs=20 patterns=29 variant='\"none\"' max_epochs=3")
set(mlp "data='\"synthetic\"' hidden=9 precision='\"single\"' variant='\"local-neuron\"' threshold=0.03 train_count=4 test_count=70 max_epochs=1 checkpoint_every=3")
set(spiking "patterns=2 max_runs=3 auditory_inputs=9 active_inputs=2 seed=1")
foreach(variant block block-registers block-cache-ahead block-registers-ahead warp warp-registers block+cublas)
  syncache_no_fault(perceptron.${variant} "perceptron ${variant} ${perceptron}")
endforeach()
syncache_no_fault(perceptron.integer "perceptron block ${integer}")
syncache_no_fault(mlp.block "mlp block ${mlp}")
syncache_no_fault(mlp.cluster "mlp cluster ${mlp}")
syncache_no_fault(spiking "spiking default ${spiking}")
syncache_no_fault(spiking.stopped "spiking default --stop-after 100 patterns=20 max_runs=100000")

include(${CMAKE_CURRENT_LIST_DIR}/faults_seeded.cmake)
