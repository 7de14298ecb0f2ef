// The kind of bot `meetings`: who writes `!meet LINK` to it has a bot sent into that call, as themselves, and its
// transcript told in the room as a thread.
#pragma once
#include "fleet/brains/bot_kind.h"
#include "identity/audit.h"
#include "identity/principals.h"
#include "matrix/accounts.h"
#include "meetings/bot/command.h"
#include "meetings/life/service.h"
#include "meetings/thread/scribe.h"

namespace troupe::meetings::bot {

/// What its bots work on; outlives them.
struct BrainUses {
  life::Meetings& meetings;
  const thread::Scribe& scribe;
  matrix::Accounts& accounts;
  identity::Principals& principals;
  identity::Audit& audit;
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
  /// Who writes, as somebody of the bot's tenant; asked anew each time. Error: forbidden, with a sentence for them.
  Task<identity::Principal> person(std::string user_id) const;
  Task<std::string> meet(fleet::Question question, identity::Principal who, Command command);
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
