// What a bot in a Matrix call says beside its status: that its device has keys, and who wants to be heard.
#pragma once
#include "fleet/encryption/vouching.h"
#include "matrix/room_actions.h"
#include "meetings/life/service.h"
#include "meetings/records/call_store.h"

namespace troupe::meetings::calls {

/// Whose word it is.
struct Credential {
  std::string token{};  ///< of the container
  std::string connection_id{};
};

/// One per program; callable from any thread. The token is of a container that is its meeting's present one and is not
/// gone, and speaks of its own session, else: not_found.
class Words {
 public:
  struct Uses {
    store::Database& db;
    life::Meetings& meetings;
    matrix::RoomActions& rooms;
    fleet::encryption::Vouching* vouching;  ///< none: bots have no keys here
    const base::Clock& clock;
    const records::Bell& bell;
  };
  explicit Words(const Uses& uses) : uses_(uses) {}

  /// Has the bot's own device signed, so that it is a verified one. Errors: conflict (its keys are not there yet: ask
  /// again), invalid_param as 422 (not this bot's device, or keys that are not its own), not_found; those of
  /// Vouching::vouch.
  /// Yields who declines by now in the room: it is asked last before the bot goes into the call.
  Task<std::vector<std::string>> vouch(Credential credential, std::string device_id);

  struct Wish {
    std::string user_id{};
    bool declined = false;
    std::chrono::milliseconds ago{0};  ///< since they said so: the bot may have had to tell it again and again
  };
  /// Somebody declines to be heard, or takes it back: that holds in this room from now on, also for later meetings.
  /// Also of somebody who has left the room since. What is taken back late leaves alone what was declined after it.
  /// Errors: invalid_param as 422 (no user id; too many who are not in the room), not_found.
  Task<Unit> consent(Credential credential, Wish wish);

 private:
  struct Known {
    Meeting meeting{};
    Attempt attempt{};
    records::CallAccount call{};
  };
  Task<Known> known(Credential credential) const;
  Uses uses_;
};

}  // namespace troupe::meetings::calls
