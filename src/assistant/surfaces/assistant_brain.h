// The kind of bot `assistant`: what people write in its rooms becomes tasks, with their own rights.
#pragma once
#include "assistant/services/services.h"
#include "assistant/surfaces/people.h"
#include "assistant/surfaces/schedules.h"
#include "assistant/surfaces/talk.h"
#include "fleet/brains/bot_kind.h"

namespace troupe::assistant::surfaces {

/// What its bots work on; outlives them.
struct BrainUses {
  const People& people;
  const Talk& talk;
  services::Services& services;
  Schedules& schedules;
  tasks::Tasks& tasks;
};

struct BrainConfig {
  TalkRules rules;
  std::vector<std::string> people;  ///< user ids; empty: everybody of the tenant
  std::string greeting;
};

/// One per running bot. What it keeps for each session (fleet/types/session_memory.h), by a hash of the person:
///   "t.<hash>"  the conversation (Thread)
///   "f.<hash>"  files that were sent without words, until the next ones
/// What waits for an answer is not there but in the table of what is watched, since it may be answered elsewhere.
class AssistantBrain : public fleet::brains::Brain {
 public:
  AssistantBrain(fleet::brains::BrainContext context, BrainUses uses, BrainConfig config);

  Task<fleet::Reply> answer(fleet::Question question, fleet::brains::ReplyStream& stream) override;
  bool takes(fleet::AttachmentKind) const override { return true; }
  bool has_sessions() const override { return true; }
  std::vector<fleet::Command> commands() const override;
  asio::awaitable<std::vector<fleet::brains::Finding>> look_around() override;

 private:
  Task<std::optional<fleet::Reply>> command(const fleet::Question& question, const tasks::Who& who);
  Task<fleet::Reply> tasks_of(const fleet::Question& question, const tasks::Who& who);
  Task<fleet::Reply> schedule(const fleet::Question& question, const tasks::Who& who, std::string rest);
  Task<fleet::Reply> talk(fleet::Question question, tasks::Who who, fleet::brains::ReplyStream& stream);
  std::string help() const;

  fleet::brains::BrainContext context_;
  BrainUses uses_;
  BrainConfig config_;
};

/// The kind that the console and `troupe bot add` offer.
fleet::brains::BotKind assistant_kind(BrainUses uses);

/// The same conversation for all that one person says in a room or thread.
Session room_session(std::string_view fleet_session);
/// Where later words go.
tasks::JsonObject room_place(std::string_view bot_user_id, std::string_view room_id, std::string_view thread_root,
                             std::string_view about, std::string_view language);
/// A reply as the fleet sends it.
fleet::Reply room_reply(const Said& said);

}  // namespace troupe::assistant::surfaces
