// Commands that act on the data: through the running server when there is one, in process under the same lock
// otherwise.
#pragma once
#include <memory>
#include <string>

#include "app/local_socket.h"
#include "host/settings.h"

namespace troupe::app {

struct CommandRequest {
  std::string method;
  std::string target;
  std::string body;
};

class Program;

/// Asks one question after the other: the running server, or this process with the data folder open in between.
class Asker {
 public:
  explicit Asker(const host::Settings& settings);
  ~Asker();
  /// Errors: those of the local socket and of Program::open.
  Result<LocalReply> ask(const CommandRequest& request);
  /// Whether the last question was answered by this process: no server runs.
  bool is_own() const { return program_ != nullptr; }

 private:
  const host::Settings& settings_;
  std::unique_ptr<Program> program_;
};

/// How an answer is printed without --json.
enum class Show {
  object,  ///< one `name: value` line for each member
  table,   ///< the `items` (or the bare array) as columns
  raw,     ///< as it came
};

/// Asks the platform API, prints the answer (or the error, to standard error), yields the exit code.
int run_command(const host::Settings& settings, const CommandRequest& request, bool json, Show show);

/// Prints an error answer (problem+json) to standard error, as text or as it came.
void print_error(const std::string& body, bool json);
/// Prints `name: value` lines, a table, or the answer as it came.
void print_answer(const std::string& body, bool json, Show show);

/// Nothing that a terminal would take for a command: control characters become '?', line breaks spaces.
std::string for_terminal(std::string_view text);

}  // namespace troupe::app
