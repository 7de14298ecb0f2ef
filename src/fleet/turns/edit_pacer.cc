#include "fleet/turns/edit_pacer.h"

#include <algorithm>

namespace troupe::fleet::turns {
namespace {

/// From one number to another while the ramp lasts.
double along_ramp(EditPacer::Time begin, EditPacer::Time now, double from, double to) {
  auto part = std::chrono::duration<double>(now - begin) / std::chrono::duration<double>(EditPacer::kRamp);
  return from + (to - from) * std::clamp(part, 0.0, 1.0);
}

}  // namespace

void EditPacer::grew(Time now, std::size_t bytes) {
  if (!began_) began_ = now;
  if (bytes != bytes_) changed_ = now;
  bytes_ = bytes;
}

void EditPacer::shown(Time now, std::size_t bytes) {
  shown_once_ = true;
  shown_at_ = now;
  shown_bytes_ = bytes;
}

std::optional<EditPacer::Time> EditPacer::due() const {
  if (!began_ || bytes_ == shown_bytes_) return std::nullopt;
  if (!shown_once_) return *began_ + first_;
  auto pause = std::chrono::milliseconds(static_cast<std::int64_t>(
      along_ramp(*began_, shown_at_, static_cast<double>(kFirst.count()), static_cast<double>(kSlowest.count()))));
  auto enough = along_ramp(*began_, shown_at_, static_cast<double>(kFewestBytes), static_cast<double>(kMostBytes));
  auto due = std::min(shown_at_ + pause, changed_ + kIdle);
  auto grown = bytes_ > shown_bytes_ ? bytes_ - shown_bytes_ : 0;
  if (static_cast<double>(grown) >= enough) due = changed_;
  return std::max(due, shown_at_ + kFloor);
}

}  // namespace troupe::fleet::turns
