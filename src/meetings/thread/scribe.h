// Who writes transcripts into rooms, and whether it may write into this one.
#pragma once
#include <functional>
#include <string>

#include "base/task.h"
#include "matrix/accounts.h"
#include "matrix/room_actions.h"
#include "matrix/room_powers.h"
#include "meetings/records/call_store.h"

namespace troupe::meetings::thread {

/// A room that takes a transcript, and the account that writes it there.
struct Place {
  std::string room_id{};
  std::string sender{};
};

/// One per program; callable from any thread.
class Scribe {
 public:
  struct Uses {
    matrix::Accounts& accounts;
    matrix::RoomActions& rooms;
    matrix::RoomPowers& powers;
    std::string localpart;     ///< of the account that writes; it is made when it is needed first
    bool has_devices = false;  ///< bots can write in encrypted rooms here
  };
  /// Has one of the bots of whoever asks come into the room of this id.
  using Bring = std::function<Task<records::CallAccount>(std::string room_id)>;
  explicit Scribe(Uses uses) : uses_(std::move(uses)) {}

  /// Makes sure that the account is in the room: joins, and has itself invited by whoever asks where that is needed.
  /// `asker`: a user id, empty when it has none. `room`: an id or an alias. Errors: invalid_param (no room's name; who
  /// asks has no account), not_found (no such room, or the asker is not in it), forbidden (it cannot join; it or the
  /// asker has not the power to write there), conflict
  /// (kEncryptedRoom; the account is a person's); unavailable. The account has no device: in an encrypted room the bot
  /// writes that `bring` yields; what that refuses is refused with its code. Without it: kEncryptedRoom.
  Task<Place> place(std::string asker, std::string room, Bring bring = {}) const;
  /// Of a bot that is in the room already. Errors: not_found, conflict (kEncryptedRoom, where bots have no devices),
  /// unavailable.
  Task<Place> place_of_bot(std::string bot_user_id, std::string room_id) const;

 private:
  Task<std::string> account() const;
  Task<bool> is_encrypted(std::string room_id) const;
  Task<Place> place_sealed(std::string asker, std::string room_id, Bring bring) const;
  Task<Unit> enter(std::string asker, const Place& place) const;
  Task<Unit> check_power(std::string user_id, std::string room_id, std::string_view type) const;
  Uses uses_;
};

}  // namespace troupe::meetings::thread
