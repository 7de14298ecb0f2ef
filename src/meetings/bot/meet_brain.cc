#include "meetings/bot/meet_brain.h"

#include <fmt/format.h>

#include "base/field_errors.h"
#include "base/log.h"
#include "fleet/brains/brain_fields.h"
#include "matrix/json.h"

namespace troupe::meetings::bot {
namespace {

using fleet::brains::PreparedConfig;

constexpr std::string_view kHelp =
    R"(I go into calls and write down what is said there, in a thread of this room.

- `!meet call` sends a bot into the call of this room, and so does `!meet` while there is one; whoever reacts to its notice with a cross (❌), or writes `!meet decline`, is not heard
- `!meet LINK` sends a bot into a call of Google Meet, Microsoft Teams, Zoom, Jitsi or Matrix; `!meet LINK de` says which language is spoken
- `!meet status` shows the calls whose transcript comes into this room
- `!meet stop` has your bot leave)";

constexpr std::string_view kSchema =
    R"json({"type":"object","additionalProperties":false,"properties":{
"language":{"type":"string","title":"Language","maxLength":8,
"description":"What is spoken where nobody says so: en, de, yue … Empty: it is detected."}}})json";

records::Whose whose(const identity::Principal& who) {
  records::Whose whose{.tenant_id = who.tenant_id};
  if (who.role == net::route::Role::member) whose.owner_id = who.id;
  return whose;
}

std::string line_of(const Meeting& meeting) {
  return fmt::format("meeting {} ({}): {}", meeting.id, meeting.link, to_string(meeting.life.state));
}

Result<PreparedConfig> prepare(boost::json::object config, boost::json::object /*old_secrets*/) {
  base::FieldErrors mistakes;
  mistakes.take(fleet::brains::refuse_unknown(config, {"language", "respond", "reply_as"}));
  mistakes.take(fleet::brains::common_config(config));
  fleet::brains::BrainFields fields(config);
  mistakes.take(fields.text("language", 8, ""));
  const std::string language(matrix::find_string(config, "language").value_or(""));
  if (!language.empty() && !is_language(language)) {
    mistakes.take(Result<Unit>(
        base::field_error(base::pointer_to("language"),
                          "language is a code of two or three letters that can be transcribed: en, de, yue …")));
  }
  TRY(std::move(mistakes).outcome());
  return PreparedConfig{.config = std::move(config), .secrets = {}, .generated_secret = std::nullopt};
}

}  // namespace

MeetBrain::MeetBrain(fleet::brains::BrainContext context, BrainUses uses, std::string language)
    : context_(std::move(context)), uses_(uses), language_(std::move(language)) {}

std::vector<fleet::Command> MeetBrain::commands() const {
  return {{.name = "meet", .description = "Send a bot into a call: !meet call, !meet LINK, !meet status, !meet stop."},
          {.name = "help", .description = "What this bot can do."}};
}

Task<fleet::Reply> MeetBrain::answer(fleet::Question question, fleet::brains::ReplyStream&) {
  auto said = co_await act(std::move(question));
  if (!said && is_ours(said.error())) co_return std::unexpected(std::move(said).error());
  // What is wrong with a link or a room is for whoever wrote: nothing of the bot failed.
  co_return fleet::Reply{.text = said ? *std::move(said) : said.error().message(), .own_words = true};
}

Task<std::string> MeetBrain::act(fleet::Question question) {
  auto command = parse_command(question.text);
  if (command.kind == Command::Kind::help) co_return std::string(kHelp);
  if (command.kind == Command::Kind::unknown) {
    co_return "That is no link of a call that I know. Write `!meet LINK`, with the language behind it if you like, or "
              "`!meet help`.";
  }
  if (command.kind == Command::Kind::here || command.kind == Command::Kind::call) {
    CO_TRY(const bool is_there, co_await has_call(question.room_id, command.kind == Command::Kind::call));
    if (!is_there && command.kind == Command::Kind::here) co_return std::string(kHelp);
    if (!is_there) co_return "Nobody is in a call in this room.";
    command.link = calls::CallBots::link_of(question.room_id);
  }
  // Anybody may say so for themselves, with an account here or not.
  if (command.kind == Command::Kind::decline) co_return co_await consent(std::move(question), true);
  if (command.kind == Command::Kind::accept) co_return co_await consent(std::move(question), false);
  CO_TRY(auto who, co_await person_of({.accounts = uses_.accounts, .principals = uses_.principals}, question.sender,
                                      context_.tenant_id));
  if (command.kind == Command::Kind::stop) co_return co_await stop(std::move(question), std::move(who));
  if (command.kind == Command::Kind::status) co_return co_await status(std::move(question), std::move(who));
  co_return co_await meet(std::move(question), std::move(who), std::move(command));
}

