#include "assistant/dialogue/posted_files.h"

#include <algorithm>
#include <array>

namespace troupe::assistant::dialogue {
namespace {

constexpr std::array<std::string_view, 6> kThings{"file", "photo", "image", "picture", "document", "attachment"};

bool takes_file(const planner::Leaf& leaf) {
  if (!leaf.text) return false;
  if (leaf.format == "binary") return true;
  if (leaf.format != "uri") return false;
  const auto is_thing = [](const std::string& word) { return std::ranges::find(kThings, word) != kThings.end(); };
  return std::ranges::any_of(leaf.words, is_thing) || (!leaf.place.empty() && is_thing(leaf.place.back()));
}

/// When it was taken, as far as we know: now. Services want it beside a photo.
bool takes_time(const planner::Leaf& leaf) { return leaf.integer && leaf.name == "captured_at"; }

/// The pointers that were filled.
std::vector<std::string> attach(const planner::Intent& intent, planner::JsonObject& inputs,
                                std::vector<std::string>& files, base::UnixMs now) {
  std::vector<std::string> filled;
  const auto leaves = planner::leaves_of(intent.inputs);
  for (const auto& leaf : leaves) {
    if (files.empty()) break;
    if (!takes_file(leaf) || planner::value_at(inputs, leaf.pointer) != nullptr) continue;
    planner::put(inputs, leaf.pointer, planner::Json(files.front()));
    files.erase(files.begin());
    filled.push_back(leaf.pointer);
    for (const auto& time : leaves) {
      if (!takes_time(time) || time.place != leaf.place || planner::value_at(inputs, time.pointer) != nullptr) continue;
      planner::put(inputs, time.pointer, now / 1'000);
      filled.push_back(time.pointer);
    }
  }
  return filled;
}

void note_words(std::vector<planner::Origin>& origins, const std::vector<std::string>& pointers) {
  for (const auto& pointer : pointers) origins.push_back({.pointer = pointer, .source = planner::Source::words});
}

}  // namespace

planner::Outcome with_files(planner::Outcome outcome, std::vector<std::string>& files,
                            const planner::BuiltInPlanner& planner, base::UnixMs now) {
  if (files.empty()) return outcome;
  if (auto* plan = std::get_if<planner::Plan>(&outcome)) {
    const auto* intent = planner.catalogue().find(plan->spec.service, plan->spec.intent);
    auto inputs = plan->spec.inputs;
    auto left = files;
    const auto filled = intent != nullptr ? attach(*intent, inputs, left, now) : std::vector<std::string>();
    if (filled.empty() || !planner.catalogue().check({plan->spec.service, plan->spec.intent, inputs}).empty()) {
      return outcome;
    }
    plan->spec.inputs = std::move(inputs);
    note_words(plan->origins, filled);
    files = std::move(left);
    return outcome;
  }
  auto* question = std::get_if<planner::Question>(&outcome);
  if (question == nullptr || question->pending.asked != planner::Asked::inputs) return outcome;
  const auto* intent = planner.catalogue().find(question->pending.service, question->pending.intent);
  if (intent == nullptr) return outcome;
  auto pending = question->pending;
  const auto filled = attach(*intent, pending.inputs, files, now);
  if (filled.empty()) return outcome;
  note_words(pending.origins, filled);
  pending.missing.clear();
  pending.options.clear();
  if (pending.questions > 0) --pending.questions;  // the one that is not asked
  auto explanation = std::move(question->explanation);
  auto next = planner.finish(std::move(pending), *intent);
  std::visit([&](auto& each) { each.explanation = std::move(explanation); }, next);
  return next;
}

}  // namespace troupe::assistant::dialogue
