# The library that people link, with the folders' libraries inside, and the package that
# find_package(weir) finds. Shared, so that a user's program needs none of Weir's own dependencies.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(objects "")
foreach(folder ${WEIR_LIBRARY_FOLDERS})
  get_target_property(type weir_${folder} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    list(APPEND objects $<TARGET_OBJECTS:weir_${folder}>)
  endif()
endforeach()

add_library(weir SHARED ${objects})
target_link_libraries(weir PRIVATE weir_report_page fmt::fmt Threads::Threads ZLIB::ZLIB PkgConfig::hwy)
target_compile_features(weir INTERFACE cxx_std_20)
target_include_directories(weir INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(weir PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
                                      LINKER_LANGUAGE CXX)

install(TARGETS weir EXPORT weir_targets)
# For tests: programs that link it count their allocations (weir/gtest.h).
set_target_properties(weir_allocations PROPERTIES EXPORT_NAME allocations)
install(TARGETS weir_allocations EXPORT weir_targets)
install(TARGETS weir_program)
install(DIRECTORY include/weir DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/weir)
install(EXPORT weir_targets NAMESPACE weir:: FILE weirConfig.cmake DESTINATION ${package})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/weirConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/weirConfigVersion.cmake DESTINATION ${package})
