#include "store/write_lanes.h"

#include <gtest/gtest.h>

#include <deque>

namespace troupe::store {
namespace {

constexpr std::size_t kLimit = 256;

/// In which batch the one operation of the lane runs, while so many of the first lane wait at all times and a batch has
/// time for `fit`; 0: in none of a thousand.
int batch_of(Lane lane, std::size_t waiting, std::size_t fit) {
  std::deque<WriteOp> sends;
  for (std::size_t i = 0; i < waiting; ++i) sends.emplace_back().options.lane = Lane::send;
  WriteOp low;
  low.options.lane = lane;
  WriteLanes lanes;
  for (auto& send : sends) lanes.push(send);
  lanes.push(low);
  for (int number = 1; number <= 1'000; ++number) {
    auto batch = lanes.take(kLimit);
    if (batch.size() > fit) lanes.put_back(batch, fit);
    for (auto* op : batch) {
      if (op == &low) return number;
      lanes.push(*op);
    }
  }
  return 0;
}

TEST(WriteLanesTest, NoLaneIsPassedOverForLong) {
  for (const auto lane : {Lane::receipts, Lane::bulk}) {
    for (const auto& [waiting, fit] : {std::pair(300, 300), {300, 40}, {250, 40}, {100, 40}, {41, 40}, {250, 200}}) {
      const auto number = batch_of(lane, static_cast<std::size_t>(waiting), static_cast<std::size_t>(fit));
      EXPECT_GT(number, 0) << waiting << " wait, " << fit << " fit";
      EXPECT_LE(number, 34) << waiting << " wait, " << fit << " fit";
    }
  }
}

}  // namespace
}  // namespace troupe::store
