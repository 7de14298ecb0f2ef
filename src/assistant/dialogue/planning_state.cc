#include "assistant/dialogue/planning_state.h"

#include <boost/json/serialize.hpp>

namespace troupe::assistant::dialogue {
namespace {

constexpr std::size_t kMostOrigins = 1'000;
/// An explanation is far smaller. It is written again with each step of its task.
constexpr std::size_t kMostExplanationBytes = 16 * 1024;

bool has_room(const JsonObject& rest, const JsonObject& explanation) {
  const auto bytes = boost::json::serialize(explanation).size();
  return bytes <= kMostExplanationBytes &&
         boost::json::serialize(rest).size() + 2 * bytes < tasks::kMaxPlanningBytes;  // secrets are redacted later
}

std::vector<planner::Origin> read_origins(const JsonArray& list) {
  std::vector<planner::Origin> out;
  for (const auto& each : list) {
    const auto* object = each.if_object();
    if (object == nullptr || out.size() == kMostOrigins) continue;
    const auto pointer = matrix::find_string(*object, "pointer");
    const auto source = planner::read_source(matrix::find_string(*object, "source").value_or(""));
    if (pointer && source) out.push_back({.pointer = std::string(*pointer), .source = *source});
  }
  return out;
}

}  // namespace

JsonObject to_json(const PlanningState& state) {
  JsonObject out;
  if (state.pending) out["pending"] = planner::to_json(*state.pending);
  if (!state.origins.empty()) {
    JsonArray origins;
    for (const auto& each : state.origins) {
      if (origins.size() == kMostOrigins) break;
      origins.push_back(JsonObject{{"pointer", each.pointer}, {"source", planner::name_of(each.source)}});
    }
    out["origins"] = std::move(origins);
  }
  if (!state.files.empty()) out["files"] = JsonArray(state.files.begin(), state.files.end());
  if (!state.explanation.empty() && has_room(out, state.explanation)) out["explanation"] = state.explanation;
  return out;
}

PlanningState read_planning_state(const JsonObject& stored) {
  PlanningState state;
  if (const auto* pending = matrix::find(stored, "pending")) {
    if (auto read = planner::read_pending(*pending)) state.pending = *std::move(read);
  }
  if (const auto* origins = matrix::find_array(stored, "origins")) state.origins = read_origins(*origins);
  if (const auto* files = matrix::find_array(stored, "files")) {
    for (const auto& each : *files) {
      if (each.is_string()) state.files.emplace_back(each.get_string());
    }
  }
  if (const auto* explanation = matrix::find_object(stored, "explanation")) state.explanation = *explanation;
  return state;
}

std::vector<std::string> exchanges_in(const JsonObject& explanation) {
  std::vector<std::string> ids;
  if (const auto* listed = matrix::find_array(explanation, "exchanges")) {
    for (const auto& each : *listed) {
      if (each.is_string()) ids.emplace_back(each.get_string());
    }
  }
  return ids;
}

tasks::TaskSpec spec_of(planner::Plan plan, PlanningState state) {
  state.pending.reset();
  state.origins = std::move(plan.origins);
  return {.service = std::move(plan.spec.service),
          .intent = std::move(plan.spec.intent),
          .inputs = std::move(plan.spec.inputs),
          .borrowed = plan.borrowed,
          .planning = to_json(state)};
}

tasks::TaskSpec spec_of(planner::Pending pending, PlanningState state) {
  tasks::TaskSpec spec{.service = pending.service,
                       .intent = pending.intent,
                       .inputs = pending.inputs,
                       .borrowed = false,
                       .planning = {}};
  state.pending = std::move(pending);
  spec.planning = to_json(state);
  return spec;
}

}  // namespace troupe::assistant::dialogue
