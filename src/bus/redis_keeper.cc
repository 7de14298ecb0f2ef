#include "bus/redis_keeper.h"

#include <sys/socket.h>

#include "base/log.h"

namespace troupe::bus {

RedisKeeper::RedisKeeper(Options options, Serve serve) : options_(std::move(options)), serve_(std::move(serve)) {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), options_.thread.c_str());
}

bool RedisKeeper::is_stopping() const {
  const base::Lock lock(mutex_);
  return is_stopping_;
}

void RedisKeeper::sleep(std::chrono::milliseconds time) const {
  base::Lock lock(mutex_);
  (void)changed_.wait_for(lock, time, [&]() REQUIRES(mutex_) { return is_stopping_; });
}

std::optional<std::string> RedisKeeper::trouble() const {
  return is_away_ ? std::optional(options_.trouble) : std::nullopt;
}

void RedisKeeper::stop() {
  {
    const base::Lock lock(mutex_);
    is_stopping_ = true;
    changed_.notify_all();
    if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
  }
  if (thread_.joinable()) thread_.join();
}

void RedisKeeper::note_socket(int fd) {
  const base::Lock lock(mutex_);
  fd_ = fd;
  if (is_stopping_ && fd >= 0) ::shutdown(fd, SHUT_RDWR);  // nobody else would wake whoever waits there
}

void RedisKeeper::run() {
  redis_quiet_thread();
  while (!is_stopping()) {
    Result<Unit> ended = Unit{};
    if (auto context = redis_connect(options_.address, options_.patience)) {
      note_socket((*context)->fd);
      ended = serve_(**context);
      note_socket(-1);
    } else {
      ended = std::unexpected(context.error());
    }
    if (is_stopping()) return;
    if (!is_away_.exchange(true)) {
      base::log_warning("bus", options_.trouble + "; trying again",
                        {{"detail", ended ? std::string() : ended.error().detail()}});
    }
    sleep(options_.back_off);
  }
}

}  // namespace troupe::bus
