// What the console's streams of server-sent events share: how an event is written, how many may be open, the headers.
#pragma once
#include <atomic>
#include <boost/json/object.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "net/router.h"

namespace troupe::console {

inline constexpr std::chrono::milliseconds kStreamHeartbeat{15'000};
/// After this long the browser connects anew; an ended session is noticed then.
inline constexpr std::chrono::minutes kLongestStream{10};

/// One event with its id, ready to be written.
std::string sse_event(std::string_view name, std::int64_t id, const boost::json::object& data);
/// A comment that keeps the connection open.
inline std::string sse_heartbeat() { return ": still here\n\n"; }

/// Where to go on: the header Last-Event-ID, else ?`name`=; nothing when neither is there. Error: invalid_param.
Result<std::optional<std::int64_t>> resume_from(const net::Request& request, std::string_view name);

/// Counts open streams of one kind.
class StreamLimit {
 public:
  explicit StreamLimit(int most) : count_(std::make_shared<std::atomic<int>>(0)), most_(most) {}
  /// Hold it as long as the stream runs. Error: unavailable (too many are open).
  Result<std::shared_ptr<void>> enter() const;
  int open() const { return count_->load(); }

 private:
  std::shared_ptr<std::atomic<int>> count_;
  int most_;
};

/// A GET whose answer is a stream of events, with the scope `bots`. `number` is the query parameter that does what
/// Last-Event-ID does; `run` is the caller's to fill in.
net::Route stream_route(std::string path, net::Access needs, std::string tag, std::string summary,
                        net::QueryParam number);
/// The parameter `since` of streams whose events are numbered through.
net::QueryParam since_parameter();

/// An answer that `stream` writes.
net::Response event_stream(std::function<Task<Unit>(net::BodyWriter&)> stream);

}  // namespace troupe::console
