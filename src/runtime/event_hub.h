// Hands a driver's events to whoever listens.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/task_driver.h"

namespace troupe::runtime {

/// Callable from any thread. Listeners run on the publishing thread, one after the other.
class EventHub {
 public:
  EventListeningPtr listen(std::function<void(const TaskEvent&)> listener);
  void publish(const TaskEvent& event);

 private:
  struct Listener {
    std::recursive_mutex mutex;  ///< held while it runs: whoever ends it waits, unless from inside
    std::function<void(const TaskEvent&)> call;
  };
  class Listening;
  struct List {
    std::mutex mutex;
    std::vector<std::shared_ptr<Listener>> listeners;
  };
  std::shared_ptr<List> list_ = std::make_shared<List>();
};

}  // namespace troupe::runtime
