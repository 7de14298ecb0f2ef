#include "assistant/executor/undo.h"

#include <algorithm>
#include <map>
#include <ranges>

#include "assistant/executor/targets.h"
#include "assistant/tasks/digest.h"
#include "assistant/tasks/redactor.h"

namespace troupe::assistant::executor {
namespace {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;
using tasks::StepRecord;
using tasks::StepStatus;

constexpr std::string_view kElsewhere =
    "The service's address or key is another one since then, or it is not known which it was: what this would undo may "
    "be something else.";

struct Inverse {
  std::string action;
  JsonObject args;
};

/// What the binding yields; nothing where a value is not known any more.
std::optional<JsonObject> bound(const packs::Undo& undo, const StepRecord& step) {
  workflows::Values values{.args = &step.args};
  if (step.output && !step.output_cut) values.result = &*step.output;
  JsonObject args;
  for (const auto& [name, binding] : undo.bind) {
    auto value = workflows::evaluate(binding, values);
    if (!value || value->is_null()) return std::nullopt;
    args[name] = *std::move(value);
  }
  return args;
}

/// A sentence where it cannot be undone.
std::expected<Inverse, std::string> inverse_of(const services::Offer& offer, const StepRecord& step) {
  const auto target = target_of(offer, step.action);
  if (!target) return std::unexpected(target.error().reason);
  if (target->is_command()) return std::unexpected("A command cannot be undone.");
  const auto& undo = target->offered->undo;
  if (!undo) return std::unexpected(target->title + " has no call that undoes it.");
  auto args = bound(*undo, step);
  if (!args) return std::unexpected("What it made is not known any more.");
  if (matrix::canonical_json(*args).contains(tasks::kRedacted)) {
    return std::unexpected("What it was done with was a secret, and is not kept.");
  }
  if (step.destination != target->in_use->destination) return std::unexpected(std::string(kElsewhere));
  Inverse out{.action = target->in_use->service.pack->config.service + "." + undo->operation, .args = {}};
  const auto inverse = target_of(offer, out.action);
  if (!inverse) return std::unexpected(inverse.error().reason);
  auto fitting = fitted(*inverse, out.action, *std::move(args));
  if (!fitting) return std::unexpected(fitting.error().reason);
  out.args = *std::move(fitting);
  return out;
}

const JsonObject* call_at(const JsonObject& inputs, std::int64_t index) {
  const auto* calls = matrix::find_array(inputs, "calls");
  if (calls == nullptr || index < 0 || index >= std::ssize(*calls)) return nullptr;
  return (*calls)[static_cast<std::size_t>(index)].if_object();
}

/// What earlier ones did to undo one step.
struct Tried {
  bool done = false;
  base::UnixMs maybe_ms = 0;  ///< when one was begun of which nobody knows whether it was done; 0: none was
};

void add_tried(std::map<std::int64_t, Tried>& all, const tasks::EarlierUndo& undo) {
  for (const auto& step : undo.writes) {
    const auto* call = call_at(undo.inputs, step.index);
    const auto number = call != nullptr ? matrix::find_integer(*call, "step") : std::nullopt;
    if (!number) continue;
    auto& tried = all[*number];
    if (step.status == StepStatus::done) tried.done = true;
    if (!is_unknown(step)) continue;
    const auto since = std::max<base::UnixMs>(step.started_ms, 1);
    tried.maybe_ms = tried.maybe_ms == 0 ? since : std::min(tried.maybe_ms, since);
  }
}

workflows::Binding literal(const Json& value) {
  workflows::Term term;
  term.literal = value;
  workflows::Binding out;
  out.expression.terms.push_back(std::move(term));
  return out;
}

}  // namespace

JsonObject undo_inputs(const services::Offer& offer, const tasks::TaskRecord& task, std::span<const StepRecord> steps) {
  JsonArray calls, kept;
  const auto keep = [&kept](const StepRecord& step, std::string_view why) {
    kept.push_back(JsonObject{{"step", step.number}, {"action", step.action}, {"why", why}});
  };
  for (const auto& step : steps | std::views::reverse) {
    if (!step.writes || step.number < task.parent_step) continue;
    if (is_unknown(step)) keep(step, "It is not known whether it was done. Please look there.");
    if (step.status != StepStatus::done) continue;
    if (auto inverse = inverse_of(offer, step)) {
      calls.push_back(JsonObject{{"step", step.number},
                                 {"destination", step.destination},
                                 {"undoes", step.action},
                                 {"action", std::move(inverse->action)},
                                 {"args", std::move(inverse->args)},
                                 {"since_ms", step.ended_ms}});
    } else {
      keep(step, inverse.error());
    }
  }
  return {{"task", task.id}, {"calls", std::move(calls)}, {"kept", std::move(kept)}};
}

JsonObject left_to_undo(const JsonObject& inputs, std::span<const tasks::EarlierUndo> earlier) {
  std::map<std::int64_t, Tried> tried;
  for (const auto& each : earlier) add_tried(tried, each);
  auto out = inputs;
  auto& calls = out["calls"].get_array();
  JsonArray left;
  for (auto& each : calls) {
    auto& call = each.get_object();
    const auto found = tried.find(matrix::find_integer(call, "step").value_or(0));
    if (found != tried.end() && found->second.done) continue;
    if (found != tried.end() && found->second.maybe_ms > 0) call["maybe_ms"] = found->second.maybe_ms;
    left.push_back(std::move(each));
  }
  calls = std::move(left);
  return out;
}

std::optional<UndoMark> undo_mark(const tasks::TaskSpec& spec, std::int64_t index) {
  if (!is_undo(spec)) return std::nullopt;
  const auto* call = call_at(spec.inputs, index);
  const auto step = call != nullptr ? matrix::find_integer(*call, "step") : std::nullopt;
  const auto task = matrix::find_string(spec.inputs, "task");
  if (!step || !task) return std::nullopt;
  return UndoMark{.mark = tasks::marker_of(*task, "undo:" + std::to_string(*step)),
                  .since_ms = matrix::find_integer(*call, "since_ms").value_or(0),
                  .doubt_ms = matrix::find_integer(*call, "maybe_ms").value_or(0)};
}

bool is_undo(const tasks::TaskSpec& spec) { return spec.service == kSystem && spec.intent == kUndo; }

bool goes_elsewhere(const services::Offer& offer, const tasks::TaskSpec& spec) {
  const auto* calls = is_undo(spec) ? matrix::find_array(spec.inputs, "calls") : nullptr;
  if (calls == nullptr) return false;
  return !std::ranges::all_of(*calls, [&](const Json& each) {
    const auto* call = each.if_object();
    if (call == nullptr) return false;
    const auto target = target_of(offer, matrix::find_string(*call, "action").value_or(""));
    // What is not offered any more fails as a call, with its reason.
    return !target || target->is_command() ||
           matrix::find_string(*call, "destination").value_or("") == target->in_use->destination;
  });
}

workflows::Workflow undo_workflow(const JsonObject& inputs) {
  workflows::Workflow out;
  out.intent = kUndo;
  out.description = "Undo what a task did";
  out.inputs = JsonObject{{"type", "object"}};
  const auto* calls = matrix::find_array(inputs, "calls");
  if (calls == nullptr) return out;
  for (const auto& each : *calls) {
    const auto* call = each.if_object();
    if (call == nullptr) continue;
    workflows::Step step;
    step.action = matrix::find_string(*call, "action").value_or("");
    step.description = "Undo " + std::string(matrix::find_string(*call, "undoes").value_or(""));
    if (const auto* args = matrix::find_object(*call, "args")) {
      for (const auto& member : *args) step.bind.emplace_back(matrix::view(member.key()), literal(member.value()));
    }
    out.steps.push_back(std::move(step));
  }
  return out;
}

}  // namespace troupe::assistant::executor
