#include "base/observers.h"

#include <algorithm>

#include "base/log.h"

namespace troupe::base {
namespace {

/// Those whose callbacks run on this thread now, innermost last.
thread_local std::vector<const Observing*> running_here;

}  // namespace

void Observing::run(const std::function<void()>& callback) {
  {
    const Lock lock(mutex_);
    if (ended_) return;
    ++running_;
  }
  running_here.push_back(this);
  try {
    callback();
  } catch (const std::exception& error) {
    log_error("observers", "an observer failed", {{"detail", error.what()}});
  } catch (...) {  // whatever it is, end() must not wait for this one for ever
    log_error("observers", "an observer failed", {{"detail", "it threw what is no exception"}});
  }
  running_here.pop_back();
  const Lock lock(mutex_);
  --running_;
  if (ended_) over_.notify_all();
}

void Observing::end() {
  Lock lock(mutex_);
  ended_ = true;
  const auto mine = std::ranges::count(running_here, this);
  over_.wait(lock, [&]() REQUIRES(mutex_) { return running_ == mine; });
}

}  // namespace troupe::base
