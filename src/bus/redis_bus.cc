#include "bus/redis_bus.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <deque>
#include <thread>

#include "base/crypto.h"
#include "base/log.h"
#include "base/mutex.h"
#include "bus/redis_link.h"

namespace troupe::bus {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::array kTopics{Topic::events, Topic::bots, Topic::users, Topic::audit};
constexpr std::size_t kSenderBytes = 16;
constexpr int kMissedHeartbeats = 3;

// A message on the wire: 16 bytes that name the sending process, then one of
//   "b"                                     a heartbeat
//   "r" topic digit, position               a ring
//   "p" length of the channel, ":", channel, bytes
std::string ring_message(const std::string& sender, std::size_t topic, StreamPos position) {
  return sender + "r" + std::to_string(topic) + std::to_string(position);
}

std::string publish_message(const std::string& sender, std::string_view channel, std::string_view bytes) {
  std::string out = sender + "p" + std::to_string(channel.size()) + ":";
  out += channel;
  out += bytes;
  return out;
}

template <class T>
bool take_number(std::string_view& text, T& out) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

class SharedBus final : public RedisBus {
 public:
  SharedBus(RedisBusOptions options, base::MetricRegistry& metrics)
      : options_(std::move(options)),
        channel_("troupe:" + options_.server_name),
        sender_(base::random_alphanumeric(kSenderBytes)),
        connected_gauge_(metrics.gauge("troupe_bus_redis_connected", "1 while Redis can be reached")),
        reconnects_(metrics.counter("troupe_bus_redis_connects_total", "Connections made to Redis")),
        sent_(metrics.counter("troupe_bus_redis_sent_total", "Messages sent to other processes")),
        received_(metrics.counter("troupe_bus_redis_received_total", "Messages of other processes")),
        dropped_(metrics.counter("troupe_bus_redis_dropped_total", "Messages that did not fit in the queue")),
        wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "bus-redis");
  }
  ~SharedBus() override {
    stop();
    ::close(wake_fd_);
  }

  void ring(Topic topic, StreamPos position) override {
    const auto index = static_cast<std::size_t>(topic);
    // What others rang first is rung here once it has been read from the database: they know.
    if (topic != Topic::events || position > heard_events_.load(std::memory_order_acquire)) {
      {
        const base::Lock lock(mutex_);
        auto& due = rings_[index];
        due = std::max(due.value_or(0), position);
      }
      wake();
    }
    local_->ring(topic, position);
  }
  SubscriptionPtr on_ring(Topic topic, std::function<void(StreamPos)> wake) override {
    return local_->on_ring(topic, std::move(wake));
  }

  void publish(std::string_view channel, std::string_view bytes) override {
    if (!channel.starts_with(kLocalPrefix)) {
      enqueue(publish_message(sender_, channel, bytes));
      wake();
    }
    local_->publish(channel, bytes);
  }
  SubscriptionPtr subscribe(std::string channel, std::function<void(std::string_view)> receive) override {
    return local_->subscribe(std::move(channel), std::move(receive));
  }

  std::optional<std::string> trouble() const override {
    if (connected_) return std::nullopt;
    return "Redis at " + options_.address.name() + " cannot be reached: other processes are heard late";
  }

  void stop() override {
    stopping_ = true;
    wake();
    if (thread_.joinable()) thread_.join();
  }

 private:
  void wake() const {
    const std::uint64_t one = 1;
    // Full is fine: it is readable then.
    [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);
  }
  void slept() const {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake_fd_, &count, sizeof count);
  }

  void enqueue(std::string message) {
    const base::Lock lock(mutex_);
    queued_bytes_ += message.size();
    queue_.push_back(std::move(message));
    while (queue_.size() > options_.queue_messages || queued_bytes_ > options_.queue_bytes) {
      queued_bytes_ -= queue_.front().size();
      queue_.pop_front();
      dropped_.add();
    }
  }

  /// What waits to be sent, in order; rings last, so that they speak of all before them.
  std::deque<std::string> take() {
    const base::Lock lock(mutex_);
    auto messages = std::move(queue_);
    queue_.clear();
    queued_bytes_ = 0;
    for (std::size_t topic = 0; topic < rings_.size(); ++topic) {
      if (rings_[topic]) messages.push_back(ring_message(sender_, topic, *rings_[topic]));
      rings_[topic].reset();
    }
    return messages;
  }

  void run() {
    auto back_off = options_.first_back_off;
    bool told = false;
    while (!stopping_) {
      auto link = RedisLink::open(options_.address, channel_, options_.patience);
      if (link) {
        back_off = options_.first_back_off;
        told = false;
        reconnects_.add();
        connected_gauge_.set(1);
        connected_ = true;
        base::log_info("bus", "connected to Redis", {{"server", options_.address.name()}});
        look_again();
        auto ended = serve(**link);
        connected_ = false;
        connected_gauge_.set(0);
        if (stopping_) return;
        base::log_warning("bus", "the connection to Redis ended; trying again",
                          {{"server", options_.address.name()}, {"detail", ended.error().detail()}});
        continue;
      }
      if (!std::exchange(told, true)) {
        base::log_warning("bus", "Redis cannot be reached; trying for ever",
                          {{"server", options_.address.name()}, {"detail", link.error().detail()}});
      }
      sleep(back_off);
      back_off = std::min(back_off * 2, options_.longest_back_off);
    }
  }

  /// Ended early by stop() only.
  void sleep(std::chrono::milliseconds time) {
    const auto end = Steady::now() + time;
    while (!stopping_ && Steady::now() < end) std::this_thread::sleep_for(std::min(time, kNap));
  }

  /// Whatever was rung while nobody could hear it.
  void look_again() {
    for (const auto topic : kTopics) local_->ring(topic, 0);
  }

  Result<Unit> serve(RedisLink& link) {
    auto heard = Steady::now();
    auto beaten = Steady::time_point{};
    for (;;) {
      slept();
      auto messages = take();
      sent_.add(messages.size());
      const auto now = Steady::now();
      // Our own heartbeats come back over the listening connection: silence means that one of the two is dead.
      if (now - beaten >= options_.heartbeat) {
        messages.push_back(sender_ + "b");
        beaten = now;
      }
      if (auto published = link.publish(messages); !published) {
        // Some may have arrived and come twice: rings may, and messages are about what is so now.
        if (!messages.empty()) put_back(std::move(messages));
        return published;
      }
      if (stopping_) return Unit{};
      TRY(link.listen(wake_fd_, options_.heartbeat, [&](std::string_view message) {
        heard = Steady::now();
        receive(message);
      }));
      if (Steady::now() - heard > kMissedHeartbeats * options_.heartbeat) {
        return Error(Errc::unavailable, "Redis cannot be reached.", "no sign of life");
      }
    }
  }

  void put_back(std::deque<std::string> messages) {
    const base::Lock lock(mutex_);
    while (!messages.empty()) {
      auto message = std::move(messages.back());
      messages.pop_back();
      if (message.size() <= kSenderBytes || message[kSenderBytes] == 'b') continue;
      if (queue_.size() >= options_.queue_messages || queued_bytes_ + message.size() > options_.queue_bytes) {
        dropped_.add();
        continue;
      }
      queued_bytes_ += message.size();
      queue_.push_front(std::move(message));
    }
  }

  /// Whoever can publish to this Redis can send anything: what is not ours is passed over.
  void receive(std::string_view message) {
    if (message.size() <= kSenderBytes || message.starts_with(sender_)) return;
    const char kind = message[kSenderBytes];
    auto rest = message.substr(kSenderBytes + 1);
    if (kind == 'r') {
      if (rest.empty() || rest[0] < '0') return;
      const auto topic = static_cast<std::size_t>(rest[0] - '0');
      rest.remove_prefix(1);
      StreamPos position = 0;
      if (topic >= kTopics.size() || !take_number(rest, position) || !rest.empty() || position < 0) return;
      received_.add();
      if (kTopics[topic] == Topic::events) heard_events_.store(position, std::memory_order_release);
      local_->ring(kTopics[topic], position);
    } else if (kind == 'p') {
      std::size_t length = 0;
      if (!take_number(rest, length) || !rest.starts_with(':') || rest.size() - 1 < length) return;
      const auto channel = rest.substr(1, length);
      if (channel.starts_with(kLocalPrefix)) return;
      received_.add();
      local_->publish(channel, rest.substr(1 + length));
    }
  }

  static constexpr std::chrono::milliseconds kNap{50};

  const RedisBusOptions options_;
  const std::string channel_;
  const std::string sender_;
  base::Gauge& connected_gauge_;
  base::Counter& reconnects_;
  base::Counter& sent_;
  base::Counter& received_;
  base::Counter& dropped_;
  const int wake_fd_;
  const std::unique_ptr<Bus> local_ = make_local_bus();
  std::atomic<bool> connected_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<StreamPos> heard_events_{0};
  base::Mutex mutex_;
  std::deque<std::string> queue_ GUARDED_BY(mutex_);
  std::size_t queued_bytes_ GUARDED_BY(mutex_) = 0;
  std::array<std::optional<StreamPos>, kTopics.size()> rings_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace

std::unique_ptr<RedisBus> make_redis_bus(RedisBusOptions options, base::MetricRegistry& metrics) {
  return std::make_unique<SharedBus>(std::move(options), metrics);
}

}  // namespace troupe::bus
