#include "assistant/executor/steps.h"

#include <algorithm>

#include "assistant/executor/choosing.h"
#include "assistant/executor/known.h"
#include "assistant/executor/route.h"
#include "base/async.h"

namespace troupe::assistant::executor {
namespace {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;
using tasks::Begun;
using tasks::StepStatus;

constexpr std::chrono::hours kLongest{24 * 365};

std::string below(const StepPlace& place, std::string_view kind, std::size_t number) {
  return place.path + "/" + std::string(kind) + ":" + std::to_string(number);
}

/// A list as it is; one thing is a list of one; nothing is an empty one.
JsonArray list_of(std::optional<Json> value) {
  if (!value || value->is_null()) return {};
  if (auto* list = value->if_array()) return std::move(*list);
  return {*std::move(value)};
}

template <class Test>
bool any_action(const std::vector<workflows::Step>& steps, std::int64_t after, const Test& test) {
  for (auto i = static_cast<std::size_t>(after + 1); i < steps.size(); ++i) {
    if (!steps[i].action.empty() && test(steps[i].action)) return true;
    if (std::ranges::any_of(steps[i].parallel, [&](const auto& each) { return test(each.action); })) return true;
  }
  return false;
}

}  // namespace

asio::awaitable<OrStop<Json>> Steps::go() {
  for (at_ = 0; at_ < static_cast<std::int64_t>(workflow_->steps.size()) && !said_; ++at_) {
    const auto& next = workflow_->steps[static_cast<std::size_t>(at_)];
    CO_TRY(auto value, co_await step(next, {.path = std::to_string(at_), .index = at_}));
    keep(next, value);
    if (value) last_ = std::move(value);
  }
  if (said_) co_return *said_;
  if (workflow_->result) co_return workflows::evaluate(*workflow_->result, values()).value_or(nullptr);
  co_return last_.value_or(nullptr);
}

void Steps::keep(const workflows::Step& step, const Value& value) {
  if (!step.out.empty() && value) kept_[step.out] = *value;
}

asio::awaitable<OrStop<Steps::Value>> Steps::step(const workflows::Step& step, StepPlace place) {
  if (step.when && !workflows::holds(*step.when, values())) {
    co_return co_await noted(std::move(place), step.action, {.status = StepStatus::skipped});
  }
  if (!step.action.empty()) co_return co_await action(step, std::move(place));
  if (!step.parallel.empty()) co_return co_await parallel(step, std::move(place));
  if (step.choose) co_return co_await choose(step, std::move(place));
  const auto& binding = step.answer ? *step.answer : *step.value;
  auto value = workflows::evaluate(binding, values());
  CO_TRY(auto kept, co_await noted(std::move(place), "", {.output = std::move(value)}));
  if (step.answer) said_ = kept.value_or(Json(""));
  co_return kept;
}

asio::awaitable<OrStop<Steps::Value>> Steps::noted(StepPlace place, std::string action, tasks::StepEnd end) {
  const auto error = end.error;
  auto noting =
      ledger_.note({.path = std::move(place.path), .index = place.index, .action = std::move(action)}, std::move(end));
  CO_TRY(auto begun, co_await std::move(noting));
  if (begun.state == Begun::State::cancelled) co_return executor::stopped(Stop::Kind::cancelled);
  if (begun.step.status == StepStatus::error) co_return failed(begun.step.error);
  co_return std::move(begun.step.output);
}

asio::awaitable<OrStop<Steps::Value>> Steps::action(const workflows::Step& step, StepPlace place) {
  CO_TRY(auto target, target_of(offer_, step.action));
  CO_TRY(check_secrets(target));
  if (step.each) co_return co_await each(step, target, std::move(place));
  if (step.most_pages > 0) {
    CO_TRY(auto entries, co_await calls_.pages(std::move(target), std::move(place), step, values()));
    co_return Value(std::move(entries));
  }
  const bool reads = target.reads();
  const auto path = place.path;
  CO_TRY(auto ended, co_await calls_.call(std::move(target), std::move(place), step, values()));
  over_.insert(path);
  const bool needed = !step.out.empty() && at_ + 1 < static_cast<std::int64_t>(workflow_->steps.size());
  if (reads && ended.output_cut && needed) {
    co_return failed(step.action + " answered with more than can be kept. Ask for less at once.");
  }
  co_return std::move(ended.output);
}

asio::awaitable<OrStop<Steps::Value>> Steps::each(const workflows::Step& step, const Target& target, StepPlace place) {
  const auto list = list_of(workflows::evaluate(*step.each, values()));
  if (list.size() > workflows::kMaxEntries) {
    co_return failed(step.action + " would be called for " + std::to_string(list.size()) + " entries, more than " +
                     std::to_string(workflows::kMaxEntries) + ".");
  }
  if (list.empty()) co_return co_await noted(std::move(place), step.action, {.output = JsonArray()});
  JsonArray yielded;
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto with_item = values();
    with_item.item = &list[i];
    const auto path = below(place, "each", i);
    auto calling = calls_.call(target, {.path = path, .index = place.index}, step, with_item);
    CO_TRY(auto ended, co_await std::move(calling));
    over_.insert(path);
    yielded.push_back(ended.output ? *std::move(ended.output) : Json());
  }
  co_return Value(std::move(yielded));
}

