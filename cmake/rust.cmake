# Builds the Rust crate of a module with cargo: troupe_crate(MODULE FOLDER LIBRARY).
# Run as a script (cmake -P) it calls cargo: -DCARGO= -DMANIFEST= -DTARGET_DIR=. A failure says what to do.
if(CMAKE_SCRIPT_MODE_FILE)
  get_filename_component(folder ${MANIFEST} DIRECTORY)
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env CARGO_TARGET_DIR=${TARGET_DIR} CARGO_TERM_COLOR=never
            ${CARGO} build --locked --release --quiet --manifest-path ${MANIFEST}
    WORKING_DIRECTORY ${folder}
    RESULT_VARIABLE result)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR
      "cargo could not build ${MANIFEST} (its own words are above). If it could not reach crates.io: run "
      "`cargo fetch --locked --manifest-path ${MANIFEST}` once where it can (scripts/setup does it too); after that no "
      "network is needed. Behind a mirror, name it in ~/.cargo/config.toml ([source.crates-io] replace-with).")
  endif()
  return()
endif()

set(TROUPE_RUST_OLDEST 1.85)  # as src/*/rust/Cargo.toml says

function(troupe_cargo_fits result path)
  execute_process(COMMAND ${path} --version OUTPUT_VARIABLE said ERROR_QUIET)
  string(REGEX MATCH "cargo ([0-9]+\\.[0-9]+)" known "${said}")
  if(NOT known OR CMAKE_MATCH_1 VERSION_LESS TROUPE_RUST_OLDEST)
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

function(troupe_crate name folder library_name)
  # rustup's stands in a folder of its own, which only login shells have in their PATH.
  find_program(TROUPE_CARGO cargo PATHS $ENV{CARGO_HOME}/bin $ENV{HOME}/.cargo/bin VALIDATOR troupe_cargo_fits)
  if(NOT TROUPE_CARGO)
    message(FATAL_ERROR "There is no cargo ${TROUPE_RUST_OLDEST} or newer, which src/${name} needs: run scripts/setup")
  endif()
  set(crate ${CMAKE_CURRENT_SOURCE_DIR}/${folder})
  set(library ${CMAKE_CURRENT_BINARY_DIR}/lib${library_name}.a)
  # The presets name one folder for all of them: what cargo makes is the same for each, and takes half a minute.
  set(target_dir ${CMAKE_CURRENT_BINARY_DIR}/${folder})
  if(TROUPE_CARGO_FOLDER)
    set(target_dir ${TROUPE_CARGO_FOLDER}/${name})
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${crate}/src/*.rs)
  # The debug information is that of Rust's standard library, and larger than all the rest.
  add_custom_command(
    OUTPUT ${library}
    COMMAND ${CMAKE_COMMAND} -DCARGO=${TROUPE_CARGO} -DMANIFEST=${crate}/Cargo.toml -DTARGET_DIR=${target_dir}
            -P ${CMAKE_SOURCE_DIR}/cmake/rust.cmake
    COMMAND ${CMAKE_COMMAND} -E copy ${target_dir}/release/lib${library_name}.a ${library}
    COMMAND ${CMAKE_STRIP} --strip-debug ${library}
    DEPENDS ${crate}/Cargo.toml ${crate}/Cargo.lock ${sources}
    COMMENT "Building ${library_name} with cargo"
    VERBATIM)
  add_custom_target(troupe_${name}_crate ALL DEPENDS ${library})
  # By its path, not as a target: what links waits for the file, what compiles does not.
  target_link_libraries(troupe_${name} PUBLIC ${library})
  if(NOT TROUPE_SANITIZE)  # Most of Rust's standard library is not needed. Sanitizers look for sections that nothing names.
    target_link_options(troupe_${name} PUBLIC -Wl,--gc-sections)
  endif()
endfunction()
