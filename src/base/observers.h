// Whoever wants to be called when something happens in this process: a list of callbacks, each as long as its
// subscription.
#pragma once
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/mutex.h"

namespace troupe::base {

/// Ends the subscription when destroyed; after the destructor returns the callback is not running and never will,
/// except further up the stack when it is destroyed from inside its own callback. May outlive what it subscribed to.
class Subscription {
 public:
  virtual ~Subscription() = default;
};
using SubscriptionPtr = std::unique_ptr<Subscription>;

/// One callback's life: whether it may still run, and where it runs now.
class Observing {
 public:
  /// Runs `callback`, unless this has ended. What it throws is logged: one observer's mistake is not the teller's, nor
  /// the next observer's.
  void run(const std::function<void()>& callback);
  /// Afterwards nothing runs but, when this is called from inside a callback, that one further up this thread's stack.
  void end();

 private:
  Mutex mutex_;
  Condition over_;
  std::ptrdiff_t running_ GUARDED_BY(mutex_) = 0;
  bool ended_ GUARDED_BY(mutex_) = false;
};

/// Callable from any thread. Callbacks run on the telling thread, in the order in which they were added: they must be
/// quick and post their work elsewhere.
template <class Argument>
class Observers {
 public:
  [[nodiscard]] SubscriptionPtr add(std::function<void(Argument)> callback) {
    auto observer = std::make_shared<Observer>(std::move(callback));
    const Lock lock(shared_->mutex);
    auto next = std::make_shared<List>(*shared_->list);
    next->push_back(observer);
    shared_->list = std::move(next);
    return std::make_unique<Added>(shared_, std::move(observer));
  }
  void tell(Argument argument) const {
    const auto all = list();
    for (const auto& observer : *all) observer->life.run([&] { observer->callback(argument); });
  }
  bool empty() const { return list()->empty(); }

 private:
  struct Observer {
    explicit Observer(std::function<void(Argument)> wanted) : callback(std::move(wanted)) {}
    std::function<void(Argument)> callback;
    Observing life;
  };
  using List = std::vector<std::shared_ptr<Observer>>;
  /// Kept by the subscriptions, too.
  struct Shared {
    Mutex mutex;  ///< never held while a callback runs
    std::shared_ptr<const List> list GUARDED_BY(mutex) =
        std::make_shared<List>();  ///< never changed once others may hold it
  };
  class Added final : public Subscription {
   public:
    Added(std::shared_ptr<Shared> shared, std::shared_ptr<Observer> observer)
        : shared_(std::move(shared)), observer_(std::move(observer)) {}
    ~Added() override {
      {
        const Lock lock(shared_->mutex);
        auto next = std::make_shared<List>(*shared_->list);
        std::erase(*next, observer_);
        shared_->list = std::move(next);
      }
      observer_->life.end();
    }

   private:
    std::shared_ptr<Shared> shared_;
    std::shared_ptr<Observer> observer_;
  };
  std::shared_ptr<const List> list() const {
    const Lock lock(shared_->mutex);
    return shared_->list;
  }

  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace troupe::base
