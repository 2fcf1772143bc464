# The umbrella target and the installed package: a user writes
#
#   find_package(quorumlab 0.1 REQUIRED)
#   target_link_libraries(my_model PRIVATE quorumlab::quorumlab)

include(CMakePackageConfigHelpers)

# Links whatever folders declared a library, so that a new one needs no line here.
get_property(libraries GLOBAL PROPERTY QUORUMLAB_LIBRARIES)
add_library(quorumlab_umbrella INTERFACE)
add_library(quorumlab::quorumlab ALIAS quorumlab_umbrella)
set_target_properties(quorumlab_umbrella PROPERTIES EXPORT_NAME quorumlab)
target_link_libraries(quorumlab_umbrella INTERFACE ${libraries})
install(TARGETS quorumlab_umbrella EXPORT quorumlabTargets)

if(TARGET quorumlab)
  # Wherever its sources are, the program is always build/quorumlab.
  set_target_properties(quorumlab PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  install(TARGETS quorumlab RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY scenarios/ DESTINATION ${CMAKE_INSTALL_DATADIR}/quorumlab/scenarios
  FILES_MATCHING PATTERN "*.toml")

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/quorumlab)
configure_package_config_file(cmake/quorumlabConfig.cmake.in
  ${PROJECT_BINARY_DIR}/quorumlabConfig.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/quorumlabConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(EXPORT quorumlabTargets NAMESPACE quorumlab:: DESTINATION ${package_dir})
install(FILES
  ${PROJECT_BINARY_DIR}/quorumlabConfig.cmake
  ${PROJECT_BINARY_DIR}/quorumlabConfigVersion.cmake
  DESTINATION ${package_dir})
