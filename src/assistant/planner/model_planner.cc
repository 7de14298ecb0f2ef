#include "assistant/planner/model_planner.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "assistant/planner/model_answer.h"
#include "assistant/planner/prompts.h"

namespace troupe::assistant::planner {
namespace {

Pending begun(const Asking& asking, const std::string& service) {
  Pending pending;
  pending.text = asking.text.substr(0, kMostTextBytes);
  pending.said = asking.today;
  pending.service = service;
  return pending;
}

std::string text_of(const Json& value) {
  return value.is_string() ? std::string(value.get_string()) : boost::json::serialize(value);
}

/// A flag quotes nothing: whether its name is in the words ("a private channel").
bool names_flag(std::string_view pointer, std::string_view text) {
  const auto words = words_of_name(pointer.substr(pointer.rfind('/') + 1));
  return !words.empty() && stands_in(words.back(), text);
}

/// Values that are right or wrong, and that nobody can guess.
bool must_be_told(const Leaf& leaf) {
  const auto& last = leaf.words.empty() ? std::string() : leaf.words.back();
  const auto has = [&](std::string_view word) { return std::ranges::find(leaf.words, word) != leaf.words.end(); };
  return last == "id" || last == "ids" || last == "ts" || leaf.format == "email" || leaf.format == "uri" ||
         has("email") || has("mail") || has("phone") || has("url") || has("uri");
}

/// Ids, addresses of people and the like that stand in nothing the model has seen are made up.
void drop_made_up(const Intent& intent, JsonObject& inputs, std::vector<Origin>& origins) {
  for (const auto& leaf : leaves_of(intent.inputs)) {
    if (!must_be_told(leaf) || !value_at(inputs, leaf.pointer)) continue;
    const bool made_up = std::ranges::any_of(origins, [&](const Origin& each) {
      return each.source == Source::model &&
             (each.pointer == leaf.pointer || each.pointer.starts_with(leaf.pointer + "/"));
    });
    if (!made_up) continue;
    take(inputs, leaf.pointer);
    std::erase_if(origins, [&](const Origin& each) {
      return each.pointer == leaf.pointer || each.pointer.starts_with(leaf.pointer + "/");
    });
  }
}

void explain_model(Outcome& outcome, const std::vector<std::string>& steps) {
  JsonArray list;
  for (const auto& each : steps) list.emplace_back(each);
  std::visit([&](auto& each) { each.explanation["model"] = std::move(list); }, outcome);
}

}  // namespace

std::vector<Origin> origins_of(const JsonObject& inputs, const Asking& asking) {
  const auto slots = slots::find_slots(asking.text, asking.today);
  std::vector<Origin> out;
  for (const auto& [pointer, value] : values_of(inputs)) {
    const auto text = text_of(*value);
    auto source = Source::model;
    if (value->is_structured() || value->is_null() || text.empty()) {
      source = Source::standard;  // it says nothing
    } else if (value->is_bool()) {
      if (names_flag(pointer, asking.text)) source = Source::words;
    } else if (stands_in(text, asking.text) ||
               std::ranges::any_of(slots, [&](const slots::Slot& slot) { return slot.value == text; })) {
      source = Source::words;
    } else if (std::ranges::any_of(asking.material, [&](const Material& each) { return stands_in(text, each.text); })) {
      source = Source::material;
    }
    out.push_back({.pointer = pointer, .source = source});
  }
  return out;
}

std::vector<const Intent*> ModelPlanner::offered(std::string_view text, std::string_view service) const {
  std::vector<const Intent*> out;
  const auto add = [&](const Intent* intent) {
    if (intent && out.size() < kMostTools && std::ranges::find(out, intent) == out.end()) out.push_back(intent);
  };
  constexpr std::size_t kMostByGrammar = 6;
  for (const auto& each : built_in_.picker().rank(service, text, {}, kMostByGrammar)) add(each.intent);
  for (const auto& each : narrower_.best(text, 2 * kMostTools)) {
    if (each.service == service) add(built_in_.catalogue().find(each.service, each.name));
  }
  return out;
}

asio::awaitable<Outcome> ModelPlanner::plan(Asking asking, router::Decision decision) const {
  asking.text.resize(std::min(asking.text.size(), kMostTextBytes));
  if (decision.outcome != router::Outcome::service) co_return built_in_.plan(asking, decision);
  auto pending = begun(asking, decision.service);
  const auto list = offered(asking.text, decision.service);
  if (list.empty()) co_return built_in_.plan(asking, decision);
  auto request = choose_request(asking, list, form_);
  ReadChoice choice;
  for (int round = 0; round < 2; ++round) {
    auto answer = co_await caller_.ask(request);
    if (!answer) co_return built_in_.plan(asking, decision);
    choice = read_choice(*answer, list);
    if (!choice.intents.empty() || choice.question) break;
    if (round == 0) request = repair_request(std::move(request), *answer, choice.wrong);
  }
  // Several things at once, none, or a question: the person says what first.
  if (choice.intents.size() != 1 || !choice.wrong.empty())
    co_return ask_which(std::move(pending), choice.intents, choice.question.value_or(""));
  const auto& intent = *choice.intents.front();
  if (built_in_.picker().contradicts(intent, asking.text)) co_return ask_which(std::move(pending), choice.intents, "");
  co_return co_await fill_by_model(std::move(asking), std::move(pending), intent);
}

Outcome ModelPlanner::ask_which(Pending pending, const std::vector<const Intent*>& first,
                                const std::string& text) const {
  std::vector<Ranked> ranked;
  ranked.reserve(first.size());
  for (const auto* intent : first) ranked.push_back({.intent = intent});
  for (const auto& each : built_in_.picker().rank(pending.service, pending.text, {})) {
    if (std::ranges::find(ranked, each.intent, &Ranked::intent) == ranked.end()) ranked.push_back(each);
  }
  auto outcome = built_in_.ask_intent(std::move(pending), ranked);
  if (auto* question = std::get_if<Question>(&outcome); question && !text.empty()) question->text = text;
  explain_model(outcome, {"asks"});
  return outcome;
}

asio::awaitable<Outcome> ModelPlanner::fill_by_model(Asking asking, Pending pending, const Intent& intent) const {
  auto request = fill_request(asking, intent, form_);
  JsonObject inputs;
  std::vector<std::string> steps{"chose " + intent.service + "." + intent.name};
  for (int round = 0; round < 2; ++round) {
    auto answer = co_await caller_.ask(request);
    if (!answer) {
      steps.emplace_back("could not be asked for the inputs");
      break;
    }
    auto read = read_inputs(*answer, intent);
    if (read.inputs) inputs = *std::move(read.inputs);
    if (read.wrong.empty()) break;
    steps.push_back(read.wrong.front());
    if (round == 0) request = repair_request(std::move(request), *answer, read.wrong);
  }
  auto outcome = settle(asking, std::move(pending), intent, std::move(inputs));
  explain_model(outcome, steps);
  co_return outcome;
}

Outcome ModelPlanner::settle(const Asking& asking, Pending pending, const Intent& intent, JsonObject inputs) const {
  pending.intent = intent.name;
  pending.origins = origins_of(inputs, asking);
  drop_made_up(intent, inputs, pending.origins);
  pending.inputs = std::move(inputs);
  auto probe = pending.inputs;
  fill_standards(intent, probe);
  // What the model left out and the words have is not asked for.
  if (!missing_inputs(intent, probe).empty()) return built_in_.plan_intent(std::move(pending), intent);
  return built_in_.finish(std::move(pending), intent);
}

}  // namespace troupe::assistant::planner
