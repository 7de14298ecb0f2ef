// Server notices: what the server says to a person, in a room of theirs and of an account that is configured for it
// (Client-Server API #server-notices).
#pragma once
#include <optional>
#include <string>

#include "homeserver/account_data/account_data.h"
#include "homeserver/accounts/account_service.h"
#include "homeserver/rooms/room_service.h"
#include "host/settings.h"
#include "store/async_gate.h"

namespace troupe::homeserver::notices {

struct Notice {
  std::string user_id;  ///< to whom
  std::string type;
  std::optional<std::string> state_key;
  matrix::JsonObject content;
  std::string txn;  ///< the same again from the same process of sending gives the first event; empty: none
};

/// One per server; callable from any thread. The account is made with the first notice; a person's room too, and again
/// when they have left it. They are invited, and the room bears the tag m.server_notice for them.
class Notices {
 public:
  struct Parts {
    store::Database& db;
    accounts::AccountService& accounts;
    rooms::RoomService& rooms;
    account_data::AccountData& account_data;
    const host::Settings& settings;
  };
  explicit Notices(Parts parts) : parts_(parts) {}

  /// Yields the event id. Errors: 400 M_UNKNOWN (no account is configured), conflict (it is a person's or a bot's),
  /// invalid_param (not a user of this server), not_found (no such user, or deactivated); those of RoomService::send
  /// and set_state.
  Task<std::string> send(Notice notice);

 private:
  /// The account that speaks. Error as above.
  Task<std::string> sender();
  /// The room of the two, in which the person is or to which they are invited.
  Task<std::string> room_for(std::string sender, std::string user_id);
  Task<std::string> make_room(std::string sender, std::string user_id);

  Parts parts_;
  store::AsyncGate making_{1, 256};  ///< so that two notices at once make one room
};

}  // namespace troupe::homeserver::notices
