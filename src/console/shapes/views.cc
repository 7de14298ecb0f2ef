#include "console/shapes/views.h"

#include <fmt/format.h>

#include <ctime>

#include "matrix/ids.h"

namespace troupe::console {
namespace {

namespace json = boost::json;

std::string seconds_text(base::UnixMs time) {
  auto seconds = static_cast<std::time_t>(time / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  return {text.data(), length};
}

}  // namespace

std::string rfc3339(base::UnixMs time) { return fmt::format("{}.{:03}Z", seconds_text(time), time % 1000); }

std::string seed_time(base::UnixMs time) { return fmt::format("{}.{:03}000", seconds_text(time), time % 1000); }

json::object user_view(const matrix::Account& account, const identity::Principal& principal) {
  auto parts = matrix::parse_user_id(account.user_id);
  json::object view{{"id", principal.id},
                    {"user_id", account.user_id},
                    {"username", parts ? parts->localpart : std::string_view(account.user_id)},
                    {"display_name", account.display_name},
                    {"kind", identity::to_string(principal.kind)},
                    {"role", identity::to_string(principal.role)},
                    {"deactivated", account.deactivated},
                    {"locked", account.locked},
                    {"tenant_id", principal.tenant_id},
                    {"created_at", rfc3339(account.created_ms)}};
  if (!account.avatar_url.empty()) view["avatar_url"] = account.avatar_url;
  return view;
}

json::object trouble_view(const fleet::Trouble& trouble) {
  return {{"code", trouble.code}, {"serious", trouble.serious}, {"text", trouble.text}};
}

json::object bot_view(const fleet::BotView& view) {
  const auto& bot = view.bot;
  using fleet::BotState;
  json::array actions;
  bool up = fleet::is_up(bot.observed) || bot.observed == BotState::starting;
  if (bot.observed != BotState::stopping) actions.emplace_back(up ? "stop" : "start");
  if (up) actions.emplace_back("restart");
  bool waits = bot.observed == BotState::failed ? bot.desired == fleet::DesiredState::running
                                                : bool(fleet::next_state(bot.observed, fleet::BotEvent::stop));
  if (!up && waits) actions.emplace_back("stop");
  actions.emplace_back("delete");
  json::object body{
      {"id", bot.id},
      {"bot_id", bot.bot_id},
      {"user_id", bot.user_id},
      {"display_name", bot.display_name},
      {"brain", {{"kind", bot.brain_kind}, {"config", bot.brain_config}}},
      {"flowise_url", bot.flowise_url},
      {"desired_state", fleet::to_string(bot.desired)},
      {"state", fleet::to_string(bot.observed)},
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
  body["restart"] = json::object{{"policy", fleet::to_string(bot.restart.mode)},
                                 {"max_restarts", bot.restart.max_restarts},
                                 {"window_s", bot.restart.window_s}};
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
  if (auto trouble = fleet::trouble_of(bot)) body["trouble"] = trouble_view(*trouble);
  return body;
}

json::object member_bot_view(const fleet::BotView& view) {
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

json::object log_view(const fleet::LogLine& line) {
  return {{"seq", line.seq},
          {"at", rfc3339(line.at_ms)},
          {"level", line.level},
          {"source", line.source},
          {"text", line.text}};
}

json::object usage_view(const fleet::UsageHour& hour) {
  return {{"at", rfc3339(hour.at_ms)},
          {"answered", hour.answered},
          {"failed", hour.failed},
          {"skipped", hour.skipped},
          {"latency_ms", hour.answered == 0 ? 0 : hour.latency_ms / hour.answered},
          {"tokens_in", hour.tokens_in},
          {"tokens_out", hour.tokens_out}};
}

json::object history_view(const fleet::HistoryRow& row) {
  return {{"id", row.id}, {"at", rfc3339(row.at_ms)}, {"event", row.event}, {"from", row.from},
          {"to", row.to}, {"cause", row.cause},       {"actor", row.actor}};
}

json::object api_key_view(const identity::ApiKey& key) {
  json::object view{{"id", key.id},
                    {"name", key.name},
                    {"prefix", key.prefix},
                    {"role", identity::to_string(key.role)},
                    {"scopes", json::array(key.scopes.begin(), key.scopes.end())},
                    {"owner", key.owner},
                    {"created_at", rfc3339(key.created_ms)}};
  if (key.last_used_ms) view["last_used_at"] = rfc3339(*key.last_used_ms);
  if (key.expires_ms) view["expires_at"] = rfc3339(*key.expires_ms);
  return view;
}

json::object audit_view(const identity::AuditRecord& record) {
  return {{"id", record.id},
          {"at", rfc3339(record.at_ms)},
          {"actor", record.actor},
          {"action", record.action},
          {"target", record.target},
          {"detail", record.detail},
          {"request_id", record.request_id}};
}

json::object room_view(const matrix::RoomSummary& room) {
  return {{"room_id", room.room_id},
          {"name", room.name},
          {"canonical_alias", room.canonical_alias},
          {"joined_members", room.joined_members},
          {"encrypted", room.encrypted}};
}

}  // namespace troupe::console