asio::awaitable<OrStop<Steps::Value>> Steps::parallel(const workflows::Step& step, StepPlace place) {
  std::vector<OrStop<Value>> outcomes(step.parallel.size());
  const auto one = [&](std::size_t i) -> asio::awaitable<void> {
    auto outcome = co_await this->step(step.parallel[i], {.path = below(place, "parallel", i), .index = place.index});
    outcomes[i] = std::move(outcome);
  };
  CO_TRY(co_await ledger_.settle());
  ledger_.go_side_by_side(step.parallel.size());
  base::TaskGroup group(co_await asio::this_coro::executor);
  for (std::size_t i = 0; i < step.parallel.size(); ++i) {
    outcomes[i] = failed("It ended in an error of this program, which is in its log.");  // as it stays if it throws
    group.spawn("assistant: a step", one(i));
  }
  while (!co_await group.join(kLongest)) {
  }
  ledger_.go_side_by_side(1);
  std::optional<Stop> first;
  for (const auto& outcome : outcomes) {
    if (!outcome && (!first || outcome.error().kind < first->kind)) first = outcome.error();
  }
  if (first) co_return std::unexpected(*std::move(first));
  JsonArray all;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    keep(step.parallel[i], *outcomes[i]);
    all.push_back(outcomes[i]->value_or(nullptr));
  }
  co_return Value(std::move(all));
}

asio::awaitable<OrStop<Steps::Value>> Steps::choose(const workflows::Step& step, StepPlace place) {
  const auto& choice = *step.choose;
  const auto list = list_of(workflows::evaluate(choice.from, values()));
  auto chosen = executor::choose(choice, values(), list, writes_after(at_));
  if (chosen.state == Chosen::State::ask) {
    co_return co_await ask_which(step, std::move(place), list, std::move(chosen.choices));
  }
  if (chosen.state == Chosen::State::one) {
    co_return co_await noted(std::move(place), "", {.output = std::move(chosen.entry)});
  }
  if (choice.none.empty()) co_return co_await noted(std::move(place), "", {});
  // Where more was to be done with it, not finding it is no success.
  if (calls_after(at_)) {
    co_return co_await noted(std::move(place), "", {.status = StepStatus::error, .error = choice.none});
  }
  CO_TRY(said_, co_await noted(std::move(place), "", {.output = Json(boost::json::string(choice.none))}));
  co_return said_;
}

asio::awaitable<OrStop<Steps::Value>> Steps::ask_which(const workflows::Step& step, StepPlace place,
                                                       const JsonArray& list, std::vector<tasks::Choice> choices) {
  auto beginning = ledger_.begin({.path = place.path, .index = place.index});
  CO_TRY(auto begun, co_await std::move(beginning));
  if (begun.state == Begun::State::cancelled) co_return executor::stopped(Stop::Kind::cancelled);
  if (begun.state == Begun::State::ended) co_return std::move(begun.step.output);
  const auto answer = begun.answered && begun.answered->answer
                          ? matrix::find_string(*begun.answered->answer, "choice_id").value_or("")
                          : std::string_view();
  const auto* entry = answer.empty() ? nullptr : find_entry(*step.choose, list, answer);
  if (entry != nullptr) {
    auto finishing = ledger_.finish(begun.step.number, {.output = *entry});
    CO_TRY(auto ended, co_await std::move(finishing));
    co_return std::move(ended.output);
  }
  tasks::QuestionDraft question{
      .kind = tasks::QuestionKind::choice,
      .path = place.path,
      .text = step.choose->question.empty() ? "Which one did you mean?" : step.choose->question,
      .choices = std::move(choices)};
  co_return std::unexpected(Stop{.kind = Stop::Kind::asks, .reason = {}, .question = std::move(question)});
}

