// What a person said, as far as Dialogue has to do with it: a request, or the answer to a question.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <ranges>
#include <set>

#include "assistant/dialogue/dialogue.h"
#include "assistant/dialogue/posted_files.h"
#include "assistant/dialogue/words.h"
#include "assistant/executor/tool_versions.h"
#include "assistant/planner/prompts.h"
#include "base/log.h"

namespace troupe::assistant::dialogue {
namespace {

/// A model may have written it.
constexpr std::size_t kMostQuestionBytes = 2'000;

Result<Unit> check(const Utterance& utterance) {
  if (utterance.text.size() > kMostTextBytes) return Error(Errc::too_large, "The text is longer than 16 KiB.");
  if (utterance.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return Error(Errc::invalid_param, "The text is empty.");
  }
  if (utterance.files.size() > kMostFiles) return Error(Errc::too_large, "At most ten files go with a text.");
  for (const auto* list : {&utterance.files, &utterance.file_names}) {
    if (list->size() > kMostFiles) return Error(Errc::too_large, "At most ten files go with a text.");
    for (const auto& each : *list) {
      if (each.size() > kMostFileNameBytes) return Error(Errc::too_large, "A file's name is too long.");
    }
  }
  return Unit{};
}

/// Of a task that waits for no answer. In the seed's words.
Error not_asking(const tasks::TaskRecord& task) {
  auto refused = tasks::advance(task.id, task.phase, tasks::Trigger::answer);
  if (!refused) return std::move(refused).error();
  return Error(Errc::conflict, "The question was answered already.").with_status(400);
}

/// What came out of a task before, for a model to take inputs from.
std::optional<planner::Material> result_of(const tasks::TaskRecord& task) {
  if (task.phase != tasks::Phase::done || !task.result) return std::nullopt;
  return planner::Material{.name = task.spec.service + "." + task.spec.intent,
                           .text = tasks::cut(boost::json::serialize(*task.result), planner::kMostMaterialBytes)};
}

/// How it came to this, with what was said about it `before`: the router is asked once.
matrix::JsonObject explanation_of(const planner::Outcome& outcome, matrix::JsonObject before = {}) {
  constexpr std::string_view kAsked[] = {"service", "intent", "inputs"};
  constexpr std::size_t kMostMissing = 8;
  before.erase("asked");
  before.erase("missing");
  for (const auto& [key, value] : std::visit([](const auto& each) { return each.explanation; }, outcome)) {
    before[key] = value;
  }
  if (const auto* question = std::get_if<planner::Question>(&outcome)) {
    before["asked"] = kAsked[static_cast<std::size_t>(question->pending.asked)];
    const auto missing = question->pending.missing | std::views::take(kMostMissing);
    if (!missing.empty()) before["missing"] = matrix::JsonArray(missing.begin(), missing.end());
  }
  return before;
}

std::string label_of(const tasks::Question& question, std::size_t choice) {
  return fmt::format("{}. {}", choice + 1, question.choices[choice].label);
}

}  // namespace

tasks::QuestionDraft draft_of(const std::string& text, planner::Pending& pending) {
  tasks::QuestionDraft draft{
      .kind = pending.options.empty() ? tasks::QuestionKind::answer : tasks::QuestionKind::choice,
      .text = tasks::cut(tasks::storable(text), kMostQuestionBytes)};
  std::set<std::string> taken;
  for (std::size_t i = 0; i < pending.options.size(); ++i) {
    auto& option = pending.options[i];
    // Choices of a schema may be empty or long: then the number is the id.
    if (option.id.empty() || option.id.size() > tasks::kMaxNameBytes || taken.contains(option.id)) {
      option.id = fmt::format("choice-{}", i + 1);
    }
    taken.insert(option.id);
    draft.choices.push_back({.id = option.id, .label = option.label, .value = option.value});
  }
  return draft;
}

Task<Reply> Dialogue::chat(tasks::Who who, Utterance utterance, std::chrono::milliseconds patience) {
  const auto began = std::chrono::steady_clock::now();
  CO_TRY(check(utterance));
  CO_TRY(const auto seat, seats_.take(who));
  auto reply = co_await chat_seated(std::move(who), std::move(utterance), patience);
  count(reply, began);
  co_return reply;
}

Task<Unit> Dialogue::say_user(tasks::Who who, std::string conversation_id, const Utterance& utterance,
                              std::string task_id) {
  auto text = utterance.text;
  for (const auto& name : utterance.file_names) text += "\n[file: " + name + "]";
  CO_TRY(auto message, co_await uses_.conversations.say(who, conversation_id, tasks::Role::user, text, task_id));
  co_return Unit{};
}

Task<Reply> Dialogue::chat_seated(tasks::Who who, Utterance utterance, std::chrono::milliseconds patience) {
  if (!utterance.task_id.empty()) {
    CO_TRY(auto view, co_await uses_.tasks.find(who, utterance.task_id));
    if (tasks::is_ended(view.task.phase) && wants_undo(utterance.text)) {
      CO_TRY(co_await say_user(who, view.task.conversation_id, utterance, view.task.id));
      co_return co_await undo_said(who, std::move(view.task));
    }
    if (!view.question) co_return not_asking(view.task);
    CO_TRY(auto ground, co_await uses_.planning.ground(who.tenant_id));
    co_return co_await chat_about(who, std::move(view), std::move(ground), std::move(utterance), patience);
  }
  CO_TRY(auto ground, co_await uses_.planning.ground(who.tenant_id));
  CO_TRY(const auto conversation, co_await uses_.conversations.open(who, utterance.conversation_id, utterance.text));
  CO_TRY(auto newest, co_await uses_.tasks.page(who, {.conversation_id = conversation.id}, 0, 1));
  const bool waits = !newest.empty() && (newest.front().status() == tasks::Status::awaiting_user ||
                                         newest.front().phase == tasks::Phase::planned);
  if (waits) {
    CO_TRY(auto view, co_await uses_.tasks.find(who, newest.front().id));
    if (view.question ? meant_by(*view.question, utterance.text, ground) != Meant::request
                      : is_consent(utterance.text) || planner::is_refusal(utterance.text)) {
      co_return co_await chat_about(who, std::move(view), std::move(ground), std::move(utterance), patience);
    }
  }
  if (!newest.empty() && tasks::is_ended(newest.front().phase) && wants_undo(utterance.text)) {
    CO_TRY(co_await say_user(who, conversation.id, utterance, newest.front().id));
    co_return co_await undo_said(who, std::move(newest.front()));
  }
  CO_TRY(co_await say_user(who, conversation.id, utterance, {}));
  co_return co_await request(who, conversation.id, std::move(ground),
                             {.text = utterance.text,
                              .today = today(utterance.today),
                              .person = utterance.person,
                              .files = utterance.files,
                              .file_names = utterance.file_names,
                              .before = newest.empty() ? std::nullopt : result_of(newest.front())});
}

Task<Reply> Dialogue::chat_about(tasks::Who who, tasks::TaskView view, Ground ground, Utterance utterance,
                                 std::chrono::milliseconds patience) {
  CO_TRY(co_await say_user(who, view.task.conversation_id, utterance, view.task.id));
  const auto choice = view.question ? choice_meant(*view.question, utterance.text, ground) : std::nullopt;
  if (!choice && planner::is_refusal(utterance.text)) co_return co_await leave(who, std::move(view), {});
  // Neither a plan nor an approval is confirmed by words alone: what it comes to is shown once more.
  if (!view.question) co_return co_await told(who, std::move(view), true);
  Given given{.words = utterance.text, .choice = choice, .today = today(utterance.today), .files = utterance.files};
  co_return co_await answer_question(who, std::move(view), std::move(ground), std::move(given), patience);
}

Task<Reply> Dialogue::request(tasks::Who who, std::string conversation_id, Ground ground, Request request) {
  auto outcome = co_await uses_.planning.plan(who, ground, request);
  PlanningState state{.files = request.files};
  outcome = with_files(std::move(outcome), state.files, ground.offer->planner(), uses_.clock.unix_ms());
  state.explanation = explanation_of(outcome);
  if (auto* none = std::get_if<planner::Nothing>(&outcome)) {
    co_return co_await said(who, {.kind = ReplyKind::nothing,
                                  .conversation_id = conversation_id,
                                  .message = none->message,
                                  .explanation = std::move(state.explanation)});
  }
  tasks::TaskDraft draft{.conversation_id = conversation_id, .spec = {}};
  if (auto* question = std::get_if<planner::Question>(&outcome)) {
    draft.question = draft_of(question->text, question->pending);
    draft.spec = spec_of(std::move(question->pending), std::move(state));
  } else {
    draft.spec = spec_of(std::get<planner::Plan>(std::move(outcome)), std::move(state));
    executor::bind_tools(*ground.offer, draft.spec);
  }
  CO_TRY(auto view, co_await uses_.tasks.create(who, std::move(draft)));
  co_return co_await told(who, std::move(view));
}

Task<Reply> Dialogue::answer(tasks::Who who, std::string task_id, tasks::Answer answer,
                             std::chrono::milliseconds patience) {
  if (answer.text.size() > kMostTextBytes) co_return Error(Errc::too_large, "The text is longer than 16 KiB.");
  CO_TRY(const auto seat, seats_.take(who));
  CO_TRY(auto view, co_await uses_.tasks.find(who, task_id));
  if (!view.question || (!answer.question_id.empty() && answer.question_id != view.question->id)) {
    co_return not_asking(view.task);
  }
  const auto& question = *view.question;
  CO_TRY(auto ground, co_await uses_.planning.ground(who.tenant_id));
  std::optional<std::size_t> choice;
  if (!answer.choice_id.empty()) {
    const auto found = std::ranges::find(question.choices, answer.choice_id, &tasks::Choice::id);
    if (found == question.choices.end()) co_return Error(Errc::invalid_param, "There is no such choice.");
    choice = static_cast<std::size_t>(found - question.choices.begin());
  } else if (answer.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    co_return Error(Errc::invalid_param, "The answer is empty.");
  } else {
    choice = choice_meant(question, answer.text, ground);
  }
  auto words = choice && answer.text.empty() ? label_of(question, *choice) : answer.text;
  CO_TRY(co_await uses_.conversations.say(who, view.task.conversation_id, tasks::Role::user, words, task_id));
  if (!choice && planner::is_refusal(words)) co_return co_await leave(who, std::move(view), {});
  Given given{.words = std::move(words), .choice = choice, .today = today({})};
  co_return co_await answer_question(who, std::move(view), std::move(ground), std::move(given), patience);
}

Task<Reply> Dialogue::answer_question(tasks::Who who, tasks::TaskView view, Ground ground, Given given,
                                      std::chrono::milliseconds patience) {
  const auto& question = *view.question;
  if (question.of_planner) {
    co_return co_await answer_planner(who, std::move(view), std::move(ground), std::move(given));
  }
  tasks::Answer answer{.text = given.words, .question_id = question.id};
  if (given.choice) {
    answer = {.choice_id = question.choices[*given.choice].id, .question_id = question.id};
  } else if (!question.choices.empty()) {
    auto reply = co_await standing(who, std::move(view));
    reply.message = "That is none of these choices. " + reply.message;
    co_return co_await said(who, std::move(reply));
  }
  CO_TRY(auto taken, co_await uses_.tasks.resume(who, view.task.id, std::move(answer)));
  co_return co_await go_on(who, std::move(taken), patience);
}

Task<Reply> Dialogue::answer_planner(tasks::Who who, tasks::TaskView view, Ground ground, Given given) {
  const auto question = *view.question;
  const auto choice = given.choice;
  auto state = read_planning_state(view.task.spec.planning);
  if (!state.pending) {
    co_return co_await leave(who, std::move(view), "I cannot go on with this any more. Say again what you want.");
  }
  const auto pending = *state.pending;
  const auto& planner = ground.offer->planner();
  for (auto& file : given.files) {
    if (state.files.size() < kMostFiles) state.files.push_back(std::move(file));
  }
  // A file that was asked for is the answer; what is said beside it is about the file.
  const auto waiting = state.files.size();
  planner::Outcome outcome = planner::Question{.text = question.text, .pending = pending, .explanation = {}};
  outcome = with_files(std::move(outcome), state.files, planner, uses_.clock.unix_ms());
  if (state.files.size() == waiting) {
    // Choices are the options in their order; ids may be numbers, which as words would mean places.
    const bool is_option = choice && *choice < pending.options.size();
    outcome = is_option ? planner.chosen(pending, *choice, given.today)
                        : planner.answer(pending, choice ? question.choices[*choice].id : given.words, given.today);
    outcome = with_files(std::move(outcome), state.files, planner, uses_.clock.unix_ms());
  }
  state.explanation = explanation_of(outcome, std::move(state.explanation));
  if (auto* none = std::get_if<planner::Nothing>(&outcome)) {
    co_return co_await leave(who, std::move(view), std::move(none->message));
  }
  std::optional<tasks::Answer> answer;
  if (choice) {
    answer = {.choice_id = question.choices[*choice].id, .question_id = question.id};
  } else if (question.choices.empty()) {
    answer = {.text = given.words, .question_id = question.id};
  }
  std::optional<tasks::QuestionDraft> draft;
  tasks::TaskSpec spec;
  if (auto* next = std::get_if<planner::Question>(&outcome)) {
    draft = draft_of(next->text, next->pending);
    spec = spec_of(std::move(next->pending), std::move(state));
  } else {
    spec = spec_of(std::get<planner::Plan>(std::move(outcome)), std::move(state));
    executor::bind_tools(*ground.offer, spec);
  }
  CO_TRY(auto changed,
         co_await uses_.tasks.plan(who, view.task.id, std::move(answer), std::move(spec), std::move(draft)));
  if (choice && pending.asked == planner::Asked::service) {
    const auto* service = question.choices[*choice].value.if_string();
    const std::string name(service != nullptr ? matrix::view(*service) : std::string_view());
    if (auto learned = co_await uses_.lessons.add(who, view.task.id, pending.text, name); !learned) {
      base::log_info("assistant", "A choice was not learned.", {{"reason", learned.error().message()}});
    }
  }
  co_return co_await told(who, std::move(changed));
}

Task<Reply> Dialogue::undo_said(tasks::Who who, tasks::TaskRecord task) {
  auto conversation_id = task.conversation_id;
  // Of one that was not gone through with, what it was to undo is meant.
  const bool given_up = tasks::is_undo(task) && task.phase != tasks::Phase::done;
  auto undone = co_await undo(who, given_up ? task.parent_task : task.id);
  if (undone) co_return undone;
  const auto code = undone.error().code();
  if (code != Errc::invalid_param && code != Errc::conflict) co_return undone;
  co_return co_await said(
      who,
      {.kind = ReplyKind::nothing, .conversation_id = std::move(conversation_id), .message = undone.error().message()});
}

Task<Reply> Dialogue::leave(tasks::Who who, tasks::TaskView view, std::string message) {
  CO_TRY(auto task, co_await uses_.tasks.cancel(who, view.task.id));
  uses_.executor.wake(task.id);
  auto reply = co_await standing(who, {.task = std::move(task)});
  if (!message.empty()) reply.message = std::move(message);
  co_return co_await said(who, std::move(reply));
}

}  // namespace troupe::assistant::dialogue
