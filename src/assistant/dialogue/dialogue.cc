#include "assistant/dialogue/dialogue.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "assistant/dialogue/file_words.h"
#include "assistant/dialogue/words.h"
#include "assistant/executor/commands.h"
#include "assistant/executor/targets.h"
#include "assistant/executor/tool_versions.h"
#include "assistant/executor/undo.h"
#include "base/log.h"

namespace troupe::assistant::dialogue {
namespace {

ReplyKind kind_of(const tasks::TaskView& view) {
  using tasks::Phase;
  switch (view.task.phase) {
    case Phase::planned:
      return ReplyKind::plan;
    case Phase::awaiting_choice:
    case Phase::awaiting_answer:
    case Phase::unknown_outcome:
      return ReplyKind::question;
    case Phase::awaiting_approval:
      return ReplyKind::approval;
    case Phase::executing:
    case Phase::cancelling:
      return ReplyKind::running;
    case Phase::done:
      return ReplyKind::result;
    case Phase::failed:
    case Phase::rejected:
    case Phase::cancelled:
      return ReplyKind::failed;
  }
  return ReplyKind::failed;
}

/// The person whose task it is: what the assistant says of it stands in their conversation, whoever approved.
tasks::Who owner_of(const tasks::TaskRecord& task) {
  return {.tenant_id = task.tenant_id, .principal_id = task.owner_id, .label = task.owner};
}

/// Whoever approves somebody else's task hears that it goes on, and nothing of what it found.
std::string words_for_approver(ReplyKind kind) {
  switch (kind) {
    case ReplyKind::result:
      return "Approved. It is done; whoever asked for it has the result.";
    case ReplyKind::failed:
      return "It has ended without a result; whoever asked for it knows why.";
    default:
      return "Approved. It goes on for whoever asked for it.";
  }
}

constexpr base::UnixMs kTellAfterMs = 2'000;
constexpr base::UnixMs kTellAgainMs = 30'000;
constexpr std::int64_t kMostStepsAtOnce = 500;
constexpr int kMostTellings = 20;                                   ///< pages at once
constexpr std::size_t kMostUndoBytes = 4 * tasks::kMaxInputsBytes;  ///< before what was undone already is left out

/// Errors: invalid_param; forbidden (a command).
Result<Unit> check(const services::Offer& offer, const tasks::Who& who, const tasks::TaskSpec& spec,
                   const matrix::JsonObject& inputs) {
  if (spec.service == executor::kSystem && spec.intent == executor::kRunCommand)
    return executor::may_name_command(who, inputs);
  const auto wrong = offer.catalogue().check({.service = spec.service, .intent = spec.intent, .inputs = inputs});
  if (wrong.empty()) return Unit{};
  const auto& first = wrong.front();
  return Error(Errc::invalid_param, first.pointer.empty() ? first.message : first.pointer + ": " + first.message);
}

/// Error: invalid_param (nothing is left, or could be).
Result<matrix::JsonObject> left(const matrix::JsonObject& all, std::span<const tasks::EarlierUndo> earlier) {
  auto inputs = executor::left_to_undo(all, earlier);
  if (!matrix::find_array(inputs, "calls")->empty()) return inputs;
  const auto kept = kept_words(inputs);
  return Error(Errc::invalid_param, kept.empty() ? std::string("The task did nothing that could be undone.")
                                                 : "Nothing of it can be undone:" + kept);
}

}  // namespace

Dialogue::Dialogue(const Uses& uses)
    : uses_(uses),
      chats_(uses.metrics.counter("troupe_assistant_chats_total",
                                  "What people said to the assistant, by what came of it.", {"outcome"})),
      seconds_(uses.metrics.histogram("troupe_assistant_chat_seconds", "From what a person said to the reply.", {})
                   .with({})) {}

std::chrono::year_month_day Dialogue::today(const std::optional<std::chrono::year_month_day>& given) const {
  if (given && given->ok()) return *given;
  const std::chrono::sys_time<std::chrono::milliseconds> now{std::chrono::milliseconds(uses_.clock.unix_ms())};
  return std::chrono::floor<std::chrono::days>(now);
}

Task<Reply> Dialogue::said(tasks::Who who, Reply reply, bool again) {
  const auto redactor = uses_.secrets.redactor(who.tenant_id);
  reply.message = tasks::cut(redactor->text(reply.message), tasks::kMaxMessageBytes / 2);
  reply.explanation = redactor->json(reply.explanation);
  if (reply.view) {
    CO_TRY(const auto message, co_await uses_.conversations.tell(who, reply.conversation_id, reply.message,
                                                                 tasks::Standing(reply.view->task), again));
    co_return reply;
  }
  auto done = co_await uses_.conversations.say(who, reply.conversation_id, tasks::Role::assistant, reply.message);
  if (!done && done.error().code() != Errc::limit_exceeded && done.error().code() != Errc::not_found) {
    co_return std::move(done).error();
  }
  // A full conversation still says how its tasks end.
  co_return reply;
}

asio::awaitable<std::vector<executor::Preview>> Dialogue::steps_of(tasks::Who who, const tasks::TaskRecord& task,
                                                                   const services::Offer* offer) {
  auto steps = co_await uses_.executor.preview(who, task.spec);
  if (steps && !steps->empty()) co_return *std::move(steps);
  if (!steps) {
    base::log_info("assistant", "A plan's calls cannot be shown; the plan is.",
                   {{"task", task.id}, {"reason", steps.error().message()}});
  }
  const auto* intent = offer != nullptr ? offer->catalogue().find(task.spec.service, task.spec.intent) : nullptr;
  executor::Preview whole{.path = {},
                          .action = task.spec.service + "." + task.spec.intent,
                          .description = intent != nullptr ? planner::spoken_name(*intent) : std::string(),
                          .args = task.spec.inputs,
                          .writes = intent == nullptr || intent->writes,
                          .needs_approval = task.spec.borrowed};
  std::vector<executor::Preview> out;
  out.push_back(std::move(whole));
  co_return out;
}

asio::awaitable<Reply> Dialogue::standing(tasks::Who who, tasks::TaskView view) {
  Reply reply{.kind = kind_of(view), .conversation_id = view.task.conversation_id, .message = {}};
  switch (reply.kind) {
    case ReplyKind::plan: {
      const auto ground = co_await uses_.planning.ground(who.tenant_id);
      const auto* offer = ground ? ground->offer.get() : nullptr;
      reply.steps = co_await steps_of(who, view.task, offer);
      const auto title =
          offer != nullptr ? std::string(offer->catalogue().title_of(view.task.spec.service)) : view.task.spec.service;
      reply.message = executor::is_undo(view.task.spec) ? undo_words(view.task.spec.inputs)
                                                        : plan_words(title, reply.steps, view.task.spec.borrowed);
      break;
    }
    case ReplyKind::question:
      reply.message = view.question ? question_words(*view.question) : "Something was asked.";
      break;
    case ReplyKind::approval:
      reply.message = view.approval ? approval_words(*view.approval) : "This needs an approval.";
      break;
    case ReplyKind::running:
      reply.message = running_words(view.task);
      break;
    case ReplyKind::result:
      reply.message = result_words(view.task) + file_words(view.files);
      break;
    case ReplyKind::failed:
    case ReplyKind::nothing:
      reply.message = failure_words(view.task) + file_words(view.files);
      break;
  }
  reply.explanation = read_planning_state(view.task.spec.planning).explanation;
  reply.view = std::move(view);
  for (auto& step : reply.steps) step.args = uses_.secrets.redactor(who.tenant_id)->json(step.args);
  reply.message = uses_.secrets.redactor(who.tenant_id)->text(reply.message);
  co_return reply;
}

Task<Reply> Dialogue::told(tasks::Who who, tasks::TaskView view, bool again) {
  auto reply = co_await standing(who, std::move(view));
  co_return co_await said(who, std::move(reply), again);
}

Task<Unit> Dialogue::tell_untold() {
  // Whoever made it so says it in the next moment, and in words of its own.
  const auto now = uses_.clock.unix_ms();
  const auto before = now - kTellAfterMs;
  // Further ahead than anything is put off: it was written down before the clock was set back.
  const auto behind = now + 2 * kTellAgainMs;
  for (int rounds = 0; rounds < kMostTellings; ++rounds) {
    CO_TRY(auto untold, co_await uses_.tasks.untold(before, behind));
    for (auto& view : untold) {
      const auto task_id = view.task.id;
      auto said = co_await tell(std::move(view));
      if (said) continue;
      base::log_info("assistant", "How a task stands could not be said in its conversation yet.",
                     {{"task", task_id}, {"reason", said.error().message()}});
      CO_TRY(co_await uses_.tasks.tell_later(task_id, uses_.clock.unix_ms() + kTellAgainMs));
    }
    if (untold.empty()) break;
  }
  co_return Unit{};
}

Task<Unit> Dialogue::tell(tasks::TaskView view) {
  const auto owner = owner_of(view.task);
  CO_TRY(const auto reply, co_await told(owner, std::move(view)));
  co_return Unit{};
}

Task<Reply> Dialogue::go_on(tasks::Who who, tasks::Taken taken, std::chrono::milliseconds patience) {
  const auto id = taken.task.id;
  const auto owner = owner_of(taken.task);
  const bool is_owner = owner.principal_id == who.principal_id;
  uses_.executor.start(std::move(taken));
  // It goes on whether or not somebody waits.
  if (auto over = co_await uses_.executor.settled(id, patience); !over) {
    base::log_warning("assistant", "A task cannot be waited for.", {{"task", id}, {"reason", over.error().message()}});
  }
  CO_TRY(auto view, co_await uses_.tasks.find(owner, id));
  CO_TRY(auto reply, co_await told(owner, std::move(view)));
  if (is_owner) co_return reply;
  co_return Reply{
      .kind = reply.kind == ReplyKind::result || reply.kind == ReplyKind::failed ? reply.kind : ReplyKind::running,
      .conversation_id = {},
      .message = words_for_approver(reply.kind)};
}

Task<Reply> Dialogue::execute(tasks::Who who, std::string task_id, std::chrono::milliseconds patience) {
  CO_TRY(auto taken, co_await uses_.tasks.execute(who, task_id));
  co_return co_await go_on(who, std::move(taken), patience);
}

Task<Reply> Dialogue::approve(tasks::Who who, std::string approval_id, std::string digest,
                              std::chrono::milliseconds patience) {
  CO_TRY(auto taken, co_await uses_.tasks.approve(who, approval_id, digest));
  co_return co_await go_on(who, std::move(taken), patience);
}

Task<Reply> Dialogue::reject(tasks::Who who, std::string approval_id, std::string digest, std::string reason) {
  CO_TRY(auto task, co_await uses_.tasks.reject(who, approval_id, digest, reason));
  const auto owner = owner_of(task);
  CO_TRY(auto reply, co_await told(owner, {.task = std::move(task)}));
  if (owner.principal_id == who.principal_id) co_return reply;
  co_return Reply{.kind = ReplyKind::failed, .conversation_id = {}, .message = "Rejected: nothing of it is sent."};
}

Task<Reply> Dialogue::cancel(tasks::Who who, std::string task_id) {
  CO_TRY(auto task, co_await uses_.tasks.cancel(who, task_id));
  uses_.executor.wake(task.id);
  co_return co_await told(who, {.task = std::move(task)});
}

Task<Reply> Dialogue::look(tasks::Who who, std::string task_id) {
  CO_TRY(auto view, co_await uses_.tasks.find(who, task_id));
  const bool undoable = co_await is_undoable(who, view.task);
  auto reply = co_await standing(who, std::move(view));
  reply.undoable = undoable;
  co_return reply;
}

asio::awaitable<bool> Dialogue::is_undoable(tasks::Who who, const tasks::TaskRecord& task) {
  if (!tasks::is_ended(task.phase) || task.steps == 0 || tasks::is_undo(task)) co_return false;
  const auto earlier = co_await uses_.tasks.check_undo(who, task.id);
  if (!earlier) co_return false;
  const auto ground = co_await uses_.planning.ground(who.tenant_id);
  if (!ground) co_return false;
  const auto steps = co_await all_steps(who, task.id);
  co_return steps&& left(executor::undo_inputs(*ground->offer, task, *steps), *earlier).has_value();
}

Task<Reply> Dialogue::fork(tasks::Who who, std::string task_id, std::int64_t from_step,
                           std::optional<matrix::JsonObject> inputs) {
  // A plan that still asks has nothing to run, and neither has its copy.
  CO_TRY(const auto view, co_await uses_.tasks.find(who, task_id));
  CO_TRY(const auto ground, co_await uses_.planning.ground(who.tenant_id));
  CO_TRY(check(*ground.offer, who, view.task.spec, inputs ? *inputs : view.task.spec.inputs));
  // Its conversation may have been deleted since: then the copy begins another.
  const auto& spec = view.task.spec;
  CO_TRY(auto place,
         co_await uses_.conversations.open(who, view.task.conversation_id, spec.service + "." + spec.intent));
  CO_TRY(auto task, co_await uses_.tasks.fork(who, task_id, from_step, std::move(inputs), std::move(place.id)));
  co_return co_await told(who, {.task = std::move(task)});
}

Task<std::vector<tasks::StepRecord>> Dialogue::all_steps(tasks::Who who, std::string task_id) {
  std::vector<tasks::StepRecord> all;
  for (;;) {
    CO_TRY(auto some, co_await uses_.tasks.steps(who, task_id, all.empty() ? 0 : all.back().number, kMostStepsAtOnce));
    const bool more = std::ssize(some) == kMostStepsAtOnce;
    std::ranges::move(some, std::back_inserter(all));
    if (!more) co_return all;
  }
}

Task<Reply> Dialogue::undo(tasks::Who who, std::string task_id) {
  CO_TRY(const auto view, co_await uses_.tasks.find(who, task_id));
  CO_TRY(const auto earlier, co_await uses_.tasks.check_undo(who, task_id));
  CO_TRY(const auto ground, co_await uses_.planning.ground(who.tenant_id));
  CO_TRY(const auto steps, co_await all_steps(who, task_id));
  const auto all = executor::undo_inputs(*ground.offer, view.task, steps);
  if (boost::json::serialize(all).size() > kMostUndoBytes) {
    co_return Error(Errc::too_large, "The calls that undo it are too many for one task.");
  }
  // As a fork's; where nothing can be undone nothing is begun.
  CO_TRY(const auto found, left(all, earlier));
  const auto& spec = view.task.spec;
  CO_TRY(const auto place,
         co_await uses_.conversations.open(who, view.task.conversation_id, spec.service + "." + spec.intent));
  tasks::UndoDraft draft{.service = std::string(executor::kSystem),
                         .intent = std::string(executor::kUndo),
                         .inputs = [&all](std::span<const tasks::EarlierUndo> earlier) { return left(all, earlier); },
                         .conversation_id = place.id};
  CO_TRY(auto task, co_await uses_.tasks.undo(who, task_id, std::move(draft)));
  co_return co_await told(who, {.task = std::move(task)});
}

Task<Reply> Dialogue::plan(tasks::Who who, std::string conversation_id, tasks::TaskSpec spec) {
  CO_TRY(const auto ground, co_await uses_.planning.ground(who.tenant_id));
  CO_TRY(check(*ground.offer, who, spec, spec.inputs));
  spec.planning.clear();
  executor::bind_tools(*ground.offer, spec);
  CO_TRY(const auto conversation,
         co_await uses_.conversations.open(who, conversation_id, spec.service + "." + spec.intent));
  CO_TRY(auto view, co_await uses_.tasks.create(who, {.conversation_id = conversation.id, .spec = std::move(spec)}));
  co_return co_await told(who, std::move(view));
}

void Dialogue::count(const Result<Reply>& reply, std::chrono::steady_clock::time_point began) {
  seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  chats_.with({reply ? std::string(kReplyKinds.at(static_cast<std::size_t>(reply->kind))) : "refused"}).add();
}

}  // namespace troupe::assistant::dialogue
