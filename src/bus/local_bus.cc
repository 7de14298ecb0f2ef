// The bus of a single process: a list of listeners for each topic and channel.
#include <algorithm>
#include <array>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "bus/bus.h"

namespace troupe::bus {
namespace {

/// The listeners whose callbacks run on this thread now, innermost last.
thread_local std::vector<const void*> running_here;

/// One callback and what is needed to know when it is over.
template <class Argument>
class Listener {
 public:
  explicit Listener(std::function<void(Argument)> callback) : callback_(std::move(callback)) {}

  void call(Argument argument) {
    {
      std::lock_guard lock(mutex_);
      if (ended_) return;
      ++running_;
    }
    running_here.push_back(this);
    try {
      callback_(argument);
    } catch (const std::exception& error) {  // one listener's mistake is not the ringer's, nor the next listener's
      base::log_error("bus", "a listener failed", {{"detail", error.what()}});
    }
    running_here.pop_back();
    std::lock_guard lock(mutex_);
    --running_;
    if (ended_) over_.notify_all();
  }

  /// Afterwards the callback runs nowhere but, when this is called from inside it, further up this thread's stack.
  void end() {
    std::unique_lock lock(mutex_);
    ended_ = true;
    const auto mine = std::ranges::count(running_here, static_cast<const void*>(this));
    over_.wait(lock, [&] { return running_ == mine; });
  }

 private:
  std::function<void(Argument)> callback_;
  std::mutex mutex_;
  std::condition_variable over_;
  std::ptrdiff_t running_ = 0;
  bool ended_ = false;
};

/// Listeners in the order they came. A list is never changed once others may hold it, so calling needs no lock.
template <class Argument>
class Listeners {
 public:
  using Pointer = std::shared_ptr<Listener<Argument>>;
  using List = std::vector<Pointer>;

  void add(Pointer listener) {
    auto next = std::make_shared<List>(*list_);
    next->push_back(std::move(listener));
    list_ = std::move(next);
  }
  void remove(const Pointer& listener) {
    auto next = std::make_shared<List>(*list_);
    std::erase(*next, listener);
    list_ = std::move(next);
  }
  bool empty() const { return list_->empty(); }
  std::shared_ptr<const List> list() const { return list_; }

 private:
  std::shared_ptr<const List> list_ = std::make_shared<List>();
};

/// Shared with the subscriptions, which may outlive the bus.
struct State {
  std::mutex mutex;  ///< guards the lists; never held while a callback runs
  std::array<Listeners<StreamPos>, 4> topics;
  std::unordered_map<std::string, Listeners<std::string_view>> channels;
};

class RingSubscription final : public Subscription {
 public:
  RingSubscription(std::shared_ptr<State> state, Topic topic, std::shared_ptr<Listener<StreamPos>> listener)
      : state_(std::move(state)), topic_(topic), listener_(std::move(listener)) {}
  ~RingSubscription() override {
    {
      std::lock_guard lock(state_->mutex);
      state_->topics[static_cast<std::size_t>(topic_)].remove(listener_);
    }
    listener_->end();
  }

 private:
  std::shared_ptr<State> state_;
  Topic topic_;
  std::shared_ptr<Listener<StreamPos>> listener_;
};

class ChannelSubscription final : public Subscription {
 public:
  ChannelSubscription(std::shared_ptr<State> state, std::string channel,
                      std::shared_ptr<Listener<std::string_view>> listener)
      : state_(std::move(state)), channel_(std::move(channel)), listener_(std::move(listener)) {}
  ~ChannelSubscription() override {
    {
      std::lock_guard lock(state_->mutex);
      auto found = state_->channels.find(channel_);
      if (found != state_->channels.end()) {
        found->second.remove(listener_);
        if (found->second.empty()) state_->channels.erase(found);
      }
    }
    listener_->end();
  }

 private:
  std::shared_ptr<State> state_;
  std::string channel_;
  std::shared_ptr<Listener<std::string_view>> listener_;
};

class LocalBus final : public Bus {
 public:
  void ring(Topic topic, StreamPos position) override {
    std::shared_ptr<const Listeners<StreamPos>::List> list;
    {
      std::lock_guard lock(state_->mutex);
      list = state_->topics[static_cast<std::size_t>(topic)].list();
    }
    for (const auto& listener : *list) listener->call(position);
  }

  SubscriptionPtr on_ring(Topic topic, std::function<void(StreamPos)> wake) override {
    auto listener = std::make_shared<Listener<StreamPos>>(std::move(wake));
    std::lock_guard lock(state_->mutex);
    state_->topics[static_cast<std::size_t>(topic)].add(listener);
    return std::make_unique<RingSubscription>(state_, topic, std::move(listener));
  }

  void publish(std::string_view channel, std::string_view bytes) override {
    std::shared_ptr<const Listeners<std::string_view>::List> list;
    {
      std::lock_guard lock(state_->mutex);
      const auto found = state_->channels.find(std::string(channel));
      if (found == state_->channels.end()) return;
      list = found->second.list();
    }
    for (const auto& listener : *list) listener->call(bytes);
  }

  SubscriptionPtr subscribe(std::string channel, std::function<void(std::string_view)> receive) override {
    auto listener = std::make_shared<Listener<std::string_view>>(std::move(receive));
    std::lock_guard lock(state_->mutex);
    state_->channels[channel].add(listener);
    return std::make_unique<ChannelSubscription>(state_, std::move(channel), std::move(listener));
  }

 private:
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace

std::unique_ptr<Bus> make_local_bus() { return std::make_unique<LocalBus>(); }

}  // namespace troupe::bus
