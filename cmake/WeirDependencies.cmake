# Everything comes from the distribution's packages; see tools/setup.sh for their names.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET libhwy)
pkg_check_modules(libzip REQUIRED IMPORTED_TARGET libzip)

find_library(PTHREADPOOL_LIBRARY pthreadpool REQUIRED)
find_path(PTHREADPOOL_INCLUDE_DIR pthreadpool.h REQUIRED)
add_library(weir_pthreadpool INTERFACE)
target_link_libraries(weir_pthreadpool INTERFACE ${PTHREADPOOL_LIBRARY} Threads::Threads)
target_include_directories(weir_pthreadpool INTERFACE ${PTHREADPOOL_INCLUDE_DIR})
