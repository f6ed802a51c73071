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
  if(ALMANAC_SANITIZE MATCHES "^(address|ON|1|TRUE|YES)$")
    set(sanitizers -fsanitize=address,undefined)
  elseif(ALMANAC_SANITIZE STREQUAL "thread")
    set(sanitizers -fsanitize=thread)
    set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_COMMAND} -E env TSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/tsan.supp)
    # g++ 12's ThreadSanitizer finds no room for its shadow where the kernel scatters addresses over more than 28 bits.
    file(READ /proc/sys/vm/mmap_rnd_bits address_bits)
    if(address_bits GREATER 28)
      find_program(SETARCH setarch REQUIRED)
      list(APPEND CMAKE_CROSSCOMPILING_EMULATOR ${SETARCH} -R)
    endif()
  else()
    message(FATAL_ERROR "ALMANAC_SANITIZE is '${ALMANAC_SANITIZE}'; expected OFF, address or thread")
  endif()
  # What the sanitizers insert hides initialisations from g++'s flow analysis: it then warns of values that the Release
  # build proves initialised (the manual says so of -fsanitize; the sanitizers themselves look at run time).
  target_compile_options(almanac_warnings INTERFACE ${sanitizers} -fno-omit-frame-pointer
                                                    -fno-sanitize-recover=undefined -Wno-maybe-uninitialized)
  target_link_options(almanac_warnings INTERFACE ${sanitizers})
endif()

# VARIABLE is true where one of the files starts threads, or guards what several of them touch.
function(almanac_has_threads VARIABLE)
  set(${VARIABLE} FALSE PARENT_SCOPE)
  foreach(file ${ARGN})
    file(STRINGS ${file} found LIMIT_COUNT 1
         REGEX "std::(jthread|thread|async|mutex|shared_mutex|condition_variable|call_once|atomic<[^>]+>[^*])|core/aside.h")
    if(found)
      set(${VARIABLE} TRUE PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

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
  if(NAME MATCHES "^adapters_")
    set_property(GLOBAL APPEND PROPERTY ALMANAC_ADAPTERS ${NAME})
  endif()
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
    file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
    almanac_has_threads(threads ${sources} ${tests} ${headers})
    if(threads)
      add_dependencies(threaded_tests ${NAME}_test)
      set(labels LABELS threads)
    endif()
    gtest_discover_tests(${NAME}_test TEST_PREFIX "${NAME}/" DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600 ${labels})
  endif()
endfunction()
