# Script: strips PROGRAMS (separated by commas) into FOLDER, and puts the shared libraries beside them that another machine
# may lack: all but those of the C and C++ compilers and of CUDA.
string(REPLACE "," ";" programs "${PROGRAMS}")
file(REMOVE_RECURSE ${FOLDER})
file(MAKE_DIRECTORY ${FOLDER})
foreach(program IN LISTS programs)
  get_filename_component(name ${program} NAME)
  execute_process(COMMAND ${STRIP} -o ${FOLDER}/${name} ${program} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(GET_RUNTIME_DEPENDENCIES EXECUTABLES ${programs} RESOLVED_DEPENDENCIES_VAR libraries UNRESOLVED_DEPENDENCIES_VAR missing
  PRE_EXCLUDE_REGEXES "^(ld-linux|libc|libm|libdl|librt|libpthread|libgcc_s|libstdc\\+\\+|libcu)[-.a-zA-Z0-9_]*\\.so")
if(missing)
  message(FATAL_ERROR "not found: ${missing}")
endif()
foreach(library IN LISTS libraries)
  get_filename_component(name ${library} NAME)
  file(COPY_FILE ${library} ${FOLDER}/${name})
endforeach()
