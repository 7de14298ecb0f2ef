#include "store/disk_watch.h"

#include <fmt/format.h>

namespace troupe::store {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

double seconds(milliseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

DiskWatch::Wait DiskWatch::begin() {
  const auto now = Steady::now();
  const base::Lock lock(mutex_);
  running_.insert(now);
  return {*this, now};
}

void DiskWatch::end(Steady::time_point began) {
  const auto now = Steady::now();
  const auto took = duration_cast<milliseconds>(now - began);
  const base::Lock lock(mutex_);
  running_.erase(running_.find(began));
  if (took < slow_) return;
  if (slow_waits_) slow_waits_->add();
  slow_until_ = now;
  took_ = took;
}

std::optional<std::string> DiskWatch::trouble() const {
  const auto now = Steady::now();
  const base::Lock lock(mutex_);
  if (!running_.empty()) {
    if (const auto waits = duration_cast<milliseconds>(now - *running_.begin()); waits >= slow_) {
      return fmt::format("the disk is slow: {} has waited for {:.1f} s and goes on waiting", what_, seconds(waits));
    }
  }
  if (slow_until_ && now - *slow_until_ < remembered_) {
    return fmt::format("the disk is slow: {} took {:.1f} s", what_, seconds(took_));
  }
  return std::nullopt;
}

}  // namespace troupe::store
