// One term of the fleet's work: the coroutines that run for it on the fleet's executor, and their end.
#pragma once
#include <boost/asio/any_io_executor.hpp>

#include "base/async.h"
#include "fleet/term/steps.h"

namespace troupe::fleet::term {

using base::Notify;
using base::StopSource;
using base::TaskGroup;

/// On the fleet's executor.
class Term {
 public:
  /// `home`: of one thread: everything in memory belongs to it.
  Term(asio::any_io_executor home, Steps& steps) : tasks(home), stop(home), home_(std::move(home)), steps_(steps) {}

  TaskGroup tasks;
  StopSource stop;  ///< requested when the term ends

  const asio::any_io_executor& home() const { return home_; }
  bool stopping() const { return stop.stop_requested(); }
  /// False when the program ends at this step, or the term: whoever asks must do nothing more.
  bool passes(Step step) { return passes_any(step); }
  bool passes(LifeStep step) { return passes_any(step); }
  /// The same for a step of the term's own end.
  bool passes_ending(Step step) { return steps_.passes(step); }

 private:
  template <class S>
  bool passes_any(S step) {
    if (stopping()) return false;
    if (steps_.passes(step)) return true;
    stop.request_stop();
    return false;
  }

  asio::any_io_executor home_;
  Steps& steps_;
};

}  // namespace troupe::fleet::term
