#include "assistant/dialogue/dialogue.h"

#include "assistant/dialogue/words.h"
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

/// Error: invalid_param.
Result<Unit> check(const services::Offer& offer, const tasks::TaskSpec& spec, const matrix::JsonObject& inputs) {
  const auto wrong = offer.catalogue().check({.service = spec.service, .intent = spec.intent, .inputs = inputs});
  if (wrong.empty()) return Unit{};
  const auto& first = wrong.front();
  return Error(Errc::invalid_param, first.pointer.empty() ? first.message : first.pointer + ": " + first.message);
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

Task<Reply> Dialogue::said(tasks::Who who, Reply reply) {
  const auto redactor = uses_.secrets.redactor(who.tenant_id);
  reply.message = tasks::cut(redactor->text(reply.message), tasks::kMaxMessageBytes / 2);
  reply.explanation = redactor->json(reply.explanation);
  const auto task_id = reply.view ? reply.view->task.id : std::string();
  auto done =
      co_await uses_.conversations.say(who, reply.conversation_id, tasks::Role::assistant, reply.message, task_id);
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
      reply.message = plan_words(title, reply.steps, view.task.spec.borrowed);
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
      reply.message = result_words(view.task);
      break;
    case ReplyKind::failed:
    case ReplyKind::nothing:
      reply.message = failure_words(view.task);
      break;
  }
  reply.view = std::move(view);
  for (auto& step : reply.steps) step.args = uses_.secrets.redactor(who.tenant_id)->json(step.args);
  reply.message = uses_.secrets.redactor(who.tenant_id)->text(reply.message);
  co_return reply;
}

Task<Reply> Dialogue::told(tasks::Who who, tasks::TaskView view, matrix::JsonObject explanation) {
  auto reply = co_await standing(who, std::move(view));
  reply.explanation = std::move(explanation);
  co_return co_await said(who, std::move(reply));
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
  co_return co_await standing(who, std::move(view));
}

Task<Reply> Dialogue::fork(tasks::Who who, std::string task_id, std::int64_t from_step,
                           std::optional<matrix::JsonObject> inputs) {
  // A plan that still asks has nothing to run, and neither has its copy.
  CO_TRY(const auto view, co_await uses_.tasks.find(who, task_id));
  CO_TRY(const auto ground, co_await uses_.planning.ground(who.tenant_id));
  CO_TRY(check(*ground.offer, view.task.spec, inputs ? *inputs : view.task.spec.inputs));
  CO_TRY(auto task, co_await uses_.tasks.fork(who, task_id, from_step, std::move(inputs)));
  co_return co_await told(who, {.task = std::move(task)});
}

Task<Reply> Dialogue::plan(tasks::Who who, std::string conversation_id, tasks::TaskSpec spec) {
  CO_TRY(const auto ground, co_await uses_.planning.ground(who.tenant_id));
  CO_TRY(check(*ground.offer, spec, spec.inputs));
  spec.planning.clear();
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
