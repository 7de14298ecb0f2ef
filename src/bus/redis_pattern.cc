// A listener to plain channels whose names follow a pattern.
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "base/log.h"
#include "base/mutex.h"
#include "bus/redis_channels.h"
#include "bus/redis_context.h"

namespace troupe::bus {
namespace {

class PatternListener final : public RedisPattern {
 public:
  PatternListener(RedisPatternOptions options, Receive receive)
      : options_(std::move(options)), receive_(std::move(receive)) {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "bus-pattern");
  }
  ~PatternListener() override { stop(); }

  std::optional<std::string> trouble() const override {
    if (!is_away_) return std::nullopt;
    return "the channels " + options_.pattern + " of Redis at " + options_.address.name() + " cannot be heard";
  }

  void stop() override {
    {
      const base::Lock lock(mutex_);
      is_stopping_ = true;
      changed_.notify_all();
      if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
    }
    if (thread_.joinable()) thread_.join();
  }

 private:
  bool is_stopping() {
    const base::Lock lock(mutex_);
    return is_stopping_;
  }
  void note_socket(int fd) {
    const base::Lock lock(mutex_);
    fd_ = fd;
    if (is_stopping_ && fd >= 0) ::shutdown(fd, SHUT_RDWR);
  }

  void run() {
    redis_quiet_thread();
    while (!is_stopping()) {
      const auto ended = serve();
      note_socket(-1);
      context_.reset();
      if (is_stopping()) return;
      if (!is_away_.exchange(true)) {
        base::log_warning("bus", "channels of Redis cannot be heard; trying again",
                          {{"pattern", options_.pattern}, {"detail", ended.error().detail()}});
      }
      base::Lock lock(mutex_);
      (void)changed_.wait_for(lock, options_.back_off, [&]() REQUIRES(mutex_) { return is_stopping_; });
    }
  }

  /// Until something goes wrong.
  Result<Unit> serve() {
    TRY(context_, redis_connect(options_.address, options_.patience));
    note_socket(context_->fd);
    TRY(redis_command(*context_, {"PSUBSCRIBE", options_.pattern}));
    is_away_ = false;
    bool is_asked = false;
    while (!is_stopping()) {
      pollfd waiting{.fd = context_->fd, .events = POLLIN, .revents = 0};
      const int ready = ::poll(&waiting, 1, static_cast<int>(options_.heartbeat.count()));
      if (ready < 0 && errno == EINTR) continue;
      if (ready > 0) {
        is_asked = false;
        TRY(take_all());
        continue;
      }
      if (is_asked) return redis_unavailable("no sign of life");
      is_asked = true;
      TRY(redis_append(*context_, {"PING"}));
      for (int done = 0; done == 0;) {
        if (redisBufferWrite(context_.get(), &done) != REDIS_OK) return redis_broken(*context_);
      }
    }
    return Unit{};
  }

  Result<Unit> take_all() {
    if (redisBufferRead(context_.get()) != REDIS_OK) return redis_broken(*context_);
    for (;;) {
      void* raw = nullptr;
      if (redisGetReplyFromReader(context_.get(), &raw) != REDIS_OK) return redis_broken(*context_);
      const Reply reply(static_cast<redisReply*>(raw));
      if (!reply) return Unit{};
      // pmessage, pattern, channel, bytes
      if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 4) continue;
      const auto& channel = *reply->element[2];
      const auto& bytes = *reply->element[3];
      if (channel.type != REDIS_REPLY_STRING || bytes.type != REDIS_REPLY_STRING) continue;
      receive_({channel.str, static_cast<std::size_t>(channel.len)}, {bytes.str, static_cast<std::size_t>(bytes.len)});
    }
  }

  const RedisPatternOptions options_;
  const Receive receive_;
  Context context_;  ///< of the thread
  std::atomic<bool> is_away_{false};
  base::Mutex mutex_;
  base::Condition changed_;
  bool is_stopping_ GUARDED_BY(mutex_) = false;
  int fd_ GUARDED_BY(mutex_) = -1;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<RedisPattern> make_redis_pattern(RedisPatternOptions options, RedisPattern::Receive receive) {
  return std::make_unique<PatternListener>(std::move(options), std::move(receive));
}

}  // namespace troupe::bus
