// Decides what a page of the feed leads to, once all that is needed for it has been asked: no waiting, no failing. What
// a message is to one bot is judge()'s to say (rules.h); here it meets the rooms, the bots and what they may take.
#pragma once
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "fleet/term/roster.h"
#include "fleet/turns/page_facts.h"
#include "fleet/turns/room_sizes.h"
#include "fleet/turns/rules.h"
#include "fleet/turns/turn_runner.h"

namespace troupe::fleet::turns {

/// What a page of the feed leads to, written in one transaction.
struct Findings {
  base::UnixMs at_ms = 0;                ///< when it was decided
  std::vector<term::PendingTurn> turns;  ///< open and skipped ones
  struct Join {
    RoomRow row;
    std::int64_t tenant_id;
  };
  std::vector<Join> joins;
  std::vector<std::pair<std::string, BotKey>> leaves;
  std::vector<std::pair<std::string, BotKey>> told_encrypted;
  struct Invite {
    BotKey bot;
    std::int64_t tenant_id;
    std::string room_id;
    std::string inviter;
  };
  std::vector<Invite> invites;
  std::vector<std::string> maybe_empty;
  std::vector<std::string> other_powers;                        ///< rooms where who may do what has changed
  std::vector<std::pair<StreamPos, std::string>> aside;         ///< messages whose room is not known: position and room
  std::vector<StreamPos> settled;                               ///< those put aside earlier that are decided now
  std::vector<std::pair<BotKey, std::string>> redacted;         ///< messages of which a record may be kept
  std::vector<std::pair<std::string, encryption::Heard>> read;  ///< encrypted ones, by event id
  std::vector<encryption::Unread> unread;                       ///< encrypted ones whose key may still come
  std::vector<encryption::Unread> looked_up;                    ///< of those of earlier: decided now
  std::set<std::tuple<BotKey, std::string, std::string>> unreadable;  ///< bot, room, session: the room is told
  bool to_store() const {
    return !turns.empty() || !joins.empty() || !leaves.empty() || !told_encrypted.empty() || !invites.empty() ||
           !aside.empty() || !settled.empty() || !redacted.empty() || !read.empty() || !unread.empty() ||
           !looked_up.empty() || !unreadable.empty();
  }
};

/// When a message came to the feed.
enum class Came {
  live,  ///< read as it came: new, whatever the clock of the wall does
  late,  ///< nobody read meanwhile, or it was put aside: as old as its event says
};

/// A turn that is still to be recorded.
term::PendingTurn make_pending(const base::Clock& clock, const term::LiveBot& bot, const matrix::FeedEvent& event,
                               Message message, Came came);

/// On the fleet's executor.
class Decider {
 public:
  /// `keeps_records`: what turns were answered from is kept, and goes with a redacted message. `reads_encrypted`: bots
  /// take part in encrypted rooms.
  Decider(term::Roster& roster, TurnRunner& runner, const base::Clock& clock, bool keeps_records, bool reads_encrypted)
      : roster_(roster),
        runner_(runner),
        clock_(clock),
        keeps_records_(keeps_records),
        reads_encrypted_(reads_encrypted) {}

  /// Whether a message cannot be decided without the size of its room, `joining` bots of ours on the way.
  bool needs_size(const Heard& heard, bool joining) const;
  /// Adds what an event needs to know of earlier turns; `joining`: bots that come into the room on the same page.
  void ask_for(const Heard& heard, const std::set<BotKey>& joining, PageQuestions& questions) const;
  /// In the order of the stream. `size` only of a message that needs it.
  void decide(const Heard& heard, Came came, const RoomSize* size, const PageFacts& facts, Findings& findings);
  /// The room of a message that came encrypted is told that a bot cannot read it, once for each session.
  void tell_unreadable(const Heard& heard, BotKey bot, Came came, Findings& findings);

 private:
  void membership(const Heard& heard, Findings& findings);
  void message(const Heard& heard, Came came, const RoomSize* size, const PageFacts& facts, Findings& findings);
  /// A reaction to an answer in which the bot offered choices is one of them.
  void reaction(const Heard& heard, Came came, const PageFacts& facts, Findings& findings);
  void unreadable(const matrix::FeedEvent& event, Came came, Findings& findings);
  /// What came encrypted: who reads it, who waits for its key, who says that it cannot.
  void sealed(const Heard& heard, Came came, Findings& findings);
  Surroundings around(const term::LiveBot& bot, const term::LiveRoom& room, const Heard& heard, const RoomSize& size,
                      const PageFacts& facts) const;
  /// Whether the bot may give one more answer here now; counts it.
  bool within_budget(term::LiveBot& bot, const std::string& room_id);

  term::Roster& roster_;
  TurnRunner& runner_;
  const base::Clock& clock_;
  bool keeps_records_;
  bool reads_encrypted_;
};

}  // namespace troupe::fleet::turns
