#include "assistant/dialogue/planning.h"

#include <algorithm>
#include <array>

#include "assistant/dialogue/planning_state.h"
#include "assistant/planner/model_planner.h"
#include "assistant/planner/prompts.h"
#include "assistant/router/fold.h"

namespace troupe::assistant::dialogue {
namespace {

constexpr std::size_t kMostFilesRead = 3;
constexpr std::array<std::string_view, 7> kTextFiles{".txt", ".md", ".csv", ".json", ".eml", ".log", ".yaml"};
/// More words than these are no longer just a name.
constexpr std::ptrdiff_t kMostNameBlanks = 4;

constexpr std::array<std::string_view, 16> kConsents{"yes",     "y",       "ok",  "okay",      "go", "go ahead",
                                                     "do it",   "run it",  "run", "ja",        "si", "oui",
                                                     "confirm", "approve", "sim", "yes please"};

/// Folded: without accents.
constexpr std::array<std::string_view, 12> kUndoings{
    "undo",       "undo it",          "undo that",           "undo this",         "please undo", "please undo that",
    "ruckgangig", "undo that please", "mach das ruckgangig", "ruckgangig machen", "annuler",     "deshacer"};

bool is_text_file(std::string_view name) {
  const auto folded = router::fold(name).text;
  return std::ranges::any_of(kTextFiles, [&](std::string_view ending) { return folded.ends_with(ending); });
}

std::vector<planner::Option> options_of(const tasks::Question& question) {
  std::vector<planner::Option> options;
  options.reserve(question.choices.size());
  for (const auto& each : question.choices)
    options.push_back({.id = each.id, .label = each.label, .value = each.value});
  return options;
}

/// Of the services in the choices, the only one that the words name ("the CompanyCam one").
std::optional<std::size_t> service_meant(const tasks::Question& question, std::string_view words,
                                         const Ground& ground) {
  if (!question.of_planner || std::ranges::count(words, ' ') > kMostNameBlanks) return std::nullopt;
  std::optional<std::size_t> meant;
  for (const auto& score : ground.offer->router().route(words).scores) {
    if (score.named <= 0) continue;
    const auto found = std::ranges::find_if(question.choices, [&](const tasks::Choice& each) {
      const auto* value = each.value.if_string();
      return value != nullptr && matrix::view(*value) == score.service;
    });
    if (found == question.choices.end()) continue;
    if (meant) return std::nullopt;
    meant = static_cast<std::size_t>(found - question.choices.begin());
  }
  return meant;
}

/// A model's plan, too, went where the router sent it; and what it was shown and said is known by these records.
void explain_more(planner::Outcome& outcome, const router::Decision& decision,
                  const std::vector<std::string>& exchanges) {
  auto& explanation = std::visit([](auto& each) -> JsonObject& { return each.explanation; }, outcome);
  for (auto& [key, value] : planner::explain(decision)) explanation[key] = std::move(value);
  if (exchanges.empty()) return;
  const auto count = std::min(exchanges.size(), tasks::kMaxExchanges);
  explanation["exchanges"] = JsonArray(exchanges.begin(), exchanges.begin() + static_cast<std::ptrdiff_t>(count));
}

/// The words say what to do and where. `named`: where has to stand in them, for an answer in words may be about
/// anything.
bool is_request(std::string_view words, const Ground& ground, bool named) {
  const auto decision = ground.offer->router().route(words, &ground.taught->choices);
  if (decision.outcome != router::Outcome::service) return false;
  const auto score = std::ranges::find(decision.scores, decision.service, &router::Score::service);
  if (named && (score == decision.scores.end() || score->named <= 0)) return false;
  const auto ranked = ground.offer->planner().picker().rank(decision.service, words, {}, 1);
  return !ranked.empty() && ranked.front().verb > 0 && ranked.front().score >= planner::Picker::kLeast;
}

}  // namespace

std::optional<std::size_t> choice_meant(const tasks::Question& question, std::string_view words, const Ground& ground) {
  if (question.choices.empty()) return std::nullopt;
  if (const auto meant = planner::option_meant(options_of(question), words)) return meant;
  return service_meant(question, words, ground);
}

Meant meant_by(const tasks::Question& question, std::string_view words, const Ground& ground) {
  if (planner::option_meant(options_of(question), words)) return Meant::answer;
  if (planner::is_refusal(words)) return Meant::refusal;
  if (is_request(words, ground, question.choices.empty())) return Meant::request;
  return Meant::answer;
}

namespace {

/// Lower case, without what ends a sentence.
std::string as_said(std::string_view words) {
  auto folded = router::fold(words.substr(0, std::min<std::size_t>(words.size(), 64))).text;
  while (!folded.empty() && (folded.back() == '.' || folded.back() == '!' || folded.back() == ' ')) folded.pop_back();
  return folded;
}

}  // namespace

bool wants_undo(std::string_view words) { return std::ranges::find(kUndoings, as_said(words)) != kUndoings.end(); }

bool is_consent(std::string_view words) {
  const auto folded = as_said(words);
  return std::ranges::find(kConsents, folded) != kConsents.end() || folded == "\xE2\x9C\x85" ||
         folded == "\xF0\x9F\x91\x8D";
}

Task<Ground> Planning::ground(std::int64_t tenant_id) {
  CO_TRY(auto offer, co_await uses_.services.offer(tenant_id));
  CO_TRY(auto taught, co_await uses_.lessons.of(tenant_id, offer));
  co_return Ground{.offer = std::move(offer), .taught = std::move(taught)};
}

asio::awaitable<std::vector<planner::Material>> Planning::material(Request request) {
  std::vector<planner::Material> out;
  if (request.before) out.push_back(*std::move(request.before));
  if (uses_.files == nullptr) co_return out;
  std::size_t read = 0;
  for (std::size_t i = 0; i < request.files.size() && i < request.file_names.size() && read < kMostFilesRead; ++i) {
    if (!is_text_file(request.file_names[i])) continue;
    ++read;
    auto blob = co_await uses_.files->read(request.person, request.files[i], planner::kMostMaterialBytes);
    if (!blob) continue;  // too large, or not theirs to read: planned without
    out.push_back({.name = request.file_names[i], .text = std::move(blob->bytes)});
  }
  co_return out;
}

asio::awaitable<planner::Outcome> Planning::plan(tasks::Who who, Ground ground, Request request) {
  const auto until = std::chrono::steady_clock::now() + uses_.model_patience;
  const auto decision = ground.offer->router().route(request.text, &ground.taught->choices);
  planner::Asking asking{.text = request.text, .today = request.today, .material = {}};
  std::unique_ptr<planner::ModelCaller> model;
  if (decision.outcome == router::Outcome::service && uses_.models != nullptr && uses_.model_patience.count() > 0) {
    model = uses_.models->caller(who, until);
  }
  if (!model) co_return ground.offer->planner().plan(asking, decision);
  asking.material = co_await material(std::move(request));
  const planner::ModelPlanner planner(ground.offer->planner(), ground.offer->narrower(), *model);
  auto outcome = co_await planner.plan(std::move(asking), decision);
  explain_more(outcome, decision, model->exchanges());
  co_return outcome;
}

}  // namespace troupe::assistant::dialogue
