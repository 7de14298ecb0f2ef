#include "bus/redis_channels.h"

#include <atomic>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <thread>

#include "base/async.h"
#include "base/log.h"
#include "base/mutex.h"
#include "bus/redis_context.h"

namespace troupe::bus {
namespace {

using Steady = std::chrono::steady_clock;

/// Somebody who wants to know. Written on the thread of the channels, then told.
struct Waiting {
  explicit Waiting(const asio::any_io_executor& home) : told(home) {}
  base::Notify told;
  base::Mutex mutex;
  std::optional<Result<std::int64_t>> outcome GUARDED_BY(mutex);

  void tell(Result<std::int64_t> what) {
    {
      const base::Lock lock(mutex);
      outcome = std::move(what);
    }
    told.notify();
  }
  std::optional<Result<std::int64_t>> take() {
    const base::Lock lock(mutex);
    return std::exchange(outcome, std::nullopt);
  }
};

struct ChannelMessage {
  std::string channel;
  std::string bytes;
  std::shared_ptr<Waiting> waiting;  ///< none: nobody wants to know
};

class NamedChannels final : public RedisChannels {
 public:
  NamedChannels(RedisChannelsOptions options, base::MetricRegistry& metrics)
      : options_(std::move(options)),
        sent_(metrics.counter("troupe_bus_redis_channel_sent_total", "Messages published on plain Redis channels")),
        dropped_(metrics.counter("troupe_bus_redis_channel_dropped_total", "Those that Redis did not take")) {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "bus-channels");
  }
  ~NamedChannels() override { stop(); }

  Task<std::int64_t> publish(std::string channel, std::string bytes) override {
    const auto waiting = std::make_shared<Waiting>(co_await asio::this_coro::executor);
    enqueue({std::move(channel), std::move(bytes), waiting});
    // Connecting, signing in, and the answer.
    const auto until = Steady::now() + options_.patience * 4;
    for (;;) {
      if (auto outcome = waiting->take()) co_return *std::move(outcome);
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Steady::now());
      if (left.count() <= 0) co_return redis_unavailable("no answer in time");
      (void)co_await waiting->told.wait(left);
    }
  }
  void post(std::string channel, std::string bytes) override {
    enqueue({std::move(channel), std::move(bytes), nullptr});
  }

  std::optional<std::string> trouble() const override {
    if (!is_away_) return std::nullopt;
    return "Redis at " + options_.address.name() + " cannot be reached: bots hear no commands there";
  }

  void stop() override {
    {
      const base::Lock lock(mutex_);
      is_stopping_ = true;
      changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  void enqueue(ChannelMessage message) {
    {
      const base::Lock lock(mutex_);
      const auto size = message.channel.size() + message.bytes.size();
      const bool fits = queue_.size() < options_.queue_messages && queued_bytes_ + size <= options_.queue_bytes;
      if (fits && !is_stopping_) {
        queued_bytes_ += size;
        queue_.push_back(std::move(message));
        changed_.notify_all();
        return;
      }
    }
    refuse(message, "too much waits to be sent");
  }
  void refuse(const ChannelMessage& message, std::string detail) {
    dropped_.add();
    if (message.waiting) message.waiting->tell(redis_unavailable(std::move(detail)));
  }

  /// Nothing: it is the end.
  std::optional<std::deque<ChannelMessage>> next() {
    base::Lock lock(mutex_);
    // Now and then also without work: whether Redis is there is asked before somebody needs it.
    const auto due = [&]() REQUIRES(mutex_) { return is_stopping_ || !queue_.empty(); };
    (void)changed_.wait_for(lock, kLook, due);
    queued_bytes_ = 0;
    if (is_stopping_ && queue_.empty()) return std::nullopt;
    return std::exchange(queue_, {});
  }

  void run() {
    redis_quiet_thread();
    while (auto messages = next()) {
      const auto sent = send(*messages);
      if (sent) continue;
      // Refusals meanwhile do not put the next try off.
      if (context_ || !is_backing_off()) failed_at_ = Steady::now();
      context_.reset();
      if (!is_away_.exchange(true)) {
        base::log_warning("bus", "Redis does not take commands for bots; trying again",
                          {{"server", options_.address.name()}, {"detail", sent.error().detail()}});
      }
      for (const auto& message : *messages) refuse(message, sent.error().detail());
    }
  }

  bool is_backing_off() const { return failed_at_ && Steady::now() - *failed_at_ < options_.back_off; }

  /// Those that are answered are taken out.
  Result<Unit> send(std::deque<ChannelMessage>& messages) {
    if (!context_ && is_backing_off()) {
      return messages.empty() ? Result<Unit>(Unit{}) : redis_unavailable("it could not be reached just now");
    }
    if (!context_) {
      TRY(context_, redis_connect(options_.address, options_.patience));
      is_away_ = false;
    }
    if (messages.empty()) {
      TRY(redis_command(*context_, {"PING"}));
      return Unit{};
    }
    for (const auto& message : messages) TRY(redis_append(*context_, {"PUBLISH", message.channel, message.bytes}));
    while (!messages.empty()) {
      void* raw = nullptr;
      if (redisGetReply(context_.get(), &raw) != REDIS_OK) return redis_broken(*context_);
      const Reply reply(static_cast<redisReply*>(raw));
      const auto message = std::move(messages.front());
      messages.pop_front();
      if (reply->type != REDIS_REPLY_INTEGER) {
        refuse(message, reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer that is no number");
        continue;
      }
      sent_.add();
      if (message.waiting) message.waiting->tell(reply->integer);
    }
    return Unit{};
  }

  static constexpr std::chrono::seconds kLook{5};

  const RedisChannelsOptions options_;
  base::Counter& sent_;
  base::Counter& dropped_;
  Context context_;                              ///< of the thread
  std::optional<Steady::time_point> failed_at_;  ///< of the thread
  std::atomic<bool> is_away_{false};
  base::Mutex mutex_;
  base::Condition changed_;
  std::deque<ChannelMessage> queue_ GUARDED_BY(mutex_);
  std::size_t queued_bytes_ GUARDED_BY(mutex_) = 0;
  bool is_stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<RedisChannels> make_redis_channels(RedisChannelsOptions options, base::MetricRegistry& metrics) {
  return std::make_unique<NamedChannels>(std::move(options), metrics);
}

}  // namespace troupe::bus
