#include "runtime/engine/answers.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <charconv>

#include "base/utc.h"

namespace troupe::runtime::engine {
namespace {

constexpr std::string_view kNewestApi = "1.41";
constexpr std::size_t kMostWords = 1'000;

std::string_view view_of(const boost::json::value& value) {
  const auto* text = value.if_string();
  return text ? std::string_view(text->data(), text->size()) : std::string_view();
}

const boost::json::object* object_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value ? value->if_object() : nullptr;
}

std::int64_t number_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value || !value->is_number()) return 0;
  boost::system::error_code wrong;
  const auto number = value->to_number<std::int64_t>(wrong);
  return wrong ? 0 : number;
}

bool flag_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_bool() && value->get_bool();
}

std::map<std::string, std::string> texts_of(const boost::json::object* object) {
  std::map<std::string, std::string> out;
  if (!object) return out;
  for (const auto& member : *object) out.emplace(member.key(), view_of(member.value()));
  return out;
}

/// "2026-11-22T15:43:10.436Z"; 0 for none, and for the engine's own none, the year 1.
base::UnixMs time_of(const boost::json::object& object, std::string_view key) {
  const auto text = text_of(object, key);
  const auto read = text.starts_with("0001") ? std::nullopt : base::read_utc(text, base::kIsoSeconds);
  return read.value_or(0);
}

/// "1.41" → 41; an engine has a 1 in front since there are engines.
int minor_of(std::string_view api) {
  int minor = 0;
  const auto dot = api.find('.');
  if (dot != api.npos) std::from_chars(api.data() + dot + 1, api.data() + api.size(), minor);
  return minor;
}

std::string first_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const auto* list = value ? value->if_array() : nullptr;
  return list && !list->empty() ? std::string(view_of(list->front())) : std::string();
}

Errc code_of(int status) {
  switch (status) {
    case 400:
      return Errc::invalid_param;
    case 401:
    case 403:
      return Errc::forbidden;
    case 404:
      return Errc::not_found;
    case 409:
      return Errc::conflict;
    default:
      return Errc::unavailable;
  }
}

}  // namespace

std::string text_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value ? std::string(view_of(*value)) : std::string();
}

Result<boost::json::object> read_object(std::string_view body) {
  boost::system::error_code wrong;
  auto value = boost::json::parse(body, wrong);
  if (wrong || !value.is_object()) return Error(Errc::unavailable, "The engine's answer is no JSON object.");
  return std::move(value.get_object());
}

Result<Unit> check_answer(const net::client::ClientResponse& answer) {
  if ((answer.status >= 200 && answer.status <= 299) || answer.status == 304) return Unit{};
  const auto body = read_object(answer.body);
  auto words = body ? text_of(*body, "message").substr(0, kMostWords) : std::string();
  if (words.empty()) {
    return Error(Errc::unavailable,
                 "What answers there with status " + std::to_string(answer.status) + " is not a container engine.");
  }
  return Error(code_of(answer.status), std::move(words));
}

Result<Version> read_version(const net::client::ClientResponse& answer) {
  TRY(const auto body, read_object(answer.body));
  Version found{.text = text_of(body, "Version"), .api = text_of(body, "ApiVersion")};
  if (minor_of(found.api) == 0) return Error(Errc::unavailable, "What answers there is not a container engine.");
  const auto oldest = text_of(body, "MinAPIVersion");
  if (minor_of(found.api) > minor_of(kNewestApi)) {
    found.api = minor_of(oldest) > minor_of(kNewestApi) ? oldest : std::string(kNewestApi);
  }
  if (const auto* parts = body.if_contains("Components"); parts && parts->is_array()) {
    for (const auto& part : parts->get_array()) {
      if (part.is_object() && text_of(part.get_object(), "Name").starts_with("Podman")) found.podman = true;
    }
  }
  found.engine_now = base::read_utc(answer.headers.get("date"), base::kHttpDate).value_or(0);
  return found;
}

Result<Container> read_container(const boost::json::object& found) {
  static const boost::json::object kNone;
  const auto* state_found = object_of(found, "State");
  const auto* config_found = object_of(found, "Config");
  const auto& state = state_found ? *state_found : kNone;
  const auto& config = config_found ? *config_found : kNone;
  const auto* limits = object_of(found, "HostConfig");
  Container made{.id = text_of(found, "Id"),
                 .status = text_of(state, "Status"),
                 .labels = texts_of(object_of(config, "Labels")),
                 .exit_code = number_of(state, "ExitCode"),
                 .oom_killed = flag_of(state, "OOMKilled"),
                 .error = text_of(state, "Error"),
                 .started_at = time_of(state, "StartedAt"),
                 .finished_at = time_of(state, "FinishedAt"),
                 .pid = number_of(state, "Pid"),
                 .user = text_of(config, "User"),
                 .program = first_of(config, "Entrypoint"),
                 .path = {},
                 .stop_signal = text_of(config, "StopSignal"),
                 .memory_limit = limits ? number_of(*limits, "Memory") : 0};
  if (made.id.empty() || made.status.empty()) {
    return Error(Errc::unavailable, "The engine does not say how the container is.");
  }
  if (made.program.empty()) made.program = first_of(config, "Cmd");
  // Podman writes the number, which Docker's API takes as well.
  if (const auto* number = config.if_contains("StopSignal"); number && number->is_number()) {
    made.stop_signal = std::to_string(number_of(config, "StopSignal"));
  }
  if (const auto* environment = config.if_contains("Env"); environment && environment->is_array()) {
    for (const auto& entry : environment->get_array()) {
      if (view_of(entry).starts_with("PATH=")) made.path = view_of(entry).substr(5);
    }
  }
  return made;
}

Result<std::vector<Listed>> read_list(std::string_view body, const Labels& wanted) {
  boost::system::error_code wrong;
  const auto value = boost::json::parse(body, wrong);
  if (wrong || !value.is_array()) return Error(Errc::unavailable, "The engine's list is no JSON array.");
  std::vector<Listed> out;
  for (const auto& entry : value.get_array()) {
    const auto* object = entry.if_object();
    if (!object) continue;
    Listed listed{.id = text_of(*object, "Id"),
                  .status = text_of(*object, "State"),
                  .labels = texts_of(object_of(*object, "Labels"))};
    const bool ours = std::ranges::all_of(wanted, [&](const auto& label) {
      const auto found = listed.labels.find(label.first);
      return found != listed.labels.end() && found->second == label.second;
    });
    if (ours && !listed.id.empty()) out.push_back(std::move(listed));
  }
  return out;
}

Event read_event(const boost::json::object& line) {
  const auto* actor = object_of(line, "Actor");
  Event event{.action = text_of(line, "Action"),
              .container = actor ? text_of(*actor, "ID") : text_of(line, "id"),
              .time_s = number_of(line, "time")};
  if (event.action.empty()) event.action = text_of(line, "status");
  return event;
}

}  // namespace troupe::runtime::engine