Task<std::string> MeetBrain::consent(fleet::Question question, bool declined) const {
  // A guest of a call's page hears all of it as one sound: nobody is promised what it cannot do.
  if (declined && !uses_.call_bots.has_accounts()) {
    co_return "Bots come into this room's calls as guests here and cannot leave anybody out: what you say there may be "
              "written down. Whoever sent a bot has it leave by `!meet stop`.";
  }
  const records::Consent consent{.tenant_id = context_.tenant_id,
                                 .room_id = std::move(question.room_id),
                                 .user_id = std::move(question.sender),
                                 .declined = declined,
                                 .meeting = 0,
                                 .at_ms = uses_.clock.unix_ms()};
  auto write = [&](store::Tx& tx) -> Result<bool> { return records::put_consent(tx, consent, consent.at_ms); };
  CO_TRY(co_await uses_.db.write(write));
  co_return declined ? "You are not heard in the calls of this room: nothing you say there is written down. `!meet "
                       "accept` takes that back."
                     : "You are heard again in the calls of this room. `!meet decline` takes that back.";
}

Task<bool> MeetBrain::has_call(std::string room_id, bool asked) const {
  if (uses_.states == nullptr) co_return asked;
  CO_TRY(const auto people, co_await uses_.states->in_call(std::move(room_id)));
  co_return !people.empty();
}

Task<std::string> MeetBrain::meet(fleet::Question question, identity::Principal who, Command command) {
  CO_TRY(auto account, co_await uses_.call_bots.place(
                           {.tenant_id = who.tenant_id, .user_id = question.sender, .preferred = question.bot_user_id},
                           command.link));
  CO_TRY(auto place, co_await uses_.scribe.place_of_bot(question.bot_user_id, question.room_id));
  auto made = co_await uses_.meetings.create(
      {.tenant_id = who.tenant_id,
       .owner = {.id = who.id, .label = who.label()},
       .link = std::move(command.link),
       .language = command.language.empty() ? language_ : std::move(command.language),
       .thread = records::Thread{.room_id = std::move(place.room_id), .sender = std::move(place.sender)},
       .call = std::move(account)});
  if (!made) {
    // Also what is asked again after a crash.
    if (const auto* state = made.error().members().if_contains("state");
        made.error().code() == Errc::conflict && state) {
      co_return fmt::format("{} It is {}.", made.error().message(), std::string_view(state->as_string()));
    }
    co_return std::unexpected(std::move(made).error());
  }
  auto noted = co_await uses_.audit.record(
      {.tenant_id = who.tenant_id,
       .actor_id = who.id,
       .actor = who.label(),
       .action = "meeting.create",
       .target = std::to_string(made->id),
       .detail = {{"platform", to_string(made->platform)}, {"link", made->link}, {"room", question.room_id}},
       .request_id = {}});
  if (!noted) base::log_warning("meetings", "An audit record is lost.", {{"reason", noted.error().message()}});
  co_return fmt::format(
      "A bot is on its way to {} (meeting {}). Somebody in the call may have to let it in. What is said comes into the "
      "thread below; `!meet stop` has it leave.",
      made->link, made->id);
}

Task<std::vector<Meeting>> MeetBrain::meetings_here(std::string room_id, identity::Principal who) const {
  return uses_.meetings.told_in(whose(who), std::move(room_id));
}

Task<std::string> MeetBrain::stop(fleet::Question question, identity::Principal who) {
  CO_TRY(const auto here, co_await meetings_here(question.room_id, who));
  if (here.empty()) co_return "No bot of yours is in a call whose transcript comes into this room.";
  std::string said = "They leave:";
  for (const auto& meeting : here) {
    CO_TRY(const auto stopped,
           co_await uses_.meetings.stop(whose(who), meeting.id, {.id = who.id, .label = who.label()}));
    said += "\n- " + line_of(stopped);
  }
  co_return said;
}

Task<std::string> MeetBrain::status(fleet::Question question, identity::Principal who) {
  CO_TRY(const auto here, co_await meetings_here(question.room_id, who));
  if (here.empty()) co_return "No bot of yours is in a call whose transcript comes into this room.";
  std::string said = "In calls:";
  for (const auto& meeting : here) said += "\n- " + line_of(meeting);
  co_return said;
}

fleet::brains::BotKind meetings_kind(BrainUses uses) {
  return {.name = "meetings",
          .title = "Meetings",
          .description = "Goes into calls that people name (!meet LINK) and writes down what is said, in a thread.",
          .config_schema = kSchema,
          .prepare = prepare,
          .make = [uses](const fleet::brains::BrainContext& context, const boost::json::object& config,
                         const boost::json::object&) -> Result<std::unique_ptr<fleet::brains::Brain>> {
            return std::make_unique<MeetBrain>(context, uses,
                                               std::string(matrix::find_string(config, "language").value_or("")));
          }};
}

}  // namespace troupe::meetings::bot
