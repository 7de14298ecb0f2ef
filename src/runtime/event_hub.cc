#include "runtime/event_hub.h"

#include "base/log.h"

namespace troupe::runtime {

class EventHub::Listening final : public EventListening {
 public:
  Listening(std::shared_ptr<List> list, std::shared_ptr<Listener> listener)
      : list_(std::move(list)), listener_(std::move(listener)) {}
  ~Listening() override {
    {
      std::lock_guard lock(list_->mutex);
      std::erase(list_->listeners, listener_);
    }
    std::lock_guard running(listener_->mutex);
    listener_->call = nullptr;
  }

 private:
  std::shared_ptr<List> list_;
  std::shared_ptr<Listener> listener_;
};

EventListeningPtr EventHub::listen(std::function<void(const TaskEvent&)> listener) {
  auto added = std::make_shared<Listener>();
  added->call = std::move(listener);
  std::lock_guard lock(list_->mutex);
  list_->listeners.push_back(added);
  return std::make_unique<Listening>(list_, std::move(added));
}

void EventHub::publish(const TaskEvent& event) {
  std::vector<std::shared_ptr<Listener>> now;
  {
    std::lock_guard lock(list_->mutex);
    now = list_->listeners;
  }
  for (const auto& listener : now) {
    std::lock_guard running(listener->mutex);
    auto call = listener->call;  // kept: it may end itself while it runs
    if (!call) continue;
    try {
      call(event);
    } catch (const std::exception& error) {
      base::log_error("runtime", "a listener failed", {{"detail", error.what()}});
    }
  }
}

}  // namespace troupe::runtime
