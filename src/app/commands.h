// Commands that act on the data: through the running server when there is one, in process under the same lock
// otherwise.
#pragma once
#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string>

#include "app/local_socket.h"
#include "app/print.h"
#include "host/module.h"

namespace troupe::app {

struct CommandRequest {
  std::string method;
  std::string target;
  std::string body;
  std::string range{};  ///< as LocalRequest's
};

class Program;
enum class Mode;

/// Asks one question after the other: the running server, or this process with the data folder open in between.
class Asker {
 public:
  /// Makes no server where there is none.
  Asker(const host::Settings& settings, const std::vector<host::Module>& every_module);
  Asker(const host::Settings& settings, const std::vector<host::Module>& every_module, Mode mode);
  ~Asker();
  /// Errors: those of the local socket and of Program::open.
  Result<LocalReply> ask(const CommandRequest& request);
  /// The answer to a good request as an object; an error is printed, and nothing comes back.
  std::optional<boost::json::object> object(const CommandRequest& request, bool json);
  /// All `items` of a list, page after page. `target` has its other parameters and ends with '?' or '&'.
  std::optional<boost::json::array> items(const std::string& target, bool json);
  /// Whether the last question was answered by this process: no server runs.
  bool is_own() const { return program_ != nullptr; }

 private:
  const host::Settings& settings_;
  const std::vector<host::Module>& every_module_;
  Mode mode_;
  std::unique_ptr<Program> program_;
};

/// The body of a good answer; an error is printed to standard error, and nothing comes back.
std::optional<std::string> good_body(Result<LocalReply> reply, bool json);

}  // namespace troupe::app
