#include "assistant/routes/task_shapes.h"

#include "assistant/routes/any_json.h"

namespace troupe::assistant::routes {
namespace {

constexpr std::int64_t kMaxNameLength = 200;
constexpr std::int64_t kMaxFiles = 10;
constexpr std::int64_t kMaxUriLength = 1'000;
constexpr std::int64_t kMaxTextLength = tasks::kMaxMessageBytes;

/// Empty where there is no time.
std::string time_or_nothing(base::UnixMs time) { return time == 0 ? std::string() : api::rfc3339(time); }

CallView planned_call(const matrix::Json& json) {
  CallView call;
  if (const auto* object = json.if_object()) {
    const auto text = [&](std::string_view name) {
      const auto* value = object->if_contains(name);
      const auto* found = value ? value->if_string() : nullptr;
      return found ? std::string(*found) : std::string();
    };
    call.path = text("path");
    call.action = text("action");
    if (const auto* args = object->if_contains("args"); args && args->is_object()) call.args = args->get_object();
  }
  return call;
}

std::vector<CallView> planned_calls(const tasks::Approval& approval) {
  std::vector<CallView> calls;
  calls.reserve(approval.calls.size());
  for (const auto& call : approval.calls) calls.push_back(planned_call(call));
  return calls;
}

CallView previewed(executor::Preview& step) {
  return {.path = std::move(step.path),
          .action = std::move(step.action),
          .description = std::move(step.description),
          .args = std::move(step.args),
          .writes = step.writes,
          .needs_approval = step.needs_approval};
}

}  // namespace

ReplyView reply_view(const OwnAssistant& own, dialogue::Reply reply) {
  ReplyView view{
      .kind = dialogue::kReplyKinds[static_cast<std::size_t>(reply.kind)], .conversation_id = {}, .message = {}};
  if (reply.view && reply.view->approval) {
    const bool may = own.may_decide(*reply.view->approval);
    view.approval = ApprovalView{.approval = *std::move(reply.view->approval), .can_decide = may};
  }
  if (reply.view && !own.is_own(reply.view->task.owner_id)) return view;
  view.conversation_id = std::move(reply.conversation_id);
  view.message = std::move(reply.message);
  view.explanation = std::move(reply.explanation);
  for (auto& step : reply.steps) view.steps.push_back(previewed(step));
  if (reply.view) {
    view.task = std::move(reply.view->task);
    view.question = std::move(reply.view->question);
  }
  return view;
}

}  // namespace troupe::assistant::routes

