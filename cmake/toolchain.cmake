# Compiler, warnings, sanitizers and the linker, for every target.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "Troupe needs clang 19: g++ 12 destroys some temporaries in co_await expressions twice. "
                      "Use a preset: cmake --preset release")
endif()
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
# The compiler takes and gives back millions of small pieces of memory: large pages, and pieces that are kept at hand in place of
# being put together again, are an eighth of its time. glibc reads it; what does not know it does not mind.
set(own_launcher ${CMAKE_CXX_COMPILER_LAUNCHER})
set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.tcache_count=60000:glibc.malloc.mxfast=0:glibc.malloc.top_pad=67108864:glibc.malloc.trim_threshold=4294967296)
find_program(TROUPE_CCACHE ccache)
if(TROUPE_CCACHE)
  list(APPEND CMAKE_CXX_COMPILER_LAUNCHER
       CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${TROUPE_CCACHE})
else()
  list(APPEND CMAKE_CXX_COMPILER_LAUNCHER ${own_launcher})
endif()
add_compile_options(-Wall -Wextra -Wpedantic -Werror -Wnon-virtual-dtor -Wthread-safety -Wno-c23-extensions -fno-omit-frame-pointer)
if(TROUPE_CCACHE AND TROUPE_PCH)
  add_compile_options(-Xclang -fno-pch-timestamp)
endif()
add_compile_definitions(BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
add_link_options(-fuse-ld=mold)
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
if(TROUPE_SANITIZE)
  add_compile_options(-fsanitize=${TROUPE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TROUPE_SANITIZE})
  # What is not optimised compiles in half of the time, and nothing that a sanitizer could see is optimised away before it looks.
  # Under a fuzzer, or with every access checked against the other threads, the program would be too slow.
  if(TROUPE_SANITIZE MATCHES "address" AND NOT TROUPE_FUZZ)
    set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
  endif()
  # Checks before each access to a member, a quarter of the time that this build takes. AddressSanitizer tells of the null pointer
  # and of the wrong bounds when they are used, and the processor does not mind the alignment. The fuzz targets keep them.
  if(TROUPE_SANITIZE MATCHES "undefined" AND NOT TROUPE_FUZZ)
    add_compile_options(-fno-sanitize=null,alignment,object-size)
  endif()
endif()
