#include "store/sqlite_ledger.h"

#include "base/log.h"
#include "store/columns.h"

namespace troupe::store {
namespace {

constexpr const char* kBeginImmediate = "BEGIN IMMEDIATE";
constexpr const char* kCommitSqlite = "COMMIT";
constexpr const char* kRollbackSqlite = "ROLLBACK";
constexpr const char* kMoveStream = "UPDATE stream SET head = ?1, reserved = ?2 WHERE id = 1";

constexpr const char* kFreePages = "PRAGMA freelist_count";
/// 1 MiB at a time: a few milliseconds.
constexpr const char* kShrink = "PRAGMA incremental_vacuum(256)";
/// New rows take free pages first, so some are worth keeping.
constexpr std::int64_t kFreePagesKept = 1'024;
constexpr std::chrono::seconds kShrinkInterval{10};

}  // namespace

SqliteLedger::SqliteLedger(std::unique_ptr<WriteTx> tx, StreamStart start)
    : Ledger(std::move(tx)), stored_(start.head) {
  state_.last = start.head;
  state_.reserved = start.reserved;
}

void SqliteLedger::begin(bool) { tx_->run(kBeginImmediate); }

void SqliteLedger::commit() {
  if (state_.last != stored_) tx_->run(kMoveStream, state_.last, state_.reserved);
  tx_->run(kCommitSqlite);
  stored_ = state_.last;
}

void SqliteLedger::roll_back() noexcept {
  if (!connection().in_transaction()) return;
  try {
    tx_->run(kRollbackSqlite);
  } catch (const SqlError& error) {
    base::log_error("store", "rollback failed", {{"detail", error.what()}});
  }
}

void SqliteLedger::between_batches(bool quiet) {
  if (checkpointer_) checkpointer_->between_batches(sqlite());
  const auto now = std::chrono::steady_clock::now();
  if (now < next_shrink_ || !quiet) return;
  next_shrink_ = now + kShrinkInterval;
  try {
    shrink_file();
  } catch (const SqlError& error) {
    base::log_warning("store", "free pages stay in the file for now", {{"detail", error.what()}});
  }
}

void SqliteLedger::shrink_file() {
  if (number(tx_->query(kFreePages)) < kFreePagesKept) return;
  tx_->run(kShrink);
  next_shrink_ = {};  // more may be free: go on after the next batch
}

}  // namespace troupe::store
