#include "store/write_lanes.h"

#include <algorithm>

namespace troupe::store {
namespace {

/// A lower lane waits at most this many batches while higher ones are full.
constexpr int kPassedOverLimit = 32;

}  // namespace

bool WriteLanes::empty() const {
  return std::ranges::all_of(lanes_, [](const auto& lane) { return lane.empty(); });
}

WriteBatch WriteLanes::take(std::size_t limit) {
  WriteBatch batch;
  before_ = passed_over_;
  std::array<bool, 3> taken{};
  const auto take_one = [&](std::size_t i) {
    batch.push_back(lanes_[i].front());
    lanes_[i].pop_front();
    taken[i] = true;
  };
  for (std::size_t i = 1; i < lanes_.size(); ++i) {
    if (!lanes_[i].empty() && passed_over_[i] >= kPassedOverLimit) take_one(i);
  }
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    while (!lanes_[i].empty() && batch.size() < limit) take_one(i);
  }
  for (std::size_t i = 1; i < lanes_.size(); ++i) {
    passed_over_[i] = taken[i] || lanes_[i].empty() ? 0 : passed_over_[i] + 1;
  }
  return batch;
}

WriteBatch WriteLanes::take_all() {
  WriteBatch all;
  for (auto& lane : lanes_) {
    all.insert(all.end(), lane.begin(), lane.end());
    lane.clear();
  }
  return all;
}

void WriteLanes::put_back(WriteBatch& batch, std::size_t from) {
  std::array<bool, 3> goes_back{};
  for (std::size_t i = batch.size(); i > from; --i) {
    lane_of(*batch[i - 1]).push_front(batch[i - 1]);
    goes_back[static_cast<std::size_t>(batch[i - 1]->options.lane)] = true;
  }
  batch.resize(std::min(batch.size(), from));
  for (const auto* op : batch) goes_back[static_cast<std::size_t>(op->options.lane)] = false;
  // A lane of which nothing is left in the batch was passed over after all.
  for (std::size_t i = 1; i < lanes_.size(); ++i) {
    if (goes_back[i]) passed_over_[i] = before_[i] + 1;
  }
}

}  // namespace troupe::store
