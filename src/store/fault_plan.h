// Fails one chosen statement, so that tests can walk every failure point: N = 0, 1, 2, … until nothing fails.
#pragma once
#include <atomic>
#include <cstdint>
#include <string_view>

namespace troupe::store {

/// Handed to DatabaseOptions::faults (or to a connection) by tests. Callable from any thread.
/// Counts every statement that starts on the write connection once armed, BEGIN, SAVEPOINT and COMMIT included;
/// ROLLBACK is never failed. The statement that fails has changed nothing; a failed COMMIT leaves the transaction to be
/// rolled back.
class FaultPlan {
 public:
  enum class Kind { disk_full, io_error };

  /// From now on, statements number `first` to `first + count - 1` (counted from 0) fail.
  void arm(std::int64_t first, Kind kind, std::int64_t count = 1);
  void disarm();
  /// Whether an armed fault has happened since arm().
  bool happened() const { return happened_.load(); }

  /// Called by connections before a statement runs. Throws SqlError (transient) when its number is up.
  void before_statement(std::string_view sql);

 private:
  std::atomic<bool> armed_{false};
  std::atomic<bool> happened_{false};
  std::atomic<std::int64_t> seen_{0};
  std::atomic<std::int64_t> first_{0};
  std::atomic<std::int64_t> count_{1};
  std::atomic<Kind> kind_{Kind::disk_full};
};

}  // namespace troupe::store
