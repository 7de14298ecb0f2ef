#include "fleet/turns/edit_pacer.h"

namespace troupe::fleet::turns {

void EditPacer::grew(Time now, std::size_t bytes) {
  if (!began_ || *began_ > now) began_ = now;
  bytes_ = bytes;
}

void EditPacer::expect(Time then) {
  if (began_) return;
  began_ = then;
  bytes_ = 1;
}

void EditPacer::shown(Time now, std::size_t bytes) {
  ++times_shown_;
  shown_at_ = now;
  shown_bytes_ = bytes;
}

std::optional<EditPacer::Time> EditPacer::due() const {
  if (!began_ || bytes_ == shown_bytes_) return std::nullopt;
  if (times_shown_ == 0) return std::max(*began_ + first_, not_before_);
  if (times_shown_ > kPauses.size()) return std::nullopt;
  return std::max(shown_at_ + kPauses.at(times_shown_ - 1), not_before_);
}

}  // namespace troupe::fleet::turns
