// How many are in the rooms of bots, as the homeserver says: asked beside the feed, so that a room that is slow to
// answer, or never does, holds up nobody who does not need it. What it does not say is not guessed: a bot that is alone
// with somebody would be deaf for as long as the guess is believed.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "fleet/term/roster.h"
#include "fleet/term/term.h"
#include "matrix/room_actions.h"

namespace troupe::fleet::turns {

struct RoomSize {
  std::int64_t joined_members = 0;  ///< of a room with more than two: at least so many
  bool encrypted = false;
};

/// On the fleet's executor.
class RoomSizes {
 public:
  /// `known` is told each room that has become known. `first_retry`: after a failure; doubled up to ten seconds.
  RoomSizes(term::Term& term, matrix::RoomActions& homeserver, term::Roster& roster,
            std::chrono::milliseconds first_retry, std::function<void(const std::string& room_id)> known);

  /// nullptr: not known, or not any more. Until the next call of anything here.
  const RoomSize* find(std::string_view room_id) const;
  /// Memberships have changed: to be asked again.
  void forget(std::string_view room_id);
  /// Has a room that is not known asked for, again and again until the homeserver says how many are in it, or no bot is
  /// there any more.
  void want(const std::string& room_id);
  /// Wants these, and waits until all are known, at most `patience`. Several may wait at a time.
  asio::awaitable<void> ask(std::set<std::string> rooms, std::chrono::milliseconds patience);

 private:
  struct Entry {
    std::optional<RoomSize> size;
    bool asked = false;                                ///< a question is under way; it is never replaced
    std::int64_t changes = 0;                          ///< how often it was forgotten
    std::chrono::steady_clock::time_point since = {};  ///< when it was asked
  };
  /// Whoever waits in ask(), with a bell of its own.
  struct Asker;
  asio::awaitable<void> pursue(std::string room_id);

  term::Term& term_;
  matrix::RoomActions& homeserver_;
  term::Roster& roster_;
  std::chrono::milliseconds first_retry_;
  std::function<void(const std::string&)> known_;
  std::map<std::string, Entry, std::less<>> rooms_;
  std::set<const Asker*> askers_;
};

}  // namespace troupe::fleet::turns
