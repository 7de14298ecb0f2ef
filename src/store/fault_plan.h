// Fails one chosen statement, so that tests can walk every failure point: N = 0, 1, 2, … until nothing fails.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace troupe::store {

/// Handed to DatabaseOptions::faults (or to a connection) by tests. Callable from any thread.
/// Counts every statement that starts on the write connection once armed, BEGIN, SAVEPOINT and COMMIT included;
/// ROLLBACK is never failed. The statement that fails has changed nothing; a failed COMMIT leaves the transaction to be
/// rolled back.
class FaultPlan {
 public:
  enum class Kind {
    disk_full,
    io_error,
    slow,  ///< the statement waits kSlowness before it runs
  };
  static constexpr std::chrono::milliseconds kSlowness{300};

  /// From now on, statements number `first` to `first + count - 1` (counted from 0) fail.
  void arm(std::int64_t first, Kind kind, std::int64_t count = 1);
  void disarm();
  /// Whether an armed fault has happened since arm().
  bool happened() const { return happened_.load(); }

  /// From now on the writer's own business after a commit runs out of memory (once), or not.
  void fail_after_commit(bool on) { after_commit_ = on; }
  /// From now on every checkpoint fails as on a disk that cannot write the database file, or not.
  void fail_checkpoints(bool on) { checkpoints_ = on; }

  /// Called by connections before a statement runs. Throws SqlError (transient) when its number is up.
  void before_statement(std::string_view sql);
  /// Called by the writer after a commit. Throws std::bad_alloc when asked to.
  void after_commit();
  bool checkpoints_fail() const { return checkpoints_.load(); }

 private:
  std::atomic<bool> armed_{false};
  std::atomic<bool> happened_{false};
  std::atomic<std::int64_t> seen_{0};
  std::atomic<std::int64_t> first_{0};
  std::atomic<std::int64_t> count_{1};
  std::atomic<Kind> kind_{Kind::disk_full};
  std::atomic<bool> after_commit_{false};
  std::atomic<bool> checkpoints_{false};
};

}  // namespace troupe::store
