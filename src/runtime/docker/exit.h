// How a container ended, in the words of task drivers.
#pragma once
#include <string_view>

#include "runtime/engine/api.h"
#include "runtime/task_types.h"

namespace troupe::runtime::docker {

/// What is known beside what the engine says.
struct EndFacts {
  bool killed_by_us = false;  ///< a stop sent SIGKILL
  bool oom_seen = false;      ///< the engine told of it while the container ran
  bool podman = false;        ///< it does not say that it was out of memory
};

/// Codes above 128 are the signal that ended it, as shells and engines write it. Out of memory is a kill (137) that the
/// engine calls so; with Podman one that nobody here sent, of a container that has a memory limit.
ExitResult exit_of(const engine::Container& container, const EndFacts& facts);

/// Whether the engine's words for a start that failed are about the program and not about the engine.
bool is_about_program(std::string_view words);

}  // namespace troupe::runtime::docker
