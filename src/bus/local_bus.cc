// The bus of a single process: observers for each topic and channel.
#include <array>
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "base/observers.h"
#include "bus/bus.h"

namespace troupe::bus {
namespace {

using ChannelObservers = base::Observers<std::string_view>;

/// Shared with the subscriptions, which may outlive the bus.
struct Channels {
  base::Mutex mutex;  ///< never held while a callback runs
  std::unordered_map<std::string, std::shared_ptr<ChannelObservers>> by_name GUARDED_BY(mutex);
};

/// Forgets the channel with its last subscription: names of channels may be made for one purpose each.
class ChannelSubscription final : public Subscription {
 public:
  ChannelSubscription(std::shared_ptr<Channels> channels, std::string name, SubscriptionPtr observing)
      : channels_(std::move(channels)), name_(std::move(name)), observing_(std::move(observing)) {}
  ~ChannelSubscription() override {
    observing_.reset();
    const base::Lock lock(channels_->mutex);
    const auto found = channels_->by_name.find(name_);
    if (found != channels_->by_name.end() && found->second->empty()) channels_->by_name.erase(found);
  }

 private:
  std::shared_ptr<Channels> channels_;
  std::string name_;
  SubscriptionPtr observing_;
};

class LocalBus final : public Bus {
 public:
  void ring(Topic topic, StreamPos position) override { topics_[static_cast<std::size_t>(topic)].tell(position); }
  SubscriptionPtr on_ring(Topic topic, std::function<void(StreamPos)> wake) override {
    return topics_[static_cast<std::size_t>(topic)].add(std::move(wake));
  }

  void publish(std::string_view channel, std::string_view bytes) override {
    std::shared_ptr<ChannelObservers> observers;
    {
      const base::Lock lock(channels_->mutex);
      const auto found = channels_->by_name.find(std::string(channel));
      if (found == channels_->by_name.end()) return;
      observers = found->second;
    }
    observers->tell(bytes);
  }
  SubscriptionPtr subscribe(std::string channel, std::function<void(std::string_view)> receive) override {
    const base::Lock lock(channels_->mutex);
    auto& observers = channels_->by_name[channel];
    if (!observers) observers = std::make_shared<ChannelObservers>();
    auto observing = observers->add(std::move(receive));
    return std::make_unique<ChannelSubscription>(channels_, std::move(channel), std::move(observing));
  }

 private:
  std::array<base::Observers<StreamPos>, 4> topics_;
  std::shared_ptr<Channels> channels_ = std::make_shared<Channels>();
};

}  // namespace

std::unique_ptr<Bus> make_local_bus() { return std::make_unique<LocalBus>(); }

}  // namespace troupe::bus
