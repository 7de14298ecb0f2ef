// Which bot's account goes into a Matrix call: one of the kind `meetings`, of the tenant of whoever asks, that is in
// the room or may be brought there.
#pragma once
#include <optional>
#include <string>

#include "matrix/accounts.h"
#include "matrix/room_actions.h"
#include "meetings/links/link.h"
#include "meetings/records/call_store.h"

namespace troupe::meetings::calls {

/// Who asks for a bot in a call.
struct Asker {
  std::int64_t tenant_id = 0;
  std::string user_id{};    ///< empty: no account here
  std::string preferred{};  ///< the bot that was asked, by its user id; empty: none
};

/// One per program; callable from any thread.
class CallBots {
 public:
  struct Uses {
    store::Database& db;
    matrix::Accounts& accounts;
    matrix::RoomActions& rooms;
    links::Hosts hosts;
    bool has_accounts = true;  ///< bots can go into calls with accounts of their own here
  };
  explicit CallBots(Uses uses) : uses_(std::move(uses)) {}

  /// The account for this link, in the room already. Nothing: no Matrix room, or none of this server; then a bot goes
  /// in as a guest. Errors: forbidden (who asks is not in the room, or may not bring the bot there), conflict (the
  /// tenant has no bot for it, or several and none is in the room), unavailable. What is wrong with the link itself is
  /// not said here.
  Task<std::optional<records::CallAccount>> place(Asker asker, std::string link) const;
  /// Of a room, by its id. Errors: as above, and forbidden where there is no such room.
  Task<records::CallAccount> place_in(Asker asker, std::string room_id) const;

  bool has_accounts() const { return uses_.has_accounts; }

  /// The bots of the kind `meetings` that are to run, of all tenants, by their user ids.
  struct Bot {
    std::int64_t id = 0;
    std::int64_t tenant_id = 0;
    std::string user_id{};
  };
  Task<std::vector<Bot>> bots() const;

  /// A link that names a room by its id.
  static std::string link_of(std::string_view room_id);

 private:
  Task<std::optional<std::string>> room_of(std::string name) const;
  Task<Unit> bring(std::string asker, std::string room_id, std::string bot) const;
  Uses uses_;
};

}  // namespace troupe::meetings::calls
