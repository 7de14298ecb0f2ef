#include "assistant/planner/built_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ranges>

#include "assistant/planner/one_call.h"
#include "assistant/report/findings.h"
#include "assistant/router/fold.h"

namespace troupe::assistant::planner {
namespace {

constexpr std::size_t kMostOffered = 4, kMostAskedAtOnce = 4;
/// Of each list in an explanation, which is kept with its task.
constexpr std::size_t kMostExplained = 6;
constexpr std::size_t kMostValueBytes = 200;

double rounded(double value) { return std::round(value * 1000) / 1000; }

/// Those that counted: an explanation is kept with its task, and written again with each of its steps.
JsonObject with_parts(JsonObject whole, std::initializer_list<std::pair<std::string_view, double>> parts) {
  for (const auto& [name, value] : parts) {
    if (const auto shown = rounded(value); shown != 0) whole[name] = shown;
  }
  return whole;
}

JsonArray explain(const std::vector<Ranked>& ranked) {
  JsonArray out;
  for (const auto& each : ranked | std::views::take(kMostExplained))
    out.push_back(with_parts(
        {{"intent", each.intent->service + "." + each.intent->name}, {"score", rounded(each.score)}},
        {{"verb", each.verb}, {"things", each.things}, {"examples", each.examples}, {"values", each.values}}));
  return out;
}

JsonArray explain(const std::vector<slots::Slot>& values) {
  JsonArray out;
  for (const auto& each : values | std::views::take(kMostExplained))
    out.push_back(JsonObject{{"kind", slots::name_of(each.kind)}, {"value", each.value.substr(0, kMostValueBytes)}});
  return out;
}

void note_origins(Pending& pending, const std::vector<std::string>& pointers, Source source) {
  for (const auto& pointer : pointers) {
    std::erase_if(pending.origins, [&](const Origin& each) { return each.pointer == pointer; });
    pending.origins.push_back({.pointer = pointer, .source = source});
  }
}

/// Adds to the explanation, whatever the outcome is.
Outcome with(Outcome outcome, std::string_view key, Json value) {
  std::visit([&](auto& each) { each.explanation[key] = std::move(value); }, outcome);
  return outcome;
}

Nothing not_offered() { return {.message = "What you asked for is not offered any more.", .explanation = {}}; }

Nothing given_up() {
  return {.message = "I still do not have what this needs, and leave it here. Say it again in one sentence.",
          .explanation = {}};
}

const Leaf* leaf_at(const std::vector<Leaf>& leaves, std::string_view pointer) {
  const auto found = std::ranges::find(leaves, pointer, &Leaf::pointer);
  return found == leaves.end() ? nullptr : &*found;
}

/// "what to say", "project name", "notes (of the work order)".
std::string shown(const Leaf& leaf) {
  if (!leaf.place.empty() && leaf.place.back().ends_with("_hint")) {
    auto thing = leaf.place.back().substr(0, leaf.place.back().size() - 5);
    return thing + " (its name or address)";
  }
  auto text = spoken(leaf);
  if (!leaf.place.empty() && leaf.words.size() == 1 && leaf.place.back() != "extra") {
    auto of = leaf.place.back();
    std::ranges::replace(of, '_', ' ');
    text = of + " " + text;
  }
  const auto about = leaf.description.substr(0, std::min<std::size_t>(leaf.description.find('\n'), 120));
  return about.empty() ? text : fmt::format("{} ({})", text, about);
}

/// What does not fit goes away, as small a part as there is; what is required is asked for then.
void drop_unfit(const Intent& intent, const std::vector<Leaf>& leaves, JsonObject& inputs) {
  constexpr int kMostRounds = 4;  // a second finding may stand behind the first
  for (int round = 0; round < kMostRounds; ++round) {
    bool changed = false;
    for (const auto& wrong : schema::validate(intent.inputs, inputs)) {
      const auto leaf = std::ranges::find_if(leaves, [&](const Leaf& each) {
        return wrong.pointer == each.pointer || wrong.pointer.starts_with(each.pointer + "/");
      });
      // An object that only lacks something is kept for what it has.
      const bool asked_for = std::ranges::any_of(
          leaves, [&](const Leaf& each) { return each.required && each.pointer.starts_with(wrong.pointer + "/"); });
      const auto& pointer = leaf == leaves.end() ? wrong.pointer : leaf->pointer;
      const auto* value = value_at(inputs, pointer);
      if (!value || (leaf == leaves.end() && asked_for && value->is_object())) continue;
      take(inputs, pointer);
      changed = true;
    }
    if (!changed) return;
  }
}

/// A pending plan holds the origins of what is there, and no others.
void keep_known_origins(Pending& pending) {
  std::erase_if(pending.origins, [&](const Origin& each) { return !value_at(pending.inputs, each.pointer); });
}

/// "To #general and to #ops": two of a thing of which the intent takes one.
struct Several {
  std::string pointer;
  std::vector<std::string> labels;
};
std::optional<Several> several_channels(const Intent& intent, const std::vector<slots::Slot>& values,
                                        const JsonObject& inputs, const std::vector<std::string>& filled) {
  Several out;
  for (const auto& each : values) {
    auto label = "#" + each.value;
    if (each.kind == slots::Kind::channel && std::ranges::find(out.labels, label) == out.labels.end() &&
        out.labels.size() < kMostOptions)
      out.labels.push_back(std::move(label));
  }
  if (!intent.writes || out.labels.size() < 2) return std::nullopt;
  for (const auto& pointer : filled) {
    const auto* value = value_at(inputs, pointer);
    const auto* text = value ? value->if_string() : nullptr;
    if (text && std::ranges::find(out.labels, "#" + std::string(matrix::view(*text))) != out.labels.end()) {
      out.pointer = pointer;
      return out;
    }
  }
  return std::nullopt;
}

/// "Yes" says nothing where an id or a name is asked for, nor does a number that no choice has.
bool is_no_value(const Pending& pending, const std::vector<Leaf>& leaves, std::string_view answer) {
  const bool is_number =
      answer.find_first_of("0123456789") != answer.npos && answer.find_first_not_of("0123456789 .#)") == answer.npos;
  if (is_number) return !pending.options.empty();
  return is_mere_assent(answer) && std::ranges::none_of(pending.missing, [&](const auto& pointer) {
           const auto* leaf = leaf_at(leaves, pointer);
           return leaf && (leaf->flag || says_words(*leaf) || (!leaf->choices.empty() && as_value(*leaf, answer)));
         });
}

}  // namespace

JsonObject explain(const router::Decision& decision) {
  constexpr std::string_view kOutcomes[] = {"service", "ask", "none"};
  JsonArray scores;
  for (const auto& each : decision.scores | std::views::take(kMostExplained))
    scores.push_back(with_parts({{"service", each.service}, {"share", rounded(each.share)}, {"why", each.why}},
                                {{"model", each.model}, {"named", each.named}, {"learned", each.learned}}));
  JsonArray candidates;
  for (const auto& each : decision.candidates | std::views::take(kMostExplained))
    candidates.push_back(JsonObject{{"service", each.service}, {"confidence", rounded(each.confidence)}});
  JsonObject out{{"router", std::move(scores)},
                 {"outcome", kOutcomes[static_cast<std::size_t>(decision.outcome)]},
                 {"confidence", rounded(decision.confidence)},
                 {"candidates", std::move(candidates)}};
  if (decision.learned.empty()) return out;
  JsonArray lessons;
  for (const auto& each : decision.learned | std::views::take(kMostExplained))
    lessons.push_back(JsonObject{{"id", each.id}, {"service", each.service}, {"likeness", rounded(each.likeness)}});
  out["lessons"] = std::move(lessons);
  return out;
}

BuiltInPlanner::BuiltInPlanner(const router::Router& router, const Catalogue& catalogue, const Picker& picker)
    : catalogue_(catalogue), picker_(picker) {
  const auto add = [&](std::string_view name) {
    auto folded = router::fold(name).text;
    for (std::size_t begin = 0; begin <= folded.size();) {
      const auto end = std::min(folded.find(' ', begin), folded.size());
      if (end - begin >= 2) service_names_.push_back(folded.substr(begin, end - begin));
      begin = end + 1;
    }
  };
  for (const auto& service : router.services()) {
    add(service.name);
    for (const auto& each : service.synonyms) add(each);
    add(catalogue.title_of(service.name));
  }
  // "message" and "photo app" are synonyms: of such words no name is made in any case.
  std::ranges::sort(service_names_);
  const auto repeated = std::ranges::unique(service_names_);
  service_names_.erase(repeated.begin(), repeated.end());
}

Outcome BuiltInPlanner::plan(const Asking& asking, const router::Decision& decision) const {
  Pending pending;
  pending.text = asking.text.substr(0, kMostTextBytes);
  pending.said = asking.today;
  if (decision.outcome == router::Outcome::none) return nothing_for(decision);
  if (decision.outcome == router::Outcome::ask) return ask_service(std::move(pending), decision);
  auto outcome = plan_in(std::move(pending), decision.service);
  for (auto& [key, value] : explain(decision)) outcome = with(std::move(outcome), key, std::move(value));
  return outcome;
}

Nothing BuiltInPlanner::nothing_for(const router::Decision& decision) const {
  if (!decision.not_enabled.empty())
    return {.message = fmt::format("{} is not enabled here.", decision.not_enabled), .explanation = explain(decision)};
  std::string services;
  std::string last;
  for (const auto& intent : catalogue_.all()) {
    if (intent.service == last) continue;
    last = intent.service;
    services += fmt::format("{}{}", services.empty() ? "" : ", ", catalogue_.title_of(intent.service));
  }
  if (services.empty()) return {.message = "No service is set up here yet.", .explanation = explain(decision)};
  return {.message = fmt::format("I do not know which service that is for. I can work with: {}.", services),
          .explanation = explain(decision)};
}

Outcome BuiltInPlanner::ask_service(Pending pending, const router::Decision& decision) const {
  pending.asked = Asked::service;
  pending.options.clear();
  for (const auto& each : decision.candidates) {
    if (pending.options.size() == kMostOptions) break;
    pending.options.push_back(
        {.id = each.service, .label = std::string(catalogue_.title_of(each.service)), .value = Json(each.service)});
  }
  if (pending.options.empty()) return nothing_for(decision);
  ++pending.questions;
  auto text = question_of(pending);
  return Question{.text = std::move(text), .pending = std::move(pending), .explanation = explain(decision)};
}

Outcome BuiltInPlanner::plan_in(Pending pending, const std::string& service) const {
  pending.service = service;
  auto found = slots::find_slots(pending.text, pending.said);
  const auto ranked = picker_.rank(service, pending.text, found);
  const auto explained = explain(ranked);
  if (ranked.empty())
    return Nothing{.message = fmt::format("{} has nothing that I could do.", catalogue_.title_of(service)),
                   .explanation = {}};
  const auto& best = ranked.front();
  const auto lead = ranked.size() > 1 ? best.score - ranked[1].score : best.score;
  const bool clear = best.score >= Picker::kLeast &&
                     lead >= (best.intent->writes ? Picker::kLeadToWrite : Picker::kLeadToRead) &&
                     !picker_.contradicts(*best.intent, pending.text);
  if (!clear) return with(ask_intent(std::move(pending), ranked), "intents", explained);
  pending.intent = best.intent->name;
  return with(plan_intent(std::move(pending), *best.intent, std::move(found)), "intents", explained);
}

Outcome BuiltInPlanner::ask_intent(Pending pending, const std::vector<Ranked>& ranked) const {
  if (pending.questions >= kMostQuestions || ranked.empty()) return given_up();
  pending.asked = Asked::intent;
  pending.intent.clear();
  pending.options.clear();
  for (const auto& each : ranked) {
    if (pending.options.size() == kMostOffered) break;
    pending.options.push_back(
        {.id = each.intent->name, .label = spoken_name(*each.intent).substr(0, 200), .value = Json(each.intent->name)});
  }
  ++pending.questions;
  auto text = question_of(pending);
  return Question{.text = std::move(text), .pending = std::move(pending), .explanation = {}};
}

Outcome BuiltInPlanner::plan_intent(Pending pending, const Intent& intent) const {
  auto found = slots::find_slots(pending.text, pending.said);
  return plan_intent(std::move(pending), intent, std::move(found));
}

Outcome BuiltInPlanner::plan_intent(Pending pending, const Intent& intent, std::vector<slots::Slot> found) const {
  pending.service = intent.service;
  pending.intent = intent.name;
  if (auto why = beyond_one_call(intent, picker_.meaning_of(pending.text), pending.text, found, pending.said);
      !why.empty())
    return Nothing{.message = std::move(why), .explanation = {}};
  const auto values = values_in(pending.text, std::move(found), pending.said, intent, service_names_);
  const auto filled = fill(intent, pending.text, values, pending.inputs);
  note_origins(pending, filled, Source::words);
  if (const auto several = several_channels(intent, values, pending.inputs, filled)) {
    take(pending.inputs, several->pointer);
    keep_known_origins(pending);
    pending.asked = Asked::inputs;
    pending.missing = {several->pointer};
    pending.options.clear();
    for (const auto& label : several->labels)
      pending.options.push_back({.id = label.substr(1), .label = label, .value = Json(label.substr(1))});
    ++pending.questions;
    return Question{.text = "This goes to one at a time. Which?", .pending = std::move(pending), .explanation = {}};
  }
  return with(finish(std::move(pending), intent), "values", explain(values));
}

Outcome BuiltInPlanner::finish(Pending pending, const Intent& intent) const {
  note_origins(pending, fill_standards(intent, pending.inputs), Source::standard);
  const auto leaves = leaves_of(intent.inputs);
  drop_unfit(intent, leaves, pending.inputs);
  auto missing = missing_inputs(intent, pending.inputs);
  keep_known_origins(pending);
  if (!missing.empty()) return ask_inputs(std::move(pending), intent, std::move(missing));
  if (const auto left = schema::validate(intent.inputs, pending.inputs); !left.empty())
    return ask_instead(std::move(pending), intent, left.front().message);
  Plan plan{.spec = {.service = intent.service, .intent = intent.name, .inputs = std::move(pending.inputs)},
            .origins = std::move(pending.origins),
            .writes = intent.writes,
            .borrowed = false,
            .explanation = {}};
  plan.borrowed = plan.writes && std::ranges::any_of(plan.origins, [](const Origin& each) {
                    return each.source == Source::material || each.source == Source::model;
                  });
  return plan;
}

Outcome BuiltInPlanner::ask_instead(Pending pending, const Intent& intent, std::string_view why) const {
  auto ranked = picker_.rank(intent.service, pending.text, {});
  std::erase_if(ranked, [&](const Ranked& each) { return each.intent == &intent; });
  pending.inputs.clear();
  pending.origins.clear();
  pending.missing.clear();
  auto outcome = ask_intent(std::move(pending), ranked);
  if (auto* question = std::get_if<Question>(&outcome))
    question->text = fmt::format("I cannot do this ({}): {}. What should I do instead?", spoken_name(intent), why);
  return outcome;
}

Outcome BuiltInPlanner::ask_inputs(Pending pending, const Intent& intent, std::vector<std::string> missing) const {
  if (pending.questions >= kMostQuestions) return given_up();
  const auto leaves = leaves_of(intent.inputs);
  for (const auto& pointer : missing) {
    const auto* leaf = leaf_at(leaves, pointer);
    if (!leaf || leaf->whole)
      return ask_instead(std::move(pending), intent,
                         fmt::format("it needs {}, which I cannot take from a sentence",
                                     leaf ? spoken(*leaf) : report::quoted(pointer)));
  }
  pending.asked = Asked::inputs;
  pending.options.clear();
  // One with choices is asked for alone, so that a number answers it.
  const auto* first = leaf_at(leaves, missing.front());
  if (!first->choices.empty() && first->choices.size() <= kMostOptions) {
    missing.resize(1);
    for (const auto& choice : first->choices)
      pending.options.push_back(
          {.id = choice, .label = choice, .value = as_value(*first, choice).value_or(Json(choice))});
  }
  if (missing.size() > kMostAskedAtOnce) missing.resize(kMostAskedAtOnce);
  pending.missing = std::move(missing);
  ++pending.questions;
  auto text = question_of(pending);
  return Question{.text = std::move(text), .pending = std::move(pending), .explanation = {}};
}

std::string BuiltInPlanner::question_of(const Pending& pending) const {
  if (pending.asked == Asked::service) return "Which service do you mean?";
  if (pending.asked == Asked::intent)
    return fmt::format("What should I do in {}?", catalogue_.title_of(pending.service));
  const auto* intent = catalogue_.find(pending.service, pending.intent);
  if (!intent) return "What is missing?";
  const auto leaves = leaves_of(intent->inputs);
  std::string wanted;
  for (const auto& pointer : pending.missing) {
    const auto* leaf = leaf_at(leaves, pointer);
    wanted += fmt::format("{}{}", wanted.empty() ? "" : "; ", leaf ? shown(*leaf) : pointer);
  }
  return fmt::format("To do this ({}) I need: {}", spoken_name(*intent), wanted);
}

Outcome BuiltInPlanner::again(Pending pending, std::string_view why) const {
  if (pending.questions >= kMostQuestions) return given_up();
  ++pending.questions;
  auto text = question_of(pending);
  if (!why.empty()) text = fmt::format("{} {}", why, text);
  return Question{.text = std::move(text), .pending = std::move(pending), .explanation = {}};
}

Outcome BuiltInPlanner::answer(Pending pending, std::string_view answer, std::chrono::year_month_day today) const {
  answer = answer.substr(0, kMostTextBytes);
  if (const auto option = option_meant(pending.options, answer)) return chosen(std::move(pending), *option, today);
  if (is_refusal(answer)) return Nothing{.message = "Left as it is.", .explanation = {}};
  if (pending.asked != Asked::inputs) return again(std::move(pending));
  if (!catalogue_.find(pending.service, pending.intent)) return not_offered();
  return answer_inputs(std::move(pending), answer, today);
}

Outcome BuiltInPlanner::chosen(Pending pending, std::size_t option, std::chrono::year_month_day today) const {
  const auto taken = pending.options[option];
  if (pending.asked == Asked::inputs) {
    if (!catalogue_.find(pending.service, pending.intent)) return not_offered();
    return answer_inputs(std::move(pending), taken.label, today);
  }
  const auto* name = taken.value.if_string();
  const std::string meant(name ? matrix::view(*name) : std::string_view());
  if (pending.asked == Asked::service) return plan_in(std::move(pending), meant);
  const auto* intent = catalogue_.find(pending.service, meant);
  return intent ? plan_intent(std::move(pending), *intent) : not_offered();
}

Outcome BuiltInPlanner::answer_inputs(Pending pending, std::string_view answer,
                                      std::chrono::year_month_day today) const {
  const auto& intent = *catalogue_.find(pending.service, pending.intent);
  const auto leaves = leaves_of(intent.inputs);
  if (is_no_value(pending, leaves, answer))
    return again(std::move(pending), "That alone is no value that I could use here.");
  std::vector<std::string> filled;
  const auto take_whole = [&](const std::string& pointer) {
    const auto* leaf = leaf_at(leaves, pointer);
    auto value = leaf ? as_value(*leaf, answer) : std::nullopt;
    if (!value) return false;
    put(pending.inputs, pointer, *std::move(value));
    filled.push_back(pointer);
    return true;
  };
  const auto values = values_in(answer, slots::find_slots(answer, today), today, intent, service_names_);
  if (pending.missing.size() == 1) {
    const auto& pointer = pending.missing.front();
    const auto* leaf = leaf_at(leaves, pointer);
    // A value of the right kind inside the answer ("it is anna@example.com") counts for more than the whole.
    auto tried = pending.inputs;
    auto found = fill(intent, answer, values, tried);
    const bool said = std::ranges::find(found, pointer) != found.end();
    const bool free_text = leaf && leaf->text && leaf->format.empty() && leaf->choices.empty();
    if (said && !(free_text && values.size() != 1)) {
      const auto* value = value_at(tried, pointer);
      put(pending.inputs, pointer, *value);
      filled.push_back(pointer);
    } else if (!take_whole(pointer)) {
      return again(std::move(pending));
    }
  } else {
    filled = fill(intent, answer, values, pending.inputs);
    const bool any = std::ranges::any_of(
        pending.missing, [&](const auto& each) { return std::ranges::find(filled, each) != filled.end(); });
    if (!any && values.empty() && !take_whole(pending.missing.front())) return again(std::move(pending));
  }
  note_origins(pending, filled, Source::words);
  return finish(std::move(pending), intent);
}

}  // namespace troupe::assistant::planner
