// An answer of the running server that goes on, as the command line reads it: events, over the local socket.
#pragma once
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/local_socket.h"
#include "base/descriptor.h"
#include "net/client/client.h"

namespace troupe::app {

/// One answer that goes on. Blocks, at most a quarter of a second longer than `stop` says. One thread.
class LocalStream {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  /// Nothing when no server listens there. `stop` outlives it. Errors: unavailable (the server went away, or is an
  /// older one that answers whole), timed_out (no answer until `until`).
  static Result<std::optional<LocalStream>> open(const std::filesystem::path& path, const LocalRequest& request,
                                                 const std::atomic<bool>& stop, Deadline until);

  /// The answer when it does not go on, which is an error's; nothing when it does.
  const std::optional<LocalReply>& whole() const { return whole_; }
  /// The next piece, of 64 KiB at most; empty at the end, and when it is to stop. Errors: unavailable (broken off),
  /// timed_out (nothing came until `until`), too_large (no piece of ours).
  Result<std::string> next(Deadline until);

 private:
  LocalStream(int socket, const std::atomic<bool>& stop);
  Result<bool> read(char* into, std::size_t count, Deadline until);
  Result<Unit> read_head(Deadline until);

  std::unique_ptr<base::Descriptor> socket_;
  const std::atomic<bool>* stop_;
  std::optional<LocalReply> whole_;
};

/// How a stream of events is followed.
struct Following {
  std::filesystem::path socket;
  std::string target;
  std::chrono::milliseconds silence{45'000};   ///< the server's heartbeat comes every 15 s
  std::chrono::milliseconds first_pause{500};  ///< before it is asked again; doubles
  std::chrono::milliseconds longest_pause{10'000};
  std::chrono::milliseconds patience{120'000};  ///< that the server may be away
  std::chrono::milliseconds late{6'000};        ///< what still comes after the end is waited for so long
  std::size_t max_event_bytes = 1024UL * 1024;
};

struct Followed {
  enum class How {
    ended,        ///< as `take` said
    interrupted,  ///< as `stop` said
    nobody,       ///< no server listened from the beginning
    refused,      ///< by `reply`
  };
  How how = How::ended;
  LocalReply reply{};
};

/// Follows until `take` has said false (it is over: only what comes late is still taken), or `stop` is set. A
/// connection that ends, breaks or is silent is made anew and goes on after the last event. `lost`: told once each time
/// that this does not succeed at once. Blocks. Errors: `take`'s own; unavailable (the server is away for longer than
/// `patience`), too_large (an event over the limit).
Result<Followed> follow_local(const Following& following, const std::atomic<bool>& stop,
                              const std::function<Result<bool>(const net::client::ServerSentEvent&)>& take,
                              const std::function<void()>& lost);

}  // namespace troupe::app
