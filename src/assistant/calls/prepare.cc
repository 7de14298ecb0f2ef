#include "assistant/calls/prepare.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/html.h"

namespace troupe::assistant::calls {
namespace {

using workflows::ProbeKind;

constexpr std::array<std::string_view, 5> kStates{"done", "refused", "failed", "unknown", "cancelled"};
constexpr std::size_t kMarkerBytes = 13;

/// Texts inside lists and objects as well.
void escape(Json& value) {
  if (value.is_string()) {
    value = base::markup_escape(matrix::view(value.get_string()));
  } else if (auto* list = value.if_array()) {
    for (auto& each : *list) escape(each);
  } else if (auto* members = value.if_object()) {
    for (auto& member : *members) escape(member.value());
  }
}

void strip(Json& value, std::string_view characters) {
  if (!value.is_string()) return;
  const std::string text(matrix::view(value.get_string()));
  const auto first = text.find_first_not_of(characters);
  // A text of nothing else stays: what becomes of it is the service's to say.
  if (first != std::string::npos && first != 0) value = std::string_view(text).substr(first);
}

/// The value at a pointer, with the objects on the way there; nullptr where something else stands in the way.
Json* made_at(JsonObject& root, std::string_view pointer) {
  JsonObject* within = &root;
  while (pointer.starts_with('/')) {
    const auto end = std::min(pointer.find('/', 1), pointer.size());
    auto& member = (*within)[pointer.substr(1, end - 1)];
    pointer.remove_prefix(end);
    if (pointer.empty()) return &member;
    if (member.is_null()) member.emplace_object();
    within = member.if_object();
    if (!within) return nullptr;
  }
  return nullptr;
}

/// Writes the mark where the probe wants it; false when the arguments have something there already.
bool mark(const workflows::Probe& probe, JsonObject& arguments, std::string_view marker) {
  if (probe.set.empty() || marker.empty()) return false;
  auto marked = arguments;
  for (const auto& [pointer, binding] : probe.set) {
    auto* place = made_at(marked, pointer);
    workflows::Values values;
    values.args = &arguments;
    values.marker = marker;
    auto value = workflows::evaluate(binding, values);
    // A workflow may have put the mark there itself.
    if (!place || !value || (!place->is_null() && *place != *value)) return false;
    *place = *std::move(value);
  }
  arguments = std::move(marked);
  return true;
}

/// What the server is told; the message around it is made when it is sent.
Result<openapi::Request> tool_request(const packs::Tool& tool, const JsonObject& arguments) {
  openapi::Request out;
  out.method = "POST";
  out.body_kind = openapi::BodyKind::json;
  out.content_type = "application/json";
  out.body = boost::json::serialize(JsonObject{{"name", tool.name}, {"arguments", arguments}});
  if (out.body.size() > openapi::kMaxRequestBodyBytes) return Error(Errc::too_large, "the arguments are too large");
  return out;
}

}  // namespace

std::string_view name_of(CallState state) { return kStates.at(static_cast<std::size_t>(state)); }

std::string marker_of(std::string_view task, std::string_view step, std::size_t entry) {
  std::string whole(task);
  (whole += '\0') += step;
  (whole += '\0') += std::to_string(entry);
  const auto digest = base::sha256(whole);
  return "troupe-" + base::hex(base::Bytes(digest).first(kMarkerBytes));
}

Result<Prepared> prepare(const packs::Pack& pack, const packs::Offered& offered, JsonObject arguments,
                         std::string_view marker) {
  const auto& operation = offered.operation;
  for (const auto& [argument, characters] : pack.config.strip) {
    if (auto* value = arguments.if_contains(argument)) strip(*value, characters);
  }
  for (const auto& [argument, how] : pack.config.escape) {
    auto* value = arguments.if_contains(argument);
    if (value && operation.writes) escape(*value);
  }
  Prepared out;
  const auto probe = pack.probes.find(operation.name);
  if (operation.writes && probe != pack.probes.end()) out.marked = mark(probe->second, arguments, marker);
  if (offered.tool) {
    TRY(out.request, tool_request(*offered.tool, arguments));
  } else {
    TRY(out.request, openapi::build_request(operation, arguments));
  }
  out.arguments = std::move(arguments);
  return out;
}

}  // namespace troupe::assistant::calls