namespace troupe::api {

using assistant::tasks::ApiCall;
using assistant::tasks::Approval;
using assistant::tasks::Choice;
using assistant::tasks::CommandRun;
using assistant::tasks::Conversation;
using assistant::tasks::Message;
using assistant::tasks::Question;
using assistant::tasks::StepRecord;
using assistant::tasks::TaskRecord;
using namespace assistant::routes;  // NOLINT(google-build-using-namespace): the shapes of that folder
namespace as_tasks = assistant::tasks;

namespace {

template <class E, std::size_t N>
std::string_view word_of(const std::array<std::string_view, N>& words, E value) {
  return words[static_cast<std::size_t>(value)];
}

}  // namespace

template <>
const Shape<TaskRecord>& shape_of() {
  static const auto shape = Shape<TaskRecord>::answer(
      "AssistantTask",
      {member<&TaskRecord::id>("task_id"), member<&TaskRecord::conversation_id>("conversation_id"),
       member<&TaskRecord::owner>("owner"), member<&TaskRecord::spec, &as_tasks::TaskSpec::service>("service"),
       member<&TaskRecord::spec, &as_tasks::TaskSpec::intent>("intent"),
       member<&TaskRecord::spec, &as_tasks::TaskSpec::inputs>("inputs"),
       made<[](const TaskRecord& task) { return as_tasks::to_string(task.status()); }>("status",
                                                                                       {.one_of = as_tasks::kStatuses}),
       made<[](const TaskRecord& task) { return as_tasks::to_string(task.phase); }>(
           "phase", {.description = "The status more exactly.", .one_of = as_tasks::kPhases}),
       member<&TaskRecord::reason>("reason",
                                   {.description = "Why it failed, was rejected or cancelled.", .may_lack = true}),
       member<&TaskRecord::result>("result", {.description = "Of a task that is done."}),
       member<&TaskRecord::steps>("steps", {.description = "How many it has begun."}),
       member<&TaskRecord::parent_task>("parent_task", {.description = "It was forked from.", .may_lack = true}),
       made<[](const TaskRecord& task) {
         return task.parent_task.empty() ? std::optional<std::int64_t>() : task.parent_step;
       }>("parent_step"),
       time<&TaskRecord::created_ms>("created_at"), time<&TaskRecord::updated_ms>("updated_at")});
  return shape;
}

template <>
const Shape<Choice>& shape_of() {
  static const auto shape =
      Shape<Choice>::answer("AssistantChoice", {member<&Choice::id>("id"), member<&Choice::label>("label"),
                                                member<&Choice::value>("value", {.may_lack = true})});
  return shape;
}

template <>
const Shape<Question>& shape_of() {
  static const auto shape = Shape<Question>::answer(
      "AssistantQuestion",
      {member<&Question::id>("question_id"),
       made<[](const Question& question) { return word_of(as_tasks::kQuestionKinds, question.kind); }>(
           "kind", {.description = "unknown_outcome: nobody can know whether a write was done.",
                    .one_of = as_tasks::kQuestionKinds}),
       member<&Question::text>("text"),
       member<&Question::choices>("choices", {.description = "In the order of their numbers, 1, 2, …"}),
       member<&Question::answer>("answer"), member<&Question::answered_by>("answered_by", {.may_lack = true}),
       time<&Question::asked_ms>("asked_at"),
       made<[](const Question& question) { return time_or_nothing(question.answered_ms); }>("answered_at",
                                                                                            {.may_lack = true})});
  return shape;
}

template <>
const Shape<CallView>& shape_of() {
  static const auto shape = Shape<CallView>::answer(
      "AssistantPlannedCall",
      {member<&CallView::path>("path"), member<&CallView::action>("action"),
       member<&CallView::description>("description", {.may_lack = true}),
       member<&CallView::args>("args", {.description = "What an earlier step yields stands as its expression."}),
       member<&CallView::writes>("writes"), member<&CallView::needs_approval>("needs_approval")});
  return shape;
}

template <>
const Shape<ApprovalView>& shape_of() {
  static const auto shape = Shape<ApprovalView>::answer(
      "AssistantApproval",
      {member<&ApprovalView::approval, &Approval::id>("approval_id"),
       member<&ApprovalView::approval, &Approval::task_id>("task_id"),
       member<&ApprovalView::approval, &Approval::asker>("asker"),
       member<&ApprovalView::approval, &Approval::digest>("digest", {.description = "Of exactly these calls."}),
       made<[](const ApprovalView& view) { return planned_calls(view.approval); }>("calls"),
       made<[](const ApprovalView& view) { return word_of(as_tasks::kApprovers, view.approval.may); }>(
           "may", {.description = "Who may say yes.", .one_of = as_tasks::kApprovers}),
       member<&ApprovalView::approval, &Approval::names>("names"),
       member<&ApprovalView::approval, &Approval::why>("why", {.may_lack = true}),
       made<[](const ApprovalView& view) { return word_of(as_tasks::kApprovalStates, view.approval.state); }>(
           "state", {.one_of = as_tasks::kApprovalStates}),
       member<&ApprovalView::approval, &Approval::decider>("decider", {.may_lack = true}),
       time<&ApprovalView::approval, &Approval::asked_ms>("asked_at"),
       made<[](const ApprovalView& view) { return time_or_nothing(view.approval.decided_ms); }>("decided_at",
                                                                                                {.may_lack = true}),
       member<&ApprovalView::can_decide>("can_decide", {.description = "Whether the caller is one of them."})});
  return shape;
}

template <>
const Shape<ReplyView>& shape_of() {
  static const auto shape = Shape<ReplyView>::answer(
      "AssistantReply",
      {member<&ReplyView::kind>("kind", {.description = "plan: nothing has run, execute it. running: look again.",
                                         .one_of = assistant::dialogue::kReplyKinds}),
       member<&ReplyView::conversation_id>("conversation_id"),
       member<&ReplyView::message>("message", {.description = "For the person, Markdown."}),
       member<&ReplyView::task>("task"), member<&ReplyView::question>("question"),
       member<&ReplyView::approval>("approval"),
       member<&ReplyView::steps>("steps", {.description = "The calls of a plan."}),
       member<&ReplyView::explanation>("explanation", {.description = "How it was understood."})});
  return shape;
}

template <>
const Shape<StepRecord>& shape_of() {
  static const auto shape = Shape<StepRecord>::answer(
      "AssistantStep",
      {member<&StepRecord::number>("number", {.description = "In the order of beginning."}),
       member<&StepRecord::path>(
           "path", {.description = "Which step of the workflow, in loops and parallel parts too: 2, 2/each:17."}),
       member<&StepRecord::action>("action", {.description = "Empty: a choice, an answer or a value."}),
       made<[](const StepRecord& step) { return word_of(as_tasks::kStepStatuses, step.status); }>(
           "status", {.one_of = as_tasks::kStepStatuses}),
       member<&StepRecord::writes>("writes", {.description = "Done twice is twice done."}),
       member<&StepRecord::error>("error", {.may_lack = true}), member<&StepRecord::tries>("tries"),
       made<[](const StepRecord& step) { return time_or_nothing(step.started_ms); }>("started_at", {.may_lack = true}),
       made<[](const StepRecord& step) { return time_or_nothing(step.ended_ms); }>("ended_at", {.may_lack = true}),
       member<&StepRecord::args>("args", {.description = "Without secrets."}), member<&StepRecord::output>("output"),
       member<&StepRecord::output_cut>("output_cut",
                                       {.description = "There was more than is kept: only its size is."})});
  return shape;
}

template <>
const Shape<ApiCall>& shape_of() {
  static const auto shape = Shape<ApiCall>::answer(
      "AssistantCall",
      {member<&ApiCall::id>("call_id"), member<&ApiCall::step>("step", {.description = "Its number."}),
       member<&ApiCall::service>("service"), member<&ApiCall::method>("method"), member<&ApiCall::url>("url"),
       member<&ApiCall::request>("request", {.may_lack = true}), member<&ApiCall::response>("response"),
       member<&ApiCall::status>("status", {.description = "Absent: no answer came."}),
       member<&ApiCall::latency_ms>("latency_ms"), member<&ApiCall::error>("error", {.may_lack = true}),
       time<&ApiCall::created_ms>("created_at")});
  return shape;
}

template <>
const Shape<CommandRun>& shape_of() {
  static const auto shape = Shape<CommandRun>::answer(
      "AssistantCommand",
      {member<&CommandRun::id>("command_id"), member<&CommandRun::step>("step"),
       member<&CommandRun::command>("command"),
       made<[](const CommandRun& run) { return std::vector<matrix::Json>(run.args.begin(), run.args.end()); }>("args"),
       member<&CommandRun::cwd>("cwd", {.may_lack = true}), member<&CommandRun::mode>("mode"),
       member<&CommandRun::exit_code>("exit_code"), member<&CommandRun::out>("out", {.may_lack = true}),
       member<&CommandRun::err>("err", {.may_lack = true}), member<&CommandRun::duration_ms>("duration_ms"),
       member<&CommandRun::error>("error", {.description = "Why it was refused or did not start.", .may_lack = true}),
       time<&CommandRun::created_ms>("created_at")});
  return shape;
}

template <>
const Shape<Conversation>& shape_of() {
  static const auto shape = Shape<Conversation>::answer(
      "AssistantConversation",
      {member<&Conversation::id>("conversation_id"), member<&Conversation::title>("title"),
       member<&Conversation::messages>("messages", {.description = "How many."}),
       member<&Conversation::tasks>("tasks", {.description = "How many were ever made in it."}),
       time<&Conversation::created_ms>("created_at"), time<&Conversation::updated_ms>("updated_at")});
  return shape;
}

template <>
const Shape<Message>& shape_of() {
  static const auto shape = Shape<Message>::answer(
      "AssistantMessage",
      {member<&Message::number>("number"),
       made<[](const Message& message) { return word_of(as_tasks::kRoles, message.role); }>(
           "role", {.one_of = as_tasks::kRoles}),
       member<&Message::content>("content"), member<&Message::task_id>("task_id", {.may_lack = true}),
       time<&Message::created_ms>("created_at")});
  return shape;
}

template <>
const Shape<StepNews>& shape_of() {
  static const auto shape = Shape<StepNews>::part(
      {member<&StepNews::step, &StepRecord::number>("number"), member<&StepNews::step, &StepRecord::path>("path"),
       member<&StepNews::step, &StepRecord::action>("action"),
       made<[](const StepNews& news) { return word_of(as_tasks::kStepStatuses, news.step.status); }>("status"),
       member<&StepNews::step, &StepRecord::writes>("writes"),
       member<&StepNews::step, &StepRecord::error>("error", {.may_lack = true})});
  return shape;
}

template <>
const Shape<PlanBody>& shape_of() {
  static const auto shape = Shape<PlanBody>::request(
      "AssistantPlan",
      {member<&PlanBody::service>("service", {.least = 1, .most = kMaxNameLength}),
       member<&PlanBody::intent>("intent", {.least = 1, .most = kMaxNameLength}),
       member<&PlanBody::inputs>("inputs", {.may_lack = true}),
       member<&PlanBody::conversation_id>(
           "conversation_id", {.description = "Absent: a new one.", .most = kMaxNameLength, .may_lack = true})});
  return shape;
}

template <>
const Shape<AnswerBody>& shape_of() {
  static const auto shape = Shape<AnswerBody>::request(
      "AssistantAnswer",
      {member<&AnswerBody::choice_id>("choice_id", {.most = kMaxNameLength, .may_lack = true}),
       member<&AnswerBody::text>(
           "text", {.description = "Where the question has no choices.", .most = kMaxTextLength, .may_lack = true})});
  return shape;
}

template <>
const Shape<ForkBody>& shape_of() {
  static const auto shape = Shape<ForkBody>::request(
      "AssistantFork",
      {member<&ForkBody::from_step>("from_step",
                                    {.description = "The steps before this number stand as they are.", .least = 1}),
       member<&ForkBody::inputs>("inputs", {.description = "In place of the task's."})});
  return shape;
}

template <>
const Shape<ApproveBody>& shape_of() {
  static const auto shape = Shape<ApproveBody>::request(
      "AssistantApprove", {member<&ApproveBody::digest>("digest", {.least = 1, .most = kMaxNameLength})});
  return shape;
}

template <>
const Shape<RejectBody>& shape_of() {
  static const auto shape = Shape<RejectBody>::request(
      "AssistantReject",
      {member<&RejectBody::digest>("digest", {.least = 1, .most = kMaxNameLength}),
       member<&RejectBody::reason>("reason", {.most = as_tasks::kMaxReasonBytes, .may_lack = true})});
  return shape;
}

template <>
const Shape<PostedFile>& shape_of() {
  static const auto shape =
      Shape<PostedFile>::request({}, {member<&PostedFile::uri>("uri", {.least = 1, .most = kMaxUriLength}),
                                      member<&PostedFile::name>("name", {.most = kMaxNameLength, .may_lack = true})});
  return shape;
}

template <>
const Shape<SayBody>& shape_of() {
  static const auto shape = Shape<SayBody>::request(
      "AssistantSay",
      {member<&SayBody::text>("text", {.least = 1, .most = kMaxTextLength}),
       member<&SayBody::task_id>(
           "task_id",
           {.description = "The task whose question this answers.", .most = kMaxNameLength, .may_lack = true}),
       member<&SayBody::files>("files", {.description = "Posted with it: mxc:// addresses that the caller may read.",
                                         .most = kMaxFiles,
                                         .may_lack = true})});
  return shape;
}

}  // namespace troupe::api

