// Many accounts from one file: what a file means, and the job that makes them. Format: docs/user-import.md.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "bus/bus.h"
#include "console/users/csv.h"
#include "console/users/import_status.h"
#include "identity/audit.h"
#include "identity/principals.h"
#include "identity/tenants.h"
#include "matrix/homeserver.h"
#include "net/server/server.h"
#include "store/database.h"

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
  bool generated = false;  ///< the password was made here, and is to be handed out
};
/// Every row of the file is in one of the two.
struct ImportPlan {
  std::vector<ImportRow> rows;
  std::vector<LineError> errors;
};

/// Reads a file: a first row that holds `username` names the columns, else they are username, password, display_name,
/// role. Errors: those of parse_csv; invalid_param (no rows, no such column); too_large (more than 10,000 rows).
Result<ImportPlan> plan_import(std::string_view csv, std::string_view server_name);

/// Gives a password to each row that has none.
void generate_passwords(ImportPlan& plan);

struct ImportOrder {
  identity::AuditRecord who;           ///< actor, tenant and request, for the audit log
  std::optional<std::string> room_id;  ///< resolved
  bool dry_run = false;
  bool whole_server = false;  ///< accounts of other tenants that exist may be brought into the room, too
};

/// One per program; callable from any thread. One import at a time, of all processes on the database. How far each is
/// stands in the database (con_import), the file itself, with its passwords, does not: an import whose process ended is
/// `failed`, interrupted, and the same file may be given again, because what exists is left as it is.
class UserImports {
 public:
  struct Parts {
    store::Database& db;
    matrix::Homeserver& homeserver;
    identity::Principals& principals;
    identity::Tenants& tenants;
    identity::Audit& audit;
    bus::Bus& bus;
    net::IoThreads& io;
    const base::Clock& clock;
    const base::SealingKey& sealing_key;
    std::string holder;  ///< names this process, at each start the same
  };
  explicit UserImports(Parts parts) : parts_(std::move(parts)) {}

  /// For start-up: what ran here when the process ended was interrupted. Blocks.
  Result<Unit> recover_now();
  /// For a job: the same for processes that have not been heard of for two minutes. Passwords that nobody took for a
  /// day are forgotten; `aged`: by host::age_clock.
  Task<Unit> recover(base::UnixMs aged);

  /// Begins and yields its first status. Errors: conflict (one is running), unavailable (stopping).
  Task<ImportStatus> start(ImportPlan plan, ImportOrder order);
  Task<ImportStatus> find(std::int64_t tenant_id, std::string import_id);  ///< not_found
  Task<std::vector<ImportStatus>> list(std::int64_t tenant_id);            ///< the last ten, newest first
  /// Asks a running one, of whichever process, to end; it does after its present step, as failed, cancelled. Yields how
  /// far it is. Errors: not_found, conflict (it has ended).
  Task<ImportStatus> cancel(std::int64_t tenant_id, std::string import_id);
  struct HandedOut {
    std::string username;
    std::string password;
  };
  /// The passwords that it made, of the accounts that it made. They are nowhere afterwards. `limited`: for a key that
  /// may not get hold of an administrator. Errors: not_found (no such import, or none are left), conflict (it runs),
  /// forbidden (limited, and there is an administrator among them: nothing is taken).
  Task<std::vector<HandedOut>> take_passwords(std::int64_t tenant_id, std::string import_id, bool limited);
  /// The running one ends after its present step, as interrupted; waits for it up to 10 s.
  Task<Unit> stop();

 private:
  struct Run;
  asio::awaitable<void> run(std::shared_ptr<Run> run);
  Task<Unit> make_all(Run& run);
  Task<Unit> make_some(Run& run, std::span<const ImportRow> rows);
  Task<Unit> look_only(Run& run, std::span<const ImportRow> rows);
  enum class Standing { free, ours, elsewhere };
  /// What there is under each name: nothing, an account that this import may touch, or another tenant's.
  Task<std::vector<Standing>> standing(Run& run, std::span<const ImportRow> rows);
  /// The rows that are not another tenant's; the others are errors from now on.
  Task<std::vector<ImportRow>> within_reach(Run& run, std::span<const ImportRow> rows);
  /// Before the accounts are made: a kill in between must not leave accounts whose passwords nobody has.
  Task<Unit> keep_passwords(Run& run, std::span<const ImportRow> rows, const std::vector<Standing>& there);
  /// Tries again for a minute or two what fails because somebody is away or busy.
  template <class Attempt>
  std::invoke_result_t<Attempt&> insist(Run& run, Attempt attempt);
  /// Whether it is to go on. Errors: those that end it, which it has noted as its reason.
  Result<Unit> go_on(Run& run);
  /// Stores the numbers and hears whether somebody cancelled. A database that is away is no reason to end.
  Task<Unit> save(Run& run);
  /// Stores the end with its line of the audit log.
  Task<Unit> finish(Run& run);
  bool is_stopping() const;
  /// Tenants, and the roles that do not go with the homeserver's flag, are identity's.
  Task<Unit> settle(Run& run, std::span<const ImportRow> rows, std::vector<bool> made);
  std::string user_id(const ImportRow& row) const;
  void publish(Run& run, bool now);

  Parts parts_;
  mutable std::mutex mutex_;  ///< guards the three below
  std::shared_ptr<Run> running_;
  std::size_t open_ = 0;  ///< begun and not ended, the last write included
  bool stopping_ = false;
};

}  // namespace troupe::console
