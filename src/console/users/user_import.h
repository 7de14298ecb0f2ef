// Many accounts from one file: what a file means, and the job that makes them. Format: docs/user-import.md.
#pragma once
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bus/bus.h"
#include "console/users/csv.h"
#include "identity/audit.h"
#include "identity/principals.h"
#include "identity/tenants.h"
#include "matrix/homeserver.h"
#include "net/server.h"

namespace troupe::console {

inline constexpr std::size_t kMaxImportRows = 10'000;
inline constexpr std::size_t kMaxImportBytes = 4UL * 1024 * 1024;
/// On the bus: an import's progress, the JSON of its UserImport without `errors`.
inline constexpr std::string_view kImportChannel = "console.import";

struct ImportRow {
  std::size_t line = 0;
  std::string username;
  std::optional<std::string> password;
  std::string display_name;
  net::Role role = net::Role::member;
};
struct LineError {
  std::size_t line = 0;
  std::string message;
};
/// Every row of the file is in one of the two.
struct ImportPlan {
  std::vector<ImportRow> rows;
  std::vector<LineError> errors;
};

/// Reads a file: a first row that holds `username` names the columns, else they are username, password, display_name,
/// role. Errors: those of parse_csv; invalid_param (no rows, no such column); too_large (more than 10,000 rows).
Result<ImportPlan> plan_import(std::string_view csv, std::string_view server_name);

struct ImportOrder {
  identity::AuditRecord who;           ///< actor, tenant and request, for the audit log
  std::optional<std::string> room_id;  ///< resolved
  bool dry_run = false;
};

/// How far an import is.
struct ImportStatus {
  enum class State { running, done, failed };
  std::string import_id;
  std::int64_t tenant_id = 1;
  State state = State::running;
  bool dry_run = false;
  std::optional<std::string> room_id;
  std::size_t total = 0;
  std::size_t done = 0;
  std::size_t created = 0;
  std::size_t existed = 0;
  std::size_t joined = 0;
  std::string error;
  std::vector<LineError> errors;
  base::UnixMs started_ms = 0;
  std::optional<base::UnixMs> finished_ms;
};

/// As UserImport of the API; without `errors` when they are not wanted.
boost::json::object import_view(const ImportStatus& status, bool with_errors);

/// One per program; callable from any thread. One import at a time; the last ten are remembered, in memory: after a
/// restart the same file goes on where it was, because what exists is left as it is.
class UserImports {
 public:
  struct Parts {
    matrix::Homeserver& homeserver;
    identity::Principals& principals;
    identity::Tenants& tenants;
    identity::Audit& audit;
    bus::Bus& bus;
    net::IoThreads& io;
    const base::Clock& clock;
  };
  explicit UserImports(Parts parts) : parts_(parts) {}

  /// Begins and yields its first status. Error: conflict (one is running).
  Result<ImportStatus> start(ImportPlan plan, ImportOrder order);
  std::optional<ImportStatus> find(std::int64_t tenant_id, std::string_view import_id) const;
  std::vector<ImportStatus> list(std::int64_t tenant_id) const;  ///< newest first
  /// The running one ends after its present step; waits for it up to 10 s.
  Task<Unit> stop();

 private:
  struct Run;
  asio::awaitable<void> run(std::shared_ptr<Run> run);
  Task<Unit> make_all(Run& run);
  Task<Unit> make_some(Run& run, std::span<const ImportRow> rows);
  Task<Unit> look_only(Run& run, std::span<const ImportRow> rows);
  Task<std::vector<bool>> exists(std::span<const ImportRow> rows);
  bool is_stopping() const;
  /// Roles below admin and tenants are identity's.
  Task<Unit> settle(std::span<const ImportRow> rows, std::vector<bool> made, std::int64_t tenant_id);
  std::string user_id(const ImportRow& row) const;
  void publish(Run& run, bool now);

  Parts parts_;
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Run>> runs_;
  bool stopping_ = false;
};

}  // namespace troupe::console
