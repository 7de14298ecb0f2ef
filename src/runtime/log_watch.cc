#include "runtime/log_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <map>
#include <set>

namespace troupe::runtime {
namespace {

constexpr std::chrono::milliseconds kLookAgain{500};

}  // namespace

struct LogWatch::Watcher::Entry {
  explicit Entry(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  int watch = -1;
  bool changed = false;
};

struct LogWatch::State : std::enable_shared_from_this<State> {
  explicit State(asio::any_io_executor on) : executor(std::move(on)), stream(executor) {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor >= 0) stream.assign(descriptor);
  }

  void listen() {
    if (!stream.is_open()) return;
    stream.async_wait(asio::posix::descriptor_base::wait_read,
                      [weak = weak_from_this()](boost::system::error_code failed) {
                        auto self = weak.lock();
                        if (failed || !self) return;
                        self->read_all();
                        self->listen();
                      });
  }

  void read_all() {
    alignas(inotify_event) char bytes[4096];
    while (true) {
      const auto count = ::read(stream.native_handle(), bytes, sizeof bytes);
      if (count <= 0) return;
      for (std::size_t at = 0; at + sizeof(inotify_event) <= static_cast<std::size_t>(count);) {
        inotify_event event{};
        std::memcpy(&event, bytes + at, sizeof event);
        at += sizeof event + event.len;
        // An overflow names no folder: everybody looks.
        for (auto& [watch, entries] : watchers) {
          if (event.wd != watch && (event.mask & IN_Q_OVERFLOW) == 0) continue;
          for (const auto& entry : entries) {
            entry->changed = true;
            entry->timer.cancel();
          }
        }
      }
    }
  }

  asio::any_io_executor executor;
  asio::posix::stream_descriptor stream;
  std::map<int, std::set<std::shared_ptr<Watcher::Entry>>> watchers;
};

LogWatch::LogWatch(asio::any_io_executor executor) : state_(std::make_shared<State>(std::move(executor))) {
  state_->listen();
}

LogWatch::~LogWatch() {
  boost::system::error_code ignored;
  state_->stream.close(ignored);
}

LogWatch::Watcher::Watcher(std::shared_ptr<State> state, const std::string& folder)
    : state_(std::move(state)), entry_(std::make_shared<Entry>(state_->executor)) {
  if (!state_->stream.is_open()) return;
  entry_->watch = ::inotify_add_watch(state_->stream.native_handle(), folder.c_str(), IN_MODIFY | IN_CREATE);
  if (entry_->watch >= 0) state_->watchers[entry_->watch].insert(entry_);
}

LogWatch::Watcher::~Watcher() {
  if (entry_->watch < 0) return;
  auto found = state_->watchers.find(entry_->watch);
  if (found == state_->watchers.end()) return;
  found->second.erase(entry_);
  if (!found->second.empty()) return;
  if (state_->stream.is_open()) ::inotify_rm_watch(state_->stream.native_handle(), entry_->watch);
  state_->watchers.erase(found);
}

asio::awaitable<bool> LogWatch::Watcher::wait(std::chrono::steady_clock::time_point until) {
  auto entry = entry_;
  if (!entry->changed) {
    const auto look_again = std::chrono::steady_clock::now() + kLookAgain;
    entry->timer.expires_at(entry->watch < 0 ? std::min(until, look_again) : until);
    co_await entry->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }
  const bool changed = std::exchange(entry->changed, false) || entry->watch < 0;
  co_return changed&& std::chrono::steady_clock::now() < until;
}

}  // namespace troupe::runtime
