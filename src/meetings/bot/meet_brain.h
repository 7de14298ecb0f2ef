// The kind of bot `meetings`: who writes `!meet LINK` to it has a bot sent into that call, as themselves, and its
// transcript told in the room as a thread.
#pragma once
#include "fleet/brains/bot_kind.h"
#include "identity/audit.h"
#include "matrix/call_states.h"
#include "meetings/bot/command.h"
#include "meetings/bot/person.h"
#include "meetings/calls/call_bots.h"
#include "meetings/life/service.h"
#include "meetings/records/call_store.h"
#include "meetings/thread/scribe.h"

namespace troupe::meetings::bot {

/// What its bots work on; outlives them.
struct BrainUses {
  life::Meetings& meetings;
  const thread::Scribe& scribe;
  matrix::Accounts& accounts;
  identity::Principals& principals;
  identity::Audit& audit;
  const calls::CallBots& call_bots;
  store::Database& db;
  const base::Clock& clock;
  matrix::CallStates* states = nullptr;  ///< nullptr: nobody knows whether a room has a call
};

/// One per running bot.
class MeetBrain : public fleet::brains::Brain {
 public:
  MeetBrain(fleet::brains::BrainContext context, BrainUses uses, std::string language);

  Task<fleet::Reply> answer(fleet::Question question, fleet::brains::ReplyStream& stream) override;
  bool is_slow() const override { return false; }
  std::vector<fleet::Command> commands() const override;

 private:
  Task<std::string> act(fleet::Question question);
  /// Whether who asks is heard in this room's calls; also for the bot that is in one (it reads the same word itself).
  Task<std::string> consent(fleet::Question question, bool declined) const;
  Task<std::string> meet(fleet::Question question, identity::Principal who, Command command);
  /// Whether somebody is in the call of this room; true where nobody can say and `asked`.
  Task<bool> has_call(std::string room_id, bool asked) const;
  Task<std::string> stop(fleet::Question question, identity::Principal who);
  Task<std::string> status(fleet::Question question, identity::Principal who);
  /// Those that the person may see and whose transcript is told in this room, and that have not ended.
  Task<std::vector<Meeting>> meetings_here(std::string room_id, identity::Principal who) const;

  fleet::brains::BrainContext context_;
  BrainUses uses_;
  std::string language_;
};

fleet::brains::BotKind meetings_kind(BrainUses uses);

}  // namespace troupe::meetings::bot
