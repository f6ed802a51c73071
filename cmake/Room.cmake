# almanac_room(NAME [DEPENDS room...] [LIBRARIES imported...])
#
# Declares the library `almanac_NAME` from every .cc file of the folder and the test program `NAME_test` from every
# *_test.cc file beside them. DEPENDS are other rooms, seen by whoever includes this room's headers; LIBRARIES are
# third-party libraries, which stay inside (their types do not appear in a room's headers unless named PUBLIC_LIBRARIES).
# TEST_DEPENDS are rooms that only the tests include. tests/house refuses a room that includes what it does not declare, or
# declares what it does not include.

find_package(PkgConfig REQUIRED)
find_package(rapidcheck REQUIRED)

add_library(almanac_warnings INTERFACE)
target_compile_options(almanac_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                                  -Woverloaded-virtual -Werror
                                                  # Designated initialisers mean what they leave out; g++ 12 sees overlaps in
                                                  # std::string::insert that are not there (GCC bug 105651).
                                                  -Wno-missing-field-initializers -Wno-restrict)
if(ALMANAC_SANITIZE)
  # What the sanitizers insert hides initialisations from g++'s flow analysis: it then warns of values that the Release
  # build proves initialised (the manual says so of -fsanitize; the sanitizers themselves look at run time).
  target_compile_options(almanac_warnings INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer
                                                    -fno-sanitize-recover=undefined -Wno-maybe-uninitialized)
  target_link_options(almanac_warnings INTERFACE -fsanitize=address,undefined)
endif()

function(almanac_room NAME)
  cmake_parse_arguments(ROOM "" "" "DEPENDS;LIBRARIES;PUBLIC_LIBRARIES;TEST_DEPENDS" ${ARGN})
  # What tests/house holds against the includes.
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${CMAKE_SOURCE_DIR}/src OUTPUT_VARIABLE folder)
  string(REPLACE ";" "," depends "${ROOM_DEPENDS}")
  string(REPLACE ";" "," test_depends "${ROOM_TEST_DEPENDS}")
  set_property(GLOBAL APPEND PROPERTY ALMANAC_ROOMS "${NAME}|${folder}|${depends}|${test_depends}")

  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(TRANSFORM ROOM_DEPENDS PREPEND almanac_)
  list(TRANSFORM ROOM_TEST_DEPENDS PREPEND almanac_)

  if(sources)
    add_library(almanac_${NAME} STATIC ${sources})
    target_include_directories(almanac_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(almanac_${NAME} PUBLIC ${ROOM_DEPENDS} ${ROOM_PUBLIC_LIBRARIES}
                                          PRIVATE almanac_warnings ${ROOM_LIBRARIES})
  else()
    add_library(almanac_${NAME} INTERFACE)
    target_include_directories(almanac_${NAME} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    target_link_libraries(almanac_${NAME} INTERFACE ${ROOM_DEPENDS} ${ROOM_PUBLIC_LIBRARIES} ${ROOM_LIBRARIES})
  endif()

  if(tests)
    add_executable(${NAME}_test ${tests})
    target_link_libraries(${NAME}_test PRIVATE almanac_${NAME} ${ROOM_TEST_DEPENDS} ${ROOM_LIBRARIES}
                                               almanac_warnings GTest::gmock GTest::gtest_main
                                               rapidcheck rapidcheck_gtest)
    gtest_discover_tests(${NAME}_test TEST_PREFIX "${NAME}/" DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600)
  endif()
endfunction()
