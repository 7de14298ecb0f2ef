// Who may come into a call: this server as its own MatrixRTC authorization service (MSC4195), in place of
// lk-jwt-service.
#pragma once
#include <string>

#include "homeserver/accounts/openid_tokens.h"
#include "homeserver/memory/rooms.h"
#include "homeserver/rtc/in_call.h"
#include "homeserver/rtc/sfu.h"
#include "host/settings.h"

namespace troupe::homeserver::rtc {

/// What a client shows of itself.
struct CallToken {
  std::string access_token;  ///< of POST /user/{user_id}/openid/request_token
  std::string matrix_server_name;
};

/// A client that wants to come into a call.
struct ComesIn {
  std::string room_id;
  std::string slot_id{kRoomCallSlot};
  CallToken token;
  std::string device_id;
  std::string member_id;        ///< empty: of before there were any, and LiveKit knows it as `user:device`
  std::string claimed_user_id;  ///< empty: it claims to be nobody but whose token it is
};

/// Where it goes, and by what it is let in.
struct LetIn {
  std::string url;
  std::string jwt;
};

/// One per server; callable from any thread.
class Authorization {
 public:
  static constexpr std::int64_t kMaxIdBytes = 255;

  struct Parts {
    store::Database& db;
    memory::Rooms& rooms;
    accounts::OpenIdTokens& openid;
    const host::Settings& settings;
    Sfu& sfu;
    InCall& in_call;
  };
  explicit Authorization(Parts parts) : parts_(parts) {}

  /// Errors: forbidden (another server's people; not joined to the room, or no such room), unknown_token as
  /// M_UNAUTHORIZED (not known, expired, its device is gone, not who it claims to be), invalid_param (no such slot),
  /// limit_exceeded (in too many calls), unavailable (LiveKit).
  Task<LetIn> let_in(ComesIn who);

 private:
  Task<bool> is_joined(std::string room_id, std::string user_id);
  const Parts parts_;
};

}  // namespace troupe::homeserver::rtc
