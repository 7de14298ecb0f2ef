// How far an import of users is.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace troupe::console::users {

/// On the bus: an import's progress, the JSON of its UserImport without `errors`.
inline constexpr std::string_view kImportChannel = "console.import";

/// A line of the file, counted from 1, that became no account, and why.
struct LineError {
  std::size_t line = 0;
  std::string message;
};

struct ImportStatus {
  enum class State { running, done, failed };          ///< as stored
  enum class Reason { none, cancelled, interrupted };  ///< why it failed; as stored
  std::string import_id;
  std::int64_t tenant_id = 1;
  State state = State::running;
  Reason reason = Reason::none;
  bool dry_run = false;
  std::optional<std::string> room_id;
  std::size_t total = 0;
  std::size_t done = 0;
  std::size_t created = 0;
  std::size_t existed = 0;
  std::size_t joined = 0;
  std::size_t passwords = 0;  ///< that it made and nobody has taken yet
  std::string error;          ///< why it stopped before its end
  std::vector<LineError> errors;
  base::UnixMs started_ms = 0;
  std::optional<base::UnixMs> finished_ms;
};

}  // namespace troupe::console::users
