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
  /// LiveKit asks for the token when somebody comes in, and gives out one of its own for coming back, which is good for
  /// as long.
  static constexpr std::chrono::minutes kTimeToComeIn{10};

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
  /// By which `identity` comes into that room, speaks and hears; good for kTimeToComeIn.
  std::string admit(std::string_view room, std::string_view identity) const;
  /// Puts them out of the room; who is not there is no error. LiveKit takes back no token: whoever has one comes in
  /// again until it has run out. Error: unavailable.
  Task<Unit> remove(std::string room, std::string identity);
  /// Whether they are in the room. Error: unavailable.
  Task<bool> is_there(std::string room, std::string identity);

  /// Asks it for nothing, so that trouble() is known.
  Task<Unit> look();
  /// What is wrong with it since it was asked last.
  std::optional<std::string> trouble() const;

 private:
  /// False: it knows no such thing.
  Task<bool> ask(std::string method, matrix::JsonObject grant, matrix::JsonObject body);
  void note(std::optional<std::string> trouble);

  const Parts parts_;
  mutable base::Mutex mutex_;
  std::optional<std::string> trouble_ GUARDED_BY(mutex_);
};

}  // namespace troupe::homeserver::rtc