bool Steps::calls_after(std::int64_t index) const {
  return any_action(workflow_->steps, index, [](const auto&) { return true; });
}

bool Steps::writes_after(std::int64_t index) const {
  return any_action(workflow_->steps, index, [&](const std::string& action) {
    const auto target = target_of(offer_, action);
    return !target || !target->reads();
  });
}

/// What is gathered from step to step.
struct Ahead {
  Known known;
  JsonObject kept;
  tasks::ApprovalDraft draft;
  const std::set<std::string>* over = nullptr;
  const runtime::sandbox::Commands* commands = nullptr;
};

namespace {

/// One call, if it wants an approval and has not been made. False: there is no room for more.
bool add_call(Ahead& ahead, const Target& target, const workflows::Step& step, std::string path,
              const workflows::Values& values, const tasks::TaskSpec& spec) {
  if (!target.needs_approval(spec) || ahead.over->contains(path)) return true;
  auto with_mark = values;
  with_mark.marker = kNoMarkerYet;
  auto arguments = fitted(target, step.action, arguments_of(step.bind, with_mark));
  if (!arguments || ahead.draft.calls.size() >= tasks::kMaxApprovalCalls) return false;
  // Those that other people decide are asked about by themselves.
  const auto may = target.is_command() ? tasks::Approver::asker : target.in_use->approver;
  const auto names = may == tasks::Approver::named ? target.in_use->approvers : std::vector<std::string>();
  if (!ahead.draft.calls.empty() && (may != ahead.draft.may || names != ahead.draft.names)) return false;
  ahead.draft.may = may;
  ahead.draft.names = names;
  auto route = route_of(target, *arguments, ahead.commands);
  ahead.draft.calls.push_back({.path = std::move(path),
                               .action = step.action,
                               .args = *std::move(arguments),
                               .route = std::move(route.digest),
                               .request = std::move(route.request)});
  return true;
}

}  // namespace

bool Steps::look_ahead(const workflows::Step& step, const StepPlace& place, Ahead& ahead) const {
  const auto opens = [&] {
    if (!step.out.empty()) ahead.known.open.insert(step.out);
    return true;
  };
  if (step.when) {
    if (!is_known(*step.when, ahead.known)) return false;
    if (!workflows::holds(*step.when, ahead.known.values)) return true;
  }
  if (step.answer) return false;
  if (step.choose) return opens();
  if (step.value) {
    if (!is_known(*step.value, ahead.known)) return opens();
    if (auto value = workflows::evaluate(*step.value, ahead.known.values); value && !step.out.empty())
      ahead.kept[step.out] = *std::move(value);
    return true;
  }
  if (!step.parallel.empty()) {
    for (std::size_t i = 0; i < step.parallel.size(); ++i) {
      const StepPlace inner{.path = below(place, "parallel", i), .index = place.index};
      if (!look_ahead(step.parallel[i], inner, ahead)) return false;
    }
    return opens();
  }
  const auto target = target_of(offer_, step.action);
  if (!target) return false;
  if (!target->needs_approval(task_.spec)) return opens();
  if (!step.each) {
    if (!are_known(step.bind, ahead.known)) return false;
    return add_call(ahead, *target, step, place.path, ahead.known.values, task_.spec) && opens();
  }
  if (!is_known(*step.each, ahead.known) || !are_known(step.bind, ahead.known)) return false;
  const auto list = list_of(workflows::evaluate(*step.each, ahead.known.values));
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto with_item = ahead.known.values;
    with_item.item = &list[i];
    if (!add_call(ahead, *target, step, below(place, "each", i), with_item, task_.spec)) return false;
  }
  return opens();
}

tasks::ApprovalDraft Steps::wanted() const {
  Ahead ahead{.known = {}, .kept = kept_, .draft = {}, .over = &over_, .commands = ledger_.parts().commands};
  ahead.known.values = {.inputs = &task_.spec.inputs, .kept = &ahead.kept, .marker = kNoMarkerYet};
  for (auto i = at_; i < static_cast<std::int64_t>(workflow_->steps.size()); ++i) {
    const StepPlace place{.path = std::to_string(i), .index = i};
    if (!look_ahead(workflow_->steps[static_cast<std::size_t>(i)], place, ahead)) break;
  }
  ahead.draft.why = task_.spec.borrowed ? "Some of it is not in the words of whoever asked." : "";
  return std::move(ahead.draft);
}

}  // namespace troupe::assistant::executor
