// Many accounts from one file: the service behind imports of users. Format: docs/user-import.md.
#pragma once
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "console/users/import_run.h"

namespace troupe::console::users {

/// One per program; callable from any thread. One import at a time, of all processes on the database. How far each is
/// stands in the database (con_import), the file itself, with its passwords, does not: an import whose process ended is
/// `failed`, interrupted, and the same file may be given again, because what exists is left as it is.
class UserImports {
 public:
  explicit UserImports(ImportParts parts) : parts_(std::move(parts)) {}

  /// Of the homeserver on which accounts are made.
  const std::string& server_name() const { return parts_.accounts.server_name(); }

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
  /// The run from its first step to its last.
  asio::awaitable<void> work(std::shared_ptr<ImportRun> run);

  ImportParts parts_;
  base::Mutex mutex_;
  std::shared_ptr<ImportRun> running_ GUARDED_BY(mutex_);
  std::size_t open_ GUARDED_BY(mutex_) = 0;  ///< begun and not ended, the last write included
  std::atomic<bool> stopping_{false};
};

}  // namespace troupe::console::users
