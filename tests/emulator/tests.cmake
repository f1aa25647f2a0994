# What needs a GPU, on the emulated one: programs and tests. Included by tests/CMakeLists.txt.
file(GLOB emulator_tests CONFIGURE_DEPENDS emulator/test_*.cu)
file(GLOB emulator_host_tests CONFIGURE_DEPENDS emulator/test_*.cpp)
syncache_emulated_objects(syncache_emulator_tests ON ${emulator_tests})
# The emulator comes first: what it takes from the standard library is not to be the checked kernels' copy.
set(checked_parts $<TARGET_OBJECTS:syncache_emulator> emulator/main.cpp emulator/team_sums.cpp ${emulator_host_tests} $<TARGET_OBJECTS:syncache_emulator_tests>)
if(SYNCACHE_CUDA STREQUAL "EMULATED")
  set(emulated_cli syncache_cli)
else()
  add_executable(syncache_emulated_cli $<TARGET_OBJECTS:syncache_emulator> ${PROJECT_SOURCE_DIR}/tools/syncache/main.cpp)
  set_target_properties(syncache_emulated_cli PROPERTIES OUTPUT_NAME syncache-emulated)
  target_link_libraries(syncache_emulated_cli PRIVATE syncache::command_line)
  syncache_emulate(syncache_emulated_cli checked)
  set(emulated_cli syncache_emulated_cli)
endif()
# The main function of the emulated tests has to know it.
set_source_files_properties(emulator/main.cpp PROPERTIES COMPILE_DEFINITIONS SYNCACHE_EMULATED_PROGRAM="$<TARGET_FILE:${emulated_cli}>")

# What needs a GPU, on the emulated one, on three schedules of its threads. Here with every access watched, and parity on all
# three schedules at one size of each variant (of spiking at all), on one schedule at all sizes of the perceptron and a second
# of the MLP; in the preset `emulated` at all sizes, on two of the schedules without watching. In both with faults seeded
# into copies of the kernels.
set(cuda_tests "*Cuda*:-*WithoutADevice*")
set(cuda_tests_in_short "*Cuda*:-*WithoutADevice*:*CudaEqualsCpu*:*Many*")
set(parity_in_short "*CudaEqualsCpu/*_33_1:*SpikingParity.CudaEqualsCpu/*:*MlpParity.CudaEqualsCpu/*_1")
set(parity_of_one_schedule "*PerceptronParity.CudaEqualsCpu/*:*MlpParity.CudaEqualsCpu/*_15:*Cuda*.*Many*:-*_33_1")
set(plain_parts $<TARGET_OBJECTS:syncache_emulator> emulator/main.cpp)
function(syncache_emulated_tests kernels seed filter)
  gtest_discover_tests(syncache_${kernels}_tests ${discovery} TEST_PREFIX ${kernels}.${seed}. TEST_FILTER ${filter} ${ARGN}
    PROPERTIES TIMEOUT 600 LABELS emulated ENVIRONMENT EMULATOR_SEED=${seed})
endfunction()
function(syncache_emulated_program kernels)
  syncache_test_program(syncache_${kernels}_tests ${${kernels}_parts})
  syncache_emulate(syncache_${kernels}_tests ${kernels})
  add_dependencies(syncache_${kernels}_tests ${emulated_cli})
endfunction()
syncache_emulated_program(checked)
if(SYNCACHE_CUDA STREQUAL "EMULATED")
  syncache_emulated_program(plain)
  syncache_emulated_tests(checked 1 "${cuda_tests}")
  syncache_emulated_tests(plain 2 "${cuda_tests}" TEST_LIST plain_2)
  syncache_emulated_tests(plain 3 "${cuda_tests}" TEST_LIST plain_3)
  # Hours: ctest -C full -L full
  add_test(NAME Emulated.ParityAtFullSize CONFIGURATIONS full COMMAND syncache_plain_tests "--gtest_filter=*CudaEqualsCpu*:*Many*")
  set_tests_properties(Emulated.ParityAtFullSize PROPERTIES LABELS full TIMEOUT 86400 ENVIRONMENT SYNCACHE_PARITY_SIZE=full)
else()
  foreach(seed 1 2 3)
    syncache_emulated_tests(checked ${seed} "${cuda_tests_in_short}" TEST_LIST checked_${seed})
    syncache_emulated_tests(checked ${seed} "${parity_in_short}" TEST_LIST checked_parity_${seed})
  endforeach()
  syncache_emulated_tests(checked 1 "${parity_of_one_schedule}" TEST_LIST checked_parity_of_one_schedule)
endif()
include(emulator/faults.cmake)
