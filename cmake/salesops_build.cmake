# Compiler settings and third-party packages, for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

set(SALESOPS_SANITIZE "" CACHE STRING "-fsanitize= list for every target, such as address,undefined")
option(SALESOPS_FUZZ "Build the libFuzzer targets (needs clang)" OFF)

add_compile_options(-Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers)
if(SALESOPS_SANITIZE)
  add_compile_options(-fsanitize=${SALESOPS_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${SALESOPS_SANITIZE})
endif()
if(SALESOPS_FUZZ)
  # Coverage feedback for libFuzzer from every library, not only from the target itself.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Code of tests is compiled more often than it is run: optimising it takes longer than it saves.
set(SALESOPS_TEST_OPTIONS $<$<CONFIG:Release>:-O0>)

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()
add_link_options(-Wl,--gc-sections)
add_compile_options(-ffunction-sections -fdata-sections)

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)
find_package(absl REQUIRED)
unset(re2_FOUND CACHE) # left by an earlier configuration, it would hide the target re2::re2 of gRPC
find_package(gRPC CONFIG REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(GTest REQUIRED)
find_package(rapidcheck REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc)
find_package(spdlog REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(cjose REQUIRED IMPORTED_TARGET cjose)
pkg_check_modules(jansson REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(nghttp2 REQUIRED IMPORTED_TARGET libnghttp2)
find_path(MYSQLCPPCONN_INCLUDE mysql_driver.h PATH_SUFFIXES cppconn mysql-cppconn REQUIRED)
find_library(MYSQLCPPCONN_LIBRARY mysqlcppconn REQUIRED)

# Headers that most files read, parsed once: for libraries and programs, and with the test libraries
# for tests. Only clang shares one precompiled header between targets that differ in -D and -O; what
# a file needs it still includes itself, which clang-tidy sees, as it runs without them.
set(SALESOPS_COMMON_HEADERS
  <algorithm> <functional> <map> <memory> <optional> <set> <string> <utility> <variant> <vector>
  <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/strings/str_join.h>
  <absl/strings/str_split.h> <absl/time/time.h> <google/protobuf/descriptor.h>
  <google/protobuf/message.h> <google/protobuf/timestamp.pb.h>)
add_compile_options(-pthread)
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  file(WRITE ${CMAKE_BINARY_DIR}/precompiled.cc "")
  foreach(kind library test)
    add_library(salesops_precompiled_${kind} OBJECT ${CMAKE_BINARY_DIR}/precompiled.cc)
    target_precompile_headers(salesops_precompiled_${kind} PRIVATE ${SALESOPS_COMMON_HEADERS})
  endforeach()
  target_precompile_headers(salesops_precompiled_test PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  target_link_libraries(salesops_precompiled_test PRIVATE GTest::gmock)
  target_compile_options(salesops_precompiled_test PRIVATE ${SALESOPS_TEST_OPTIONS})
endif()

# salesops_precompiled(TARGET library|test): the kind says how the target is optimised.
set(SALESOPS_LIBRARY_KIND library) # of salesops_library and salesops_proto, here and below
function(salesops_precompiled TARGET KIND)
  if(TARGET salesops_precompiled_${KIND})
    target_precompile_headers(${TARGET} REUSE_FROM salesops_precompiled_${KIND})
  endif()
endfunction()