namespace troupe::assistant::routes {
namespace {

/// Lists whose whole length nobody counts: `next` is the parameter's value for the rest, absent at their end.
template <class T>
boost::json::object list_of(std::string_view next, std::string_view type) {
  auto schema = api::items_schema<T>();
  schema["properties"].as_object()[next] =
      boost::json::object{{"type", type}, {"description", "For the rest. Absent: that was all."}};
  return schema;
}
template <class T>
boost::json::object list_from() {
  return list_of<T>("next_from", "integer");
}
template <class T>
boost::json::object list_after() {
  return list_of<T>("next_after", "integer");
}
template <class T>
boost::json::object list_after_cursor() {
  return list_of<T>("next_after", "string");
}

}  // namespace

void add_task_shapes(const api::Kit& kit) {
  api::add_shapes_of<tasks::TaskRecord, tasks::Choice, tasks::Question, CallView, ApprovalView, ReplyView,
                     tasks::StepRecord, tasks::ApiCall, tasks::CommandRun, tasks::Conversation, tasks::Message,
                     PlanBody, AnswerBody, ForkBody, ApproveBody, RejectBody, SayBody>(kit);
  api::add_shape(kit, "AssistantTasks", list_from<tasks::TaskRecord>());
  api::add_shape(kit, "AssistantQuestions", list_from<tasks::Question>());
  api::add_shape(kit, "AssistantTaskApprovals", list_from<ApprovalView>());
  api::add_shape(kit, "AssistantConversations", list_from<tasks::Conversation>());
  api::add_shape(kit, "AssistantSteps", list_after<tasks::StepRecord>());
  api::add_shape(kit, "AssistantMessages", list_after<tasks::Message>());
  api::add_shape(kit, "AssistantCalls", list_after_cursor<tasks::ApiCall>());
  api::add_shape(kit, "AssistantCommands", list_after_cursor<tasks::CommandRun>());
  api::add_shape(kit, "AssistantApprovals", list_after_cursor<ApprovalView>());
}

}  // namespace troupe::assistant::routes
