// Bots and their brains: what /api/v1/bots shows and takes.
#include <boost/json/parse.hpp>

#include "fleet/routes/flowise_url.h"
#include "fleet/routes/shape_tables.h"

namespace troupe::fleet::routes {
namespace {

// Parts of a bot.
struct TurnCounts {
  std::int64_t answered = 0;
  std::int64_t failed = 0;
  std::int64_t skipped = 0;
  std::int64_t pending = 0;
};
struct Tokens {
  std::int64_t in = 0;
  std::int64_t out = 0;
};
struct Waiting {
  BackOff back_off;
  bool crash_loop = false;
};

constexpr std::string_view kActions[] = {"start", "stop", "restart", "delete"};
constexpr std::string_view kTroubles[] = {"failed", "crash_loop",    "degraded",    "backing_off",
                                          "exited", "answer_failed", "check_failed"};

std::vector<std::string> actions_of(const BotView& view) {
  const auto& bot = view.bot;
  std::vector<std::string> actions;
  const bool up = is_up(bot.observed) || bot.observed == BotState::starting;
  if (bot.observed != BotState::stopping) actions.emplace_back(up ? "stop" : "start");
  if (up) actions.emplace_back("restart");
  const bool waits = bot.observed == BotState::failed ? bot.desired == DesiredState::running
                                                      : bool(next_state(bot.observed, BotEvent::stop));
  if (!up && waits) actions.emplace_back("stop");
  actions.emplace_back("delete");
  return actions;
}

BrainChoice brain_of(const BotView& view) { return {.kind = view.bot.brain_kind, .config = view.bot.brain_config}; }

TurnCounts turns_of(const BotView& view) {
  const auto& bot = view.bot;
  return {.answered = bot.answered, .failed = bot.failed, .skipped = bot.skipped, .pending = view.pending_turns};
}

Waiting waiting_of(const BotView& view) {
  return {.back_off = view.bot.back_off, .crash_loop = view.bot.observed == BotState::crash_loop};
}

std::optional<std::int64_t> pid_of(const TaskInfo& task) {
  return task.pid > 0 ? std::optional(task.pid) : std::nullopt;
}

}  // namespace
}  // namespace troupe::fleet::routes

