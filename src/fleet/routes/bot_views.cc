#include "fleet/routes/bot_views.h"

#include "api/reply.h"
#include "fleet/life/lifecycle.h"
#include "fleet/routes/shape_tables.h"

namespace troupe::fleet {
namespace {

namespace json = boost::json;
using api::rfc3339;

}  // namespace

json::object trouble_view(const Trouble& trouble) {
  return {{"code", trouble.code}, {"serious", trouble.serious}, {"text", trouble.text}};
}

json::object bot_view(const BotView& view) {
  const auto& bot = view.bot;
  json::array actions;
  bool up = is_up(bot.observed) || bot.observed == BotState::starting;
  if (bot.observed != BotState::stopping) actions.emplace_back(up ? "stop" : "start");
  if (up) actions.emplace_back("restart");
  bool waits = bot.observed == BotState::failed ? bot.desired == DesiredState::running
                                                : bool(next_state(bot.observed, BotEvent::stop));
  if (!up && waits) actions.emplace_back("stop");
  actions.emplace_back("delete");
  json::object body{
      {"id", bot.id},
      {"bot_id", bot.bot_id},
      {"user_id", bot.user_id},
      {"display_name", bot.display_name},
      {"brain", {{"kind", bot.brain_kind}, {"config", bot.brain_config}}},
      {"flowise_url", bot.flowise_url},
      {"desired_state", to_string(bot.desired)},
      {"state", to_string(bot.observed)},
      {"status_detail", bot.status_detail},
      {"since", rfc3339(bot.since_ms)},
      {"restarts", bot.restarts},
      {"rooms", view.rooms},
      {"turns",
       {{"answered", bot.answered}, {"failed", bot.failed}, {"skipped", bot.skipped}, {"pending", view.pending_turns}}},
      {"actions", std::move(actions)},
      {"created_at", rfc3339(bot.created_ms)},
      {"updated_at", rfc3339(bot.updated_ms)}};
  if (bot.last_turn_ms) body["last_turn_at"] = rfc3339(*bot.last_turn_ms);
  body["driver"] = bot.driver;
  body["restart"] = api::shape_of<RestartPolicy>().write(bot.restart);
  json::object backoff{{"failures", bot.back_off.failures}, {"crash_loop", bot.observed == BotState::crash_loop}};
  if (bot.back_off.next_try_ms) backoff["next_try_at"] = rfc3339(*bot.back_off.next_try_ms);
  body["backoff"] = std::move(backoff);
  body["queue"] = view.pending_turns;
  body["tokens"] = json::object{{"in", bot.tokens_in}, {"out", bot.tokens_out}};
  if (view.task) {
    json::object task{{"started_at", rfc3339(view.task->started_ms)}};
    if (view.task->pid > 0) task["pid"] = view.task->pid;
    if (view.task->ended_ms) task["ended_at"] = rfc3339(*view.task->ended_ms);
    if (!view.task->exit.empty()) task["exit"] = view.task->exit;
    body["task"] = std::move(task);
  }
  if (bot.last_error) {
    json::object error{{"at", rfc3339(bot.last_error->at_ms)}, {"text", bot.last_error->text}};
    if (!bot.last_error->reference.empty()) error["reference"] = bot.last_error->reference;
    body["last_error"] = std::move(error);
  }
  if (auto trouble = trouble_of(bot)) body["trouble"] = trouble_view(*trouble);
  return body;
}

json::object member_bot_view(const BotView& view) {
  auto body = bot_view(view);
  body["brain"] = json::object{{"kind", view.bot.brain_kind}};
  body["flowise_url"] = "";
  body["status_detail"] = "";
  body["actions"] = json::array();
  body.erase("task");
  body.erase("last_error");
  if (auto* trouble = body.if_contains("trouble")) trouble->as_object()["text"] = "";
  return body;
}

json::object log_view(const LogLine& line) {
  return {{"seq", line.seq},
          {"at", rfc3339(line.at_ms)},
          {"level", line.level},
          {"source", line.source},
          {"text", line.text}};
}

json::object usage_view(const UsageHour& hour) {
  return {{"at", rfc3339(hour.at_ms)},
          {"answered", hour.answered},
          {"failed", hour.failed},
          {"skipped", hour.skipped},
          {"latency_ms", hour.answered == 0 ? 0 : hour.latency_ms / hour.answered},
          {"tokens_in", hour.tokens_in},
          {"tokens_out", hour.tokens_out}};
}

json::object history_view(const HistoryRow& row) {
  return {{"id", row.id}, {"at", rfc3339(row.at_ms)}, {"event", row.event}, {"from", row.from},
          {"to", row.to}, {"cause", row.cause},       {"actor", row.actor}};
}

json::object room_view(const matrix::RoomSummary& room) {
  return {{"room_id", room.room_id},
          {"name", room.name},
          {"canonical_alias", room.canonical_alias},
          {"joined_members", room.joined_members},
          {"encrypted", room.encrypted}};
}

}  // namespace troupe::fleet
