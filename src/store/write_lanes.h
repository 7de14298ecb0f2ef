// What waits to be written, by lane, and in which order it is taken.
#pragma once
#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <vector>

#include "store/completion.h"
#include "store/database.h"

namespace troupe::store {

/// One waiting operation. Lives in the frame of whoever waits for it.
struct WriteOp {
  std::function<Result<Unit>(Tx&)> operation;
  WriteOptions options;
  Result<Unit> outcome = Unit{};
  Waiter waiter{};
  std::chrono::steady_clock::time_point queued{};
};
using WriteBatch = std::vector<WriteOp*>;

/// A queue for each lane. A higher lane goes first, but no lane is passed over for long.
class WriteLanes {
 public:
  bool empty() const;
  void push(WriteOp& op) { lane_of(op).push_back(&op); }
  /// Takes at most about `limit` operations.
  WriteBatch take(std::size_t limit);
  /// Everything that waits, in the order of the lanes.
  WriteBatch take_all();
  /// Puts operations of the batch that was taken last back where they were: those from `from` on, which leave it.
  void put_back(WriteBatch& batch, std::size_t from);

 private:
  std::deque<WriteOp*>& lane_of(const WriteOp& op) { return lanes_[static_cast<std::size_t>(op.options.lane)]; }

  std::array<std::deque<WriteOp*>, 3> lanes_;
  std::array<int, 3> passed_over_{};  ///< batches in a row that had nothing of a lane with something in it
  std::array<int, 3> before_{};       ///< the same before the last take()
};

}  // namespace troupe::store
