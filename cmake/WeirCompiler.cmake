# Warnings, sanitizers and ccache, the same for every target.
add_library(weir_options INTERFACE)
target_compile_options(weir_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align
  $<$<BOOL:${WEIR_WERROR}>:-Werror>)
target_include_directories(weir_options INTERFACE ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src)

if(WEIR_SANITIZE)
  add_compile_options(-fsanitize=${WEIR_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  # GCC's own manual: with a sanitizer its flow analysis warns of what is fine. The release build,
  # which sees the same code, keeps the warning.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-maybe-uninitialized)
  endif()
  add_link_options(-fsanitize=${WEIR_SANITIZE})
endif()

# Paths relative to the tree, so that a second clone finds what the first one compiled.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

# Others' headers that take longer to read than most sources take to compile: read once for all
# folders. A source includes what it uses all the same; -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON tells.
set(WEIR_PRECOMPILED <fmt/format.h> <nlohmann/json.hpp> <algorithm> <functional> <map> <memory>
                     <optional> <ranges> <span> <string> <variant> <vector>)

# weir_folder(NAME DEPENDS...): the library of one folder of src/, from all its sources but those of a
# folder inside that makes a target of its own.
function(weir_folder name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB inner_targets ${CMAKE_CURRENT_SOURCE_DIR}/*/CMakeLists.txt)
  foreach(inner_target ${inner_targets})
    get_filename_component(inner_folder ${inner_target} DIRECTORY)
    list(FILTER sources EXCLUDE REGEX "^${inner_folder}/")
  endforeach()
  if(NOT sources)
    add_library(weir_${name} INTERFACE)
    target_link_libraries(weir_${name} INTERFACE weir_options ${ARGN})
    return()
  endif()
  add_library(weir_${name} STATIC ${sources})
  target_link_libraries(weir_${name} PUBLIC weir_options ${ARGN})
  if(name STREQUAL "base")
    target_precompile_headers(weir_base PRIVATE ${WEIR_PRECOMPILED})
  else()
    target_precompile_headers(weir_${name} REUSE_FROM weir_base)
  endif()
endfunction()
