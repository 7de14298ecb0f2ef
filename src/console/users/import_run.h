// One import at work: the rows of a file become accounts, some at a time, and after each step its numbers are stored.
#pragma once
#include <atomic>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/crypto.h"
#include "bus/bus.h"
#include "console/users/import_plan.h"
#include "console/users/import_status.h"
#include "identity/audit.h"
#include "identity/principals.h"
#include "identity/tenants.h"
#include "matrix/accounts.h"
#include "net/server/server.h"
#include "store/database.h"

namespace troupe::console::users {

/// What imports work with. References only.
struct ImportParts {
  store::Database& db;
  matrix::Accounts& accounts;
  identity::Principals& principals;
  identity::Tenants& tenants;
  identity::Audit& audit;
  bus::Bus& bus;
  net::server::IoThreads& io;
  const base::Clock& clock;
  const base::SealingKey& sealing_key;
  std::string holder;  ///< names this process, at each start the same
};

struct ImportOrder {
  identity::AuditRecord who;           ///< actor, tenant and request, for the audit log
  std::optional<std::string> room_id;  ///< resolved
  bool dry_run = false;
  bool whole_server = false;  ///< accounts of other tenants that exist may be brought into the room, too
};

/// Belongs to the coroutine that works on it, but for cancel(). `parts` and `stopping` outlive it.
class ImportRun {
 public:
  /// `first` is stored already, with the plan's errors.
  ImportRun(const ImportParts& parts, const std::atomic<bool>& stopping, ImportPlan plan, ImportOrder order,
            ImportStatus first)
      : parts_(parts),
        stopping_(stopping),
        plan_(std::move(plan)),
        order_(std::move(order)),
        status_(std::move(first)),
        import_id_(status_.import_id),
        stored_errors_(status_.errors.size()) {}

  const std::string& import_id() const { return import_id_; }
  /// From any thread: it is to end after its present step.
  void cancel() { cancelled_ = true; }
  /// To its end, whatever that is: its last word is stored, with a line of the audit log, and published.
  asio::awaitable<void> run();

 private:
  Task<Unit> make_all();
  Task<Unit> make_some(std::span<const ImportRow> rows);
  Task<Unit> look_only(std::span<const ImportRow> rows);
  enum class Standing { free, ours, elsewhere };
  /// What there is under each name: nothing, an account that this import may touch, or another tenant's.
  Task<std::vector<Standing>> standing(std::span<const ImportRow> rows);
  /// The rows that are not another tenant's; the others are errors from now on.
  Task<std::vector<ImportRow>> within_reach(std::span<const ImportRow> rows);
  /// Before the accounts are made: a kill in between must not leave accounts whose passwords nobody has.
  Task<Unit> keep_passwords(std::span<const ImportRow> rows, const std::vector<Standing>& there);
  /// Tries again for a minute or two what fails because somebody is away or busy.
  template <class Attempt>
  std::invoke_result_t<Attempt&> insist(Attempt attempt);
  /// Whether it is to go on. Errors: those that end it, which it has noted as its reason.
  Result<Unit> go_on();
  /// Stores the numbers and hears whether somebody cancelled. A database that is away is no reason to end.
  Task<Unit> save();
  /// Stores the end with its line of the audit log.
  Task<Unit> finish();
  /// Tenants, and the roles that do not go with the homeserver's flag, are identity's.
  Task<Unit> settle(std::span<const ImportRow> rows, std::vector<bool> made);
  std::string user_id(const ImportRow& row) const;
  void publish(bool now);

  const ImportParts& parts_;
  const std::atomic<bool>& stopping_;
  ImportPlan plan_;
  const ImportOrder order_;
  ImportStatus status_;
  const std::string import_id_;  ///< read from any thread
  std::size_t stored_errors_;    ///< of status_.errors
  base::UnixMs published_ms_ = 0;
  std::atomic<bool> cancelled_{false};
  bool disowned_ = false;  ///< somebody took this process for dead
};

}  // namespace troupe::console::users
