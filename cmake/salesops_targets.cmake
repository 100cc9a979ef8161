# The functions every CMakeLists.txt of this tree uses.

# Adds every sub-folder of FOLDER that has a CMakeLists.txt, in name order.
function(salesops_add_folders FOLDER)
  file(GLOB entries CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${FOLDER}/*/CMakeLists.txt)
  foreach(entry ${entries})
    get_filename_component(dir ${entry} DIRECTORY)
    add_subdirectory(${dir})
  endforeach()
endfunction()

# salesops_library(NAME DEPS …)
# One folder = one target = salesops::NAME: every *.cc of the current folder but tests, benches,
# fuzzers and main. DEPS are public.
function(salesops_library NAME)
  cmake_parse_arguments(ARG "" "" "DEPS;SOURCES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  list(FILTER sources EXCLUDE REGEX "(_test|_bench|_fuzz|main)\\.cc$")
  list(APPEND sources ${ARG_SOURCES})
  if(sources)
    add_library(salesops_${NAME} STATIC ${sources})
    target_include_directories(salesops_${NAME} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(salesops_${NAME} PUBLIC ${ARG_DEPS})
    salesops_precompiled(salesops_${NAME} ${SALESOPS_LIBRARY_KIND})
  else()
    add_library(salesops_${NAME} INTERFACE)
    target_include_directories(salesops_${NAME} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(salesops_${NAME} INTERFACE ${ARG_DEPS})
  endif()
  add_library(salesops::${NAME} ALIAS salesops_${NAME})
endfunction()

# salesops_tests(NAME DEPS … [LABELS …])
# One test binary for every *_test.cc of the current folder. LABELS: unit (default), integration,
# e2e, fault, contract. A test that needs a database takes it from SALESOPS_TEST_DATABASE, which
# `tools/dev test` sets.
function(salesops_tests NAME)
  cmake_parse_arguments(ARG "" "" "DEPS;LABELS;SOURCES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.cc)
  if(ARG_SOURCES)
    set(sources ${ARG_SOURCES})
  endif()
  if(NOT sources)
    return()
  endif()
  add_executable(${NAME}_test ${sources})
  target_link_libraries(${NAME}_test PRIVATE ${ARG_DEPS} GTest::gmock rapidcheck)
  target_link_libraries(${NAME}_test PRIVATE salesops_test_main GTest::gtest)
  target_compile_options(${NAME}_test PRIVATE ${SALESOPS_TEST_OPTIONS})
  salesops_precompiled(${NAME}_test test)
  add_test(NAME ${NAME} COMMAND ${NAME}_test --gtest_brief=1
           WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  set_tests_properties(${NAME} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 900)
endfunction()

set(SALESOPS_PROTO_ROOT ${CMAKE_SOURCE_DIR}/proto)
set(SALESOPS_GOOGLE_PROTO_ROOT ${CMAKE_SOURCE_DIR}/proto/node_modules/google-proto-files)
set(SALESOPS_PROTO_OUT ${CMAKE_BINARY_DIR}/generated)

# salesops_proto(NAME ROOT <dir> FILES <paths below it …> DEPS …)
# Messages only: our servers and clients find methods in the descriptors, so no stubs are generated.
function(salesops_proto NAME)
  cmake_parse_arguments(ARG "" "ROOT" "FILES;DEPS" ${ARGN})
  set(outputs)
  foreach(file ${ARG_FILES})
    string(REGEX REPLACE "\\.proto$" "" stem ${file})
    add_custom_command(
      OUTPUT ${SALESOPS_PROTO_OUT}/${stem}.pb.cc ${SALESOPS_PROTO_OUT}/${stem}.pb.h
      COMMAND protobuf::protoc --cpp_out=${SALESOPS_PROTO_OUT} -I${SALESOPS_PROTO_ROOT}
              -I${SALESOPS_GOOGLE_PROTO_ROOT} -I${ARG_ROOT} ${file}
      DEPENDS ${ARG_ROOT}/${file})
    list(APPEND outputs ${SALESOPS_PROTO_OUT}/${stem}.pb.cc)
  endforeach()
  add_library(salesops_${NAME} STATIC ${outputs})
  target_include_directories(salesops_${NAME} SYSTEM PUBLIC ${SALESOPS_PROTO_OUT})
  target_link_libraries(salesops_${NAME} PUBLIC protobuf::libprotobuf ${ARG_DEPS})
  salesops_precompiled(salesops_${NAME} ${SALESOPS_LIBRARY_KIND})
  # Whole: a linker drops objects nobody names, and with them the descriptors of services that are
  # only looked up by name.
  add_library(salesops_${NAME}_whole INTERFACE)
  target_link_libraries(salesops_${NAME}_whole
                        INTERFACE $<LINK_LIBRARY:WHOLE_ARCHIVE,salesops_${NAME}>)
  add_library(salesops::${NAME} ALIAS salesops_${NAME}_whole)
endfunction()

# salesops_descriptors(SERVICE FILES …): build/descriptors/SERVICE.binpb, with imports and comments.
function(salesops_descriptors SERVICE)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/descriptors/${SERVICE}.binpb)
  file(GLOB_RECURSE all CONFIGURE_DEPENDS ${SALESOPS_PROTO_ROOT}/salesops/*.proto)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/descriptors
    COMMAND protobuf::protoc --descriptor_set_out=${out} --include_imports --include_source_info
            -I${SALESOPS_PROTO_ROOT} -I${SALESOPS_GOOGLE_PROTO_ROOT} ${ARG_FILES}
    DEPENDS ${all})
  add_custom_target(${SERVICE}_descriptors ALL DEPENDS ${out})
  set_property(GLOBAL APPEND PROPERTY SALESOPS_DESCRIPTOR_TARGETS ${SERVICE}_descriptors)
endfunction()

# salesops_migrations(NAME COMPONENT c FILES 0001_x.sql …): a target salesops::NAME_migrations with
# the header "migrations/NAME.h" that declares `const mysql::MigrationSet& NAMEMigrations()`, NAME
# in CamelCase. The SQL is compiled in, so a binary always carries the schema it expects.
function(salesops_migrations NAME)
  cmake_parse_arguments(ARG "" "COMPONENT" "FILES" ${ARGN})
  list(TRANSFORM ARG_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE paths)
  set(out ${CMAKE_BINARY_DIR}/generated/migrations)
  add_custom_command(
    OUTPUT ${out}/${NAME}.cc ${out}/${NAME}.h
    COMMAND ${CMAKE_COMMAND} -DNAME=${NAME} -DCOMPONENT=${ARG_COMPONENT} "-DFILES=${paths}"
            -DOUT=${out} -P ${CMAKE_SOURCE_DIR}/cmake/embed_migrations.cmake
    DEPENDS ${paths} ${CMAKE_SOURCE_DIR}/cmake/embed_migrations.cmake
    VERBATIM)
  add_library(salesops_${NAME}_migrations STATIC ${out}/${NAME}.cc)
  target_include_directories(salesops_${NAME}_migrations PUBLIC ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(salesops_${NAME}_migrations PUBLIC salesops::mysql)
  add_library(salesops::${NAME}_migrations ALIAS salesops_${NAME}_migrations)
endfunction()

# salesops_fuzz(DEPS …)
# One program for every *_fuzz.cc of the current folder, named like the file. The `fuzz` preset
# links libFuzzer (`tools/dev test` runs each for 20 s); every other preset makes it a unit test
# that repeats the corpus kept in tests/fuzz/corpus/<name>/.
function(salesops_fuzz)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_fuzz.cc)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE ${ARG_DEPS})
    if(SALESOPS_FUZZ)
      target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    else()
      target_sources(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
      add_test(NAME ${name} COMMAND ${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name}
               WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
      set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120)
    endif()
  endforeach()
endfunction()
