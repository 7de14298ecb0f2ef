// Commands that act on the data: through the running server when there is one, in process under the same lock
// otherwise.
#pragma once
#include <string>

#include "host/settings.h"

namespace troupe::app {

struct CommandRequest {
  std::string method;
  std::string target;
  std::string body;
};

/// How an answer is printed without --json.
enum class Show {
  object,  ///< one `name: value` line for each member
  table,   ///< the `items` (or the bare array) as columns
  raw,     ///< as it came
};

/// Asks the platform API, prints the answer (or the error, to standard error), yields the exit code.
int run_command(const host::Settings& settings, const CommandRequest& request, bool json, Show show);

}  // namespace troupe::app
