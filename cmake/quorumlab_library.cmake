# One static library for each folder of the house; its link line is its place in the include graph.
#
#   quorumlab_library(traces SOURCES a.cc HEADERS a.h PUBLIC quorumlab::sim PRIVATE fmt::fmt
#     PRECOMPILED standard)

add_library(quorumlab_flags INTERFACE)
target_compile_features(quorumlab_flags INTERFACE cxx_std_20)
# Contracted or reassociated floating point would differ between compilers: the fingerprint forbids it.
target_compile_options(quorumlab_flags INTERFACE
  -ffp-contract=off -fno-fast-math
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wno-missing-field-initializers
  # GCC 12 warns wrongly, at -O3, about std::string's operator+ (its bug 105651), empty optionals
  # and fmt::join; Clang, clang-tidy and the sanitizers watch over the same.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow>
  # The compiler collects its own garbage only beyond 400 MB, which few files reach: it is done sooner.
  $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=400000>
  $<$<BOOL:${QUORUMLAB_WERROR}>:-Werror>)

# Where no run spends its time, the optimizer's third level costs a fifth of the build and buys
# nothing: quorumlab_light(tools).
function(quorumlab_light target)
  if(CMAKE_CXX_FLAGS_RELEASE MATCHES "-O3")
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  endif()
endfunction()

# The same for single files of this folder: quorumlab_light_sources(schema.cc).
function(quorumlab_light_sources)
  if(CMAKE_CXX_FLAGS_RELEASE MATCHES "-O3")
    set_source_files_properties(${ARGN} PROPERTIES
      COMPILE_OPTIONS $<$<CONFIG:Release>:-O1>)
  endif()
endfunction()

# What nearly all files of several targets include is compiled once for all of them:
#   quorumlab_precompiled(standard HEADERS <map> <vector> LIBRARIES fmt::fmt)
#   quorumlab_precompile(quorumlab_traces standard)
# `./dev lint` builds without, and so sees what is not included.
function(quorumlab_precompiled name)
  cmake_parse_arguments(arg "" "" "HEADERS;LIBRARIES" ${ARGN})
  # CMake wants a source file beside the headers.
  set(nothing ${CMAKE_CURRENT_BINARY_DIR}/precompiled_${name}.cc)
  file(CONFIGURE OUTPUT ${nothing} CONTENT "")
  add_library(quorumlab_precompiled_${name} OBJECT ${nothing})
  target_include_directories(quorumlab_precompiled_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(quorumlab_precompiled_${name} PRIVATE quorumlab_flags ${arg_LIBRARIES})
  quorumlab_precompiled_flags(quorumlab_precompiled_${name})
  target_precompile_headers(quorumlab_precompiled_${name} PRIVATE ${arg_HEADERS})
endfunction()

function(quorumlab_precompile target name)
  quorumlab_precompiled_flags(${target})
  target_precompile_headers(${target} REUSE_FROM quorumlab_precompiled_${name})
endfunction()

# GCC 12 then warns of what it does not warn of else, wrongly (its bug 105651).
function(quorumlab_precompiled_flags target)
  target_compile_options(${target} PRIVATE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-array-bounds -Wno-stringop-overread -fpch-preprocess>)
endfunction()

function(quorumlab_library name)
  cmake_parse_arguments(arg "" "PRECOMPILED" "SOURCES;HEADERS;PUBLIC;PRIVATE" ${ARGN})
  add_library(quorumlab_${name} STATIC)
  add_library(quorumlab::${name} ALIAS quorumlab_${name})
  set_target_properties(quorumlab_${name} PROPERTIES EXPORT_NAME ${name})
  target_sources(quorumlab_${name} PRIVATE ${arg_SOURCES}
    PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
  target_compile_features(quorumlab_${name} PUBLIC cxx_std_20)
  target_link_libraries(quorumlab_${name}
    PUBLIC ${arg_PUBLIC}
    PRIVATE $<BUILD_INTERFACE:quorumlab_flags> ${arg_PRIVATE})
  quorumlab_precompile(quorumlab_${name} ${arg_PRECOMPILED})
  install(TARGETS quorumlab_${name} EXPORT quorumlabTargets
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/quorumlab)
  set_property(GLOBAL APPEND PROPERTY QUORUMLAB_LIBRARIES quorumlab_${name})
endfunction()