namespace troupe::api {

using namespace fleet;  // tables of its types only
using namespace fleet::routes;

Shape<RestartPolicy> make_shape(Of<RestartPolicy>) {
  return Shape<RestartPolicy>::request(
      "RestartPolicy",
      {member<&RestartPolicy::mode>("policy", {.description = "When a bot that ended by itself is started again."}),
       member<&RestartPolicy::max_restarts>(
           "max_restarts", {.description = "More within the window are a crash loop.", .least = 1, .most = 1000}),
       member<&RestartPolicy::window_s>("window_s", {.least = 10, .most = 86'400})});
}

Shape<Trouble> make_shape(Of<Trouble>) {
  return Shape<Trouble>::answer(
      "BotTrouble",
      {member<&Trouble::code>("code", {.description = "Its state, or answer_failed: the last answer failed, or "
                                                      "check_failed: what it rests on did not pass the look at its "
                                                      "start.",
                                       .one_of = kTroubles}),
       member<&Trouble::serious>("serious", {.description = "It does not answer; else it may."}),
       member<&Trouble::text>("text", {.description = "Why, for people; may be empty."})});
}

Shape<BrainChoice> make_shape(Of<BrainChoice>) {
  return Shape<BrainChoice>::request(
      "Brain",
      {member<&BrainChoice::kind>("kind", {.description = "One of GET /api/v1/brains.", .least = 1, .most = 32}),
       member<&BrainChoice::config>("config",
                                    {.description = "As the kind's config_schema says; secrets are write-only."})});
}

Shape<TurnCounts> make_shape(Of<TurnCounts>) {
  return Shape<TurnCounts>::part({member<&TurnCounts::answered>("answered"), member<&TurnCounts::failed>("failed"),
                                  member<&TurnCounts::skipped>("skipped"), member<&TurnCounts::pending>("pending")});
}

Shape<Tokens> make_shape(Of<Tokens>) {
  return Shape<Tokens>::part({member<&Tokens::in>("in"), member<&Tokens::out>("out")});
}

Shape<Waiting> make_shape(Of<Waiting>) {
  return Shape<Waiting>::part({member<&Waiting::back_off, &BackOff::failures>("failures"),
                               time<&Waiting::back_off, &BackOff::next_try_ms>("next_try_at"),
                               member<&Waiting::crash_loop>("crash_loop")});
}

Shape<TaskInfo> make_shape(Of<TaskInfo>) {
  return Shape<TaskInfo>::part(
      {made<pid_of>("pid"), time<&TaskInfo::started_ms>("started_at"), time<&TaskInfo::ended_ms>("ended_at"),
       member<&TaskInfo::exit>(
           "exit", {.description = "exit code 3, signal 9 (killed), …; not there while it runs.", .may_lack = true})});
}

Shape<LastError> make_shape(Of<LastError>) {
  return Shape<LastError>::part(
      {time<&LastError::at_ms>("at"), member<&LastError::text>("text"),
       member<&LastError::reference>("reference",
                                     {.description = "The number that the room was told.", .may_lack = true})});
}

Shape<BotView> make_shape(Of<BotView>) {
  return Shape<BotView>::answer(
      "Bot",
      {member<&BotView::bot, &Bot::id>("id"),
       member<&BotView::bot, &Bot::bot_id>("bot_id"),
       member<&BotView::bot, &Bot::user_id>("user_id"),
       member<&BotView::bot, &Bot::display_name>("display_name"),
       made<brain_of>("brain"),
       made<[](const BotView& view) { return flowise_url_of(view.bot); }>("flowise_url"),
       member<&BotView::bot, &Bot::desired>("desired_state"),
       member<&BotView::bot, &Bot::observed>("state"),
       member<&BotView::bot, &Bot::status_detail>(
           "status_detail", {.description = "Why it is in this state, for people; may be empty."}),
       time<&BotView::bot, &Bot::since_ms>("since"),
       member<&BotView::bot, &Bot::restarts>(
           "restarts",
           {.description = "Times that it was started again by itself after it ended or failed; not with the server."}),
       member<&BotView::rooms>("rooms"),
       made<turns_of>("turns"),
       made<actions_of>("actions", {.description = "What may be done now.", .one_of = kActions}),
       time<&BotView::bot, &Bot::created_ms>("created_at"),
       time<&BotView::bot, &Bot::updated_ms>("updated_at"),
       member<&BotView::bot, &Bot::driver>("driver",
                                           {.description = "The task driver that runs it: in_process, process, …"}),
       member<&BotView::bot, &Bot::restart>("restart"),
       made<waiting_of>("backoff"),
       member<&BotView::pending_turns>("queue", {.description = "Messages that wait for this bot."}),
       made<[](const BotView& view) { return Tokens{.in = view.bot.tokens_in, .out = view.bot.tokens_out}; }>("tokens"),
       time<&BotView::bot, &Bot::last_turn_ms>("last_turn_at"),
       member<&BotView::task>("task"),
       member<&BotView::bot, &Bot::last_error>("last_error"),
       made<[](const BotView& view) { return trouble_of(view.bot); }>(
           "trouble", {.description = "Not there while all is well. An answer that succeeds ends it."})});
}

Shape<service::MadeBot> make_shape(Of<service::MadeBot>) {
  return Shape<service::MadeBot>::answer(
      "CreatedBot", {member<&service::MadeBot::bot>("bot"),
                     member<&service::MadeBot::generated_secret>(
                         "generated_secret",
                         {.description = "A secret that was made for the brain (webhook signing), shown this once."})});
}

Shape<NewBotBody> make_shape(Of<NewBotBody>) {
  return Shape<NewBotBody>::request(
      "NewBot",
      {member<&NewBotBody::bot_id>(
           "bot_id",
           {.description = "a-z 0-9 . _ -; its account becomes @bot_<bot_id>:server.", .least = 1, .most = 64}),
       member<&NewBotBody::display_name>("display_name", {.most = 256, .may_lack = true}),
       member<&NewBotBody::brain>("brain"),
       member<&NewBotBody::flowise_url>("flowise_url", {.most = 2048, .may_lack = true}),
       member<&NewBotBody::restart>("restart")});
}

Shape<BotPatchBody> make_shape(Of<BotPatchBody>) {
  return Shape<BotPatchBody>::request(
      "BotPatch",
      {member<&BotPatchBody::display_name>("display_name", {.most = 256}), member<&BotPatchBody::brain>("brain"),
       member<&BotPatchBody::flowise_url>("flowise_url", {.most = 2048}), member<&BotPatchBody::restart>("restart")});
}

Shape<brains::BotKind> make_shape(Of<brains::BotKind>) {
  return Shape<brains::BotKind>::part(
      {member<&brains::BotKind::name>("kind"), member<&brains::BotKind::title>("title"),
       member<&brains::BotKind::description>("description"),
       made<[](const brains::BotKind& kind) { return static_cast<bool>(kind.test); }>(
           "testable", {.description = "It has something to connect to: POST /api/v1/brains/{kind}/test."}),
       member<&brains::BotKind::off>(
           "off", {.description = "Why none can be made on this server; not there: it can.", .may_lack = true}),
       made<[](const brains::BotKind& kind) { return boost::json::parse(kind.config_schema).as_object(); }>(
           "config_schema", {.description = "JSON Schema of brain.config; properties may carry title, description, "
                                            "default, writeOnly."})});
}

Shape<BrainTestBody> make_shape(Of<BrainTestBody>) {
  return Shape<BrainTestBody>::request(
      "BrainTest",
      {member<&BrainTestBody::config>(
           "config", {.description = "As for the bot itself; what is left out of the secrets is taken from bot_id."}),
       member<&BrainTestBody::bot_id>("bot_id", {.most = 64})});
}

Shape<brains::BrainTest::Detail> make_shape(Of<brains::BrainTest::Detail>) {
  using Detail = brains::BrainTest::Detail;
  return Shape<Detail>::part(
      {made<[](const Detail& detail) { return detail.verdict == brains::BrainTest::Verdict::good; }>("ok"),
       member<&Detail::verdict>("outcome"), member<&Detail::text>("text")});
}

Shape<BrainTested> make_shape(Of<BrainTested>) {
  return Shape<BrainTested>::answer(
      "BrainTested",
      {made<[](const BrainTested& test) { return test.found.verdict == brains::BrainTest::Verdict::good; }>(
           "ok", {.description = "The outcome is good."}),
       member<&BrainTested::found, &brains::BrainTest::verdict>("outcome"),
       member<&BrainTested::found, &brains::BrainTest::summary>("summary"), member<&BrainTested::took_ms>("took_ms"),
       member<&BrainTested::found, &brains::BrainTest::details>("details")});
}

}  // namespace troupe::api
