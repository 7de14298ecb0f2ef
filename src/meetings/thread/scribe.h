// Who writes transcripts into rooms, and whether it may write into this one.
#pragma once
#include <string>

#include "base/task.h"
#include "matrix/accounts.h"
#include "matrix/room_actions.h"
#include "matrix/room_powers.h"

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
    std::string localpart;  ///< of the account that writes; it is made when it is needed first
  };
  explicit Scribe(Uses uses) : uses_(std::move(uses)) {}

  /// Makes sure that the account is in the room: joins, and has itself invited by whoever asks where that is needed.
  /// `asker`: a user id, empty when it has none. `room`: an id or an alias. Errors: invalid_param (no room's name; who
  /// asks has no account), not_found (no such room, or the asker is not in it), forbidden (it cannot join; it or the
  /// asker has not the power to write there), conflict
  /// (kEncryptedRoom; the account is a person's); unavailable.
  Task<Place> place(std::string asker, std::string room) const;
  /// Of a bot that is in the room already. Errors: as above.
  Task<Place> place_of_bot(std::string bot_user_id, std::string room_id) const;

 private:
  Task<std::string> account() const;
  Task<Unit> check_plain(std::string room_id) const;
  Task<Unit> enter(std::string asker, const Place& place) const;
  Task<Unit> check_power(std::string user_id, std::string room_id) const;
  Uses uses_;
};

}  // namespace troupe::meetings::thread
