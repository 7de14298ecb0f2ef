#include "meetings/vexa/wire.h"

#include <algorithm>

#include "api/reply.h"
#include "meetings/links/address.h"

namespace troupe::meetings::vexa {
namespace {

namespace json = boost::json;

constexpr int kUnprocessable = 422;

bool is_admission_reason(Reason reason) {
  return reason == Reason::awaiting_admission_timeout || reason == Reason::awaiting_admission_rejected;
}

bool has_failed(const Meeting& meeting) {
  return meeting.life.state == State::failed || meeting.life.state == State::error;
}

/// What the dialect calls an error's kind; empty: it has no word for it.
std::string_view error_code_of(Reason reason) {
  switch (reason) {
    case Reason::start_failed:
    case Reason::stop_failed:
    case Reason::oom:
    case Reason::lost:
    case Reason::validation_error:
      return to_string(reason);
    default:
      return {};
  }
}

/// A state of the history; how far a bot had come that was starting is not in it.
std::string_view word_of(std::string_view state) {
  const auto parsed = parse_state(state);
  return parsed ? vexa_status(*parsed, Phase::none) : std::string_view();
}

json::array steps_of(const Shown& shown) {
  json::array steps;
  for (const auto& step : shown.steps) {
    const auto from = word_of(step.from), to = word_of(step.to);
    if (from == to && !from.empty()) continue;  // a step that this dialect has no name for
    json::object line{{"from", from.empty() ? json::value(nullptr) : json::value(from)},
                      {"to", to},
                      {"timestamp", naive_time(step.at_ms)},
                      {"source", step.actor_id != 0 ? "user" : step.actor},
                      {"reason", step.reason.empty() ? json::value(nullptr) : json::value(step.reason)}};
    steps.push_back(std::move(line));
  }
  return steps;
}

/// What the bot was told of last, and what came of it; nothing: it was told of nothing.
std::optional<json::object> change_of(const Shown& shown) {
  std::optional<json::object> change;
  for (const auto& step : shown.steps) {
    if (step.trigger == to_string(Trigger::reconfigure))
      change = json::object{{"requested_at", naive_time(step.at_ms)}};
    if (!change) continue;
    if (step.trigger == to_string(Trigger::reconfigured)) (*change)["applied_at"] = naive_time(step.at_ms);
    if (step.trigger == to_string(Trigger::not_applied)) (*change)["error"] = "not_applied";
  }
  const auto& meeting = shown.meeting;
  if (change && meeting.life.state == State::reconfiguring) {
    (*change)["language"] =
        meeting.wanted_language.empty() ? json::value(nullptr) : json::value(meeting.wanted_language);
    (*change)["task"] = meeting.wanted_task;
  }
  return change;
}

/// Where its owner noted none.
void add_list(json::object& data, std::string_view name, const std::vector<std::string>& list) {
  if (!list.empty() && !data.contains(name)) data[name] = json::array(list.begin(), list.end());
}

}  // namespace

std::string naive_time(base::UnixMs time) {
  auto text = api::rfc3339(time);
  text.pop_back();  // the zone
  return text + "000";
}

std::string zoned_time(base::UnixMs time) { return naive_time(time) + "+00:00"; }

std::string_view status_of(const Meeting& meeting, Style style) {
  const auto& life = meeting.life;
  if (style.strict_a && life.state == State::failed && is_admission_reason(life.reason)) return "completed";
  if (style.strict_a && life.state == State::starting && life.phase == Phase::needs_help) return "awaiting_admission";
  return vexa_status(life.state, life.phase);
}

std::optional<std::string> completion_reason_of(const Meeting& meeting) {
  if (!is_terminal(meeting.life.state)) return std::nullopt;
  switch (meeting.life.reason) {
    case Reason::none:
    case Reason::start_failed:
    case Reason::stop_failed:
    case Reason::bot_failed:
    case Reason::oom:
    case Reason::lost:
    case Reason::other:
      return std::nullopt;
    default:
      return std::string(to_string(meeting.life.reason));
  }
}

std::optional<std::string> failure_stage_of(const Meeting& meeting, Style style) {
  if (!has_failed(meeting) || status_of(meeting, style) != "failed") return std::nullopt;
  if (meeting.active_ms) return "active";
  switch (meeting.life.phase) {
    case Phase::none:
      return "requested";
    case Phase::joining:
      return "joining";
    case Phase::awaiting_admission:
    case Phase::needs_help:
      return "awaiting_admission";
  }
  return "requested";
}

json::object data_of(const Shown& shown, Style style) {
  const auto& meeting = shown.meeting;
  json::object data = shown.note;
  if (shown.digest) {
    add_list(data, "participants", shown.digest->participants);
    add_list(data, "languages", shown.digest->languages);
  }
  if (!meeting.language.empty()) data["language"] = meeting.language;
  data["task"] = to_string(meeting.task);
  data["bot_name"] = meeting.bot_name;
  data["status_transition"] = steps_of(shown);
  if (meeting.life.state == State::starting && meeting.life.phase == Phase::none) data["phase"] = "starting";
  if (auto change = change_of(shown)) data["reconfigure"] = *std::move(change);
  if (meeting.life.stop_requested) data["stop_requested"] = true;
  if (const auto reason = completion_reason_of(meeting)) data["completion_reason"] = *reason;
  if (const auto stage = failure_stage_of(meeting, style)) data["failure_stage"] = *stage;
  if (is_terminal(meeting.life.state) && !meeting.life.reason_raw.empty()) {
    data["completion_reason_raw"] = meeting.life.reason_raw;
  }
  if (has_failed(meeting)) {
    if (const auto code = error_code_of(meeting.life.reason); !code.empty()) data["error_code"] = code;
    if (shown.attempt && !shown.attempt->exit_text.empty()) data["error"] = shown.attempt->exit_text;
  }
  const auto& leave = meeting.leave;
  json::object timeouts;
  if (leave.lobby_ms) timeouts["max_wait_for_admission"] = *leave.lobby_ms;
  if (leave.nobody_came_ms) timeouts["no_one_joined_timeout"] = *leave.nobody_came_ms;
  if (leave.left_alone_ms) timeouts["max_time_left_alone"] = *leave.left_alone_ms;
  if (leave.most_ms) timeouts["max_bot_time"] = *leave.most_ms;
  if (!timeouts.empty()) data["resolved_timeouts"] = std::move(timeouts);
  if (meeting.native_id.empty()) data["redacted"] = true;
  return data;
}

bool is_text(const json::value& value, std::size_t most) {
  const auto* text = value.if_string();
  return text && text->size() <= most && !std::string_view(*text).contains('\0');
}

bool has_control(std::string_view text) { return std::ranges::any_of(text, links::is_control); }

Error unprocessable(std::string_view where, std::string_view member, std::string message, std::string_view type) {
  json::array errors{json::object{{"pointer", "/" + std::string(member)},
                                  {"loc", json::array{json::string(where), json::string(member)}},
                                  {"message", message},
                                  {"type", type}}};
  return Error(Errc::bad_json, std::move(message)).with_member("errors", std::move(errors));
}

Error unprocessable(std::string message) {
  return Error(Errc::invalid_param, std::move(message)).with_status(kUnprocessable);
}

}  // namespace troupe::meetings::vexa
