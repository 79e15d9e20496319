# Installs Weir under a prefix of its own, builds the examples against it with find_package, and runs
# them: cmake -DBUILD=… -DSOURCE=… -DWORK=… -P package_test.cmake
file(REMOVE_RECURSE ${WORK})
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY OUTPUT_VARIABLE output)
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/prefix)
function(build example)
  run(${CMAKE_COMMAND} -S ${SOURCE}/examples/${example} -B ${WORK}/${example}
      -DCMAKE_PREFIX_PATH=${WORK}/prefix -DCMAKE_CXX_FLAGS=${FLAGS})
  run(${CMAKE_COMMAND} --build ${WORK}/${example})
endfunction()

build(cpp)
run(${WORK}/cpp/predict ${SOURCE}/examples/digits/dense.keras 1 2 3 4 5 6 7 8 9 10)
if(NOT output MATCHES "^-?[0-9.]+\n$")
  message(FATAL_ERROR "the example printed '${output}', not one number")
endif()

build(devices)
run(${WORK}/devices/devices ${SOURCE}/examples/digits)
if(NOT output MATCHES "^arena [0-9]+ bytes, weights [0-9]+ bytes\n$")
  message(FATAL_ERROR "the example printed '${output}', not its two sizes")
endif()

# The doctor finds its agent and its tracer where they are installed.
run(${WORK}/prefix/bin/weir doctor --records ${WORK}/records -- python3 -c "print('watched')")
file(GLOB agents ${WORK}/records/agent.*.jsonl)
file(GLOB traces ${WORK}/records/trace.*.jsonl)
if(NOT output STREQUAL "watched\n" OR NOT agents OR (TRACED AND NOT traces))
  message(FATAL_ERROR "the program printed '${output}'; agents: '${agents}', traces: '${traces}'")
endif()
