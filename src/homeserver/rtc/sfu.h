// The LiveKit server that calls of many run over, as this server speaks to it (its RoomService, Twirp over HTTP:
// https://docs.livekit.io/reference/server/server-apis/).
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/task.h"
#include "homeserver/rtc/livekit_token.h"
#include "net/client/client.h"

namespace troupe::homeserver::rtc {

/// One per server; callable from any I/O thread. Its address is the administrator's, and may be private.
class Sfu {
 public:
  struct Parts {
    net::client::HttpClient& http;
    const base::Clock& clock;
    std::string url;  ///< ws:// or wss://, as clients are told
    LivekitKey key;
  };
  explicit Sfu(Parts parts);

  const std::string& url() const { return parts_.url; }

  /// Makes the room when it is not there; once that is so people may come into it. Errors: unavailable (it does not
  /// answer, or does not take the key).
  Task<Unit> make_room(std::string name);
  /// By which `identity` comes into that room, speaks and hears; good for an hour to come in.
  std::string admit(std::string_view room, std::string_view identity) const;

  /// Asks it for nothing, so that trouble() is known.
  Task<Unit> look();
  /// What is wrong with it since it was asked last.
  std::optional<std::string> trouble() const;

 private:
  Task<Unit> ask(std::string method, matrix::JsonObject grant, matrix::JsonObject body);
  void note(std::optional<std::string> trouble);

  const Parts parts_;
  mutable base::Mutex mutex_;
  std::optional<std::string> trouble_ GUARDED_BY(mutex_);
};

}  // namespace troupe::homeserver::rtc
