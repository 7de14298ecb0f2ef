// What streams of server-sent events share: how an event is written, how many may be open, what wakes and
// what ends them, the headers.
#pragma once
#include <atomic>
#include <boost/json/object.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "api/group.h"
#include "api/kit.h"
#include "base/async.h"

namespace troupe::api {

inline constexpr std::chrono::milliseconds kStreamHeartbeat{15'000};
/// After this long the browser connects anew.
inline constexpr std::chrono::minutes kLongestStream{10};
/// Streams of one kind that one account may have open: a person with some windows, not one who takes everybody's.
inline constexpr int kMaxStreamsEach = 8;

/// One event with its id, ready to be written.
std::string sse_event(std::string_view name, std::int64_t id, const boost::json::object& data);
/// A comment that keeps the connection open.
inline std::string sse_heartbeat() { return ": still here\n\n"; }

/// Where to go on: the header Last-Event-ID, else ?`name`=; nothing when neither is there. Error: invalid_param.
Result<std::optional<std::int64_t>> resume_from(const net::http::Request& request, std::string_view name);

/// Counts open streams of one kind, of everybody and of each account.
class StreamLimit {
 public:
  explicit StreamLimit(int most);
  /// Hold it as long as the stream runs. Errors: limit_exceeded (the caller has kMaxStreamsEach), unavailable (all
  /// together have too many).
  Result<std::shared_ptr<void>> enter(const net::route::Caller& caller) const;
  int open() const;

 private:
  struct Open;
  std::shared_ptr<Open> open_;
  int most_;
};

/// What wakes a stream and what ends it: the program stops, its time is up, or whoever is behind it would not be let in
/// any more (signed out, locked, closed, key revoked, another role or tenant). The last is seen at once when it happens
/// in this process or Redis carries the bell, else at the next heartbeat.
class StreamLife {
 public:
  StreamLife(const Kit& kit, net::route::Caller caller, const asio::any_io_executor& executor);
  /// Wakes the stream; from any thread.
  std::function<void()> notifier() const { return wakeup_.notifier(); }
  /// Ask before anything is sent.
  Task<bool> goes_on();
  /// Until something rings; a heartbeat is written when nothing does for a while.
  Task<Unit> wait(net::http::BodyWriter& writer);

 private:
  const Kit kit_;
  net::route::Caller caller_;
  base::Notify wakeup_;
  std::shared_ptr<std::atomic<bool>> ending_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<std::atomic<bool>> doubt_ = std::make_shared<std::atomic<bool>>(true);
  bus::SubscriptionPtr on_users_;
  bus::SubscriptionPtr on_draining_;
  std::chrono::steady_clock::time_point until_ = std::chrono::steady_clock::now() + kLongestStream;
};

/// A GET whose answer is a stream of events, to be added to a group. `number` is the query parameter that does what
/// Last-Event-ID does.
Operation stream_operation(std::string_view path, std::string_view summary, net::route::QueryParam number,
                           net::route::Handler run);
/// The parameter `since` of streams whose events are numbered through.
net::route::QueryParam since_parameter();

/// An answer that `stream` writes.
net::http::Response event_stream(std::function<Task<Unit>(net::http::BodyWriter&)> stream);

}  // namespace troupe::api
