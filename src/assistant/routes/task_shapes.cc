#include "assistant/routes/task_shapes.h"

#include "assistant/routes/any_json.h"
#include "assistant/routes/shape_parts.h"
#include "base/encoding.h"

namespace troupe::assistant::routes {
namespace {

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
  view.undoable = reply.undoable;
  for (auto& step : reply.steps) view.steps.push_back(previewed(step));
  if (reply.view) {
    view.task = std::move(reply.view->task);
    view.question = std::move(reply.view->question);
    view.files = std::move(reply.view->files);
  }
  return view;
}

}  // namespace troupe::assistant::routes

namespace troupe::api {

using assistant::tasks::ApiCall;
using assistant::tasks::Choice;
using assistant::tasks::CommandRun;
using assistant::tasks::FileRecord;
using assistant::tasks::Question;
using assistant::tasks::StepRecord;
using assistant::tasks::TaskRecord;
using namespace assistant::routes;  // NOLINT(google-build-using-namespace): the shapes of that folder
namespace as_tasks = assistant::tasks;

Shape<TaskRecord> make_shape(Of<TaskRecord>) {
  return Shape<TaskRecord>::answer(
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
}

Shape<Choice> make_shape(Of<Choice>) {
  return Shape<Choice>::answer("AssistantChoice", {member<&Choice::id>("id"), member<&Choice::label>("label"),
                                                   member<&Choice::value>("value", {.may_lack = true})});
}

Shape<Question> make_shape(Of<Question>) {
  return Shape<Question>::answer(
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
}

Shape<ReplyView> make_shape(Of<ReplyView>) {
  return Shape<ReplyView>::answer(
      "AssistantReply",
      {member<&ReplyView::kind>("kind", {.description = "plan: nothing has run, execute it. running: look again.",
                                         .one_of = assistant::dialogue::kReplyKinds}),
       member<&ReplyView::conversation_id>("conversation_id"),
       member<&ReplyView::message>("message", {.description = "For the person, Markdown."}),
       member<&ReplyView::task>("task"), member<&ReplyView::question>("question"),
       member<&ReplyView::approval>("approval"),
       member<&ReplyView::steps>("steps", {.description = "The calls of a plan."}),
       member<&ReplyView::files>("files", {.description = "That services answered with, so far."}),
       member<&ReplyView::explanation>("explanation", {.description = "How it was understood."}),
       member<&ReplyView::undoable>("undoable",
                                    {.description = "GET of a task that has ended: there is something left that its "
                                                    "services can undo."})});
}

Shape<StepRecord> make_shape(Of<StepRecord>) {
  return Shape<StepRecord>::answer(
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
}

Shape<FileRecord> make_shape(Of<FileRecord>) {
  return Shape<FileRecord>::answer(
      "AssistantTaskFile",
      {made<[](const FileRecord& file) { return file.id(); }>("file_id"),
       member<&FileRecord::step>("step", {.description = "The number of the one whose answer it was."}),
       member<&FileRecord::name>("name"),
       member<&FileRecord::type>("type", {.description = "Media type by its bytes, not by what the service says."}),
       member<&FileRecord::bytes>("bytes"),
       member<&FileRecord::kept>("kept", {.description = "false: there was no room for it, and it cannot be had."}),
       made<[](const FileRecord& file) {
         return file.kept ? "/api/v1/tasks/" + base::percent_encode(file.task_id) + "/files/" + file.id()
                          : std::string();
       }>("path", {.description = "Where it is downloaded from.", .may_lack = true})});
}

Shape<ApiCall> make_shape(Of<ApiCall>) {
  return Shape<ApiCall>::answer(
      "AssistantCall",
      {member<&ApiCall::id>("call_id"), member<&ApiCall::step>("step", {.description = "Its number."}),
       member<&ApiCall::service>("service"), member<&ApiCall::method>("method"), member<&ApiCall::url>("url"),
       member<&ApiCall::request>("request", {.may_lack = true}), member<&ApiCall::response>("response"),
       member<&ApiCall::status>("status", {.description = "Absent: no answer came."}),
       member<&ApiCall::latency_ms>("latency_ms"), member<&ApiCall::error>("error", {.may_lack = true}),
       time<&ApiCall::created_ms>("created_at")});
}

Shape<CommandRun> make_shape(Of<CommandRun>) {
  return Shape<CommandRun>::answer(
      "AssistantCommand",
      {member<&CommandRun::id>("command_id"), member<&CommandRun::step>("step"),
       member<&CommandRun::command>("command"),
       made<[](const CommandRun& run) { return std::vector<matrix::Json>(run.args.begin(), run.args.end()); }>("args"),
       member<&CommandRun::cwd>("cwd", {.may_lack = true}), member<&CommandRun::mode>("mode"),
       member<&CommandRun::exit_code>("exit_code"), member<&CommandRun::out>("out", {.may_lack = true}),
       member<&CommandRun::err>("err", {.may_lack = true}), member<&CommandRun::duration_ms>("duration_ms"),
       member<&CommandRun::error>("error", {.description = "Why it was refused or did not start.", .may_lack = true}),
       time<&CommandRun::created_ms>("created_at")});
}

Shape<StepNews> make_shape(Of<StepNews>) {
  return Shape<StepNews>::part(
      {member<&StepNews::step, &StepRecord::number>("number"), member<&StepNews::step, &StepRecord::path>("path"),
       member<&StepNews::step, &StepRecord::action>("action"),
       made<[](const StepNews& news) { return word_of(as_tasks::kStepStatuses, news.step.status); }>("status"),
       member<&StepNews::step, &StepRecord::writes>("writes"),
       member<&StepNews::step, &StepRecord::error>("error", {.may_lack = true})});
}

Shape<PlanBody> make_shape(Of<PlanBody>) {
  return Shape<PlanBody>::request(
      "AssistantPlan",
      {member<&PlanBody::service>("service", {.least = 1, .most = kMaxNameLength}),
       member<&PlanBody::intent>("intent", {.least = 1, .most = kMaxNameLength}),
       member<&PlanBody::inputs>("inputs", {.may_lack = true}),
       member<&PlanBody::conversation_id>(
           "conversation_id", {.description = "Absent: a new one.", .most = kMaxNameLength, .may_lack = true})});
}

Shape<AnswerBody> make_shape(Of<AnswerBody>) {
  return Shape<AnswerBody>::request(
      "AssistantAnswer", {member<&AnswerBody::choice_id>("choice_id", {.most = kMaxNameLength, .may_lack = true}),
                          member<&AnswerBody::text>("text", {.description = "Where the question has no choices.",
                                                             .most = as_tasks::kMaxMessageBytes,
                                                             .may_lack = true})});
}

Shape<ForkBody> make_shape(Of<ForkBody>) {
  return Shape<ForkBody>::request(
      "AssistantFork",
      {member<&ForkBody::from_step>("from_step",
                                    {.description = "The steps before this number stand as they are.", .least = 1}),
       member<&ForkBody::inputs>("inputs", {.description = "In place of the task's."})});
}

}  // namespace troupe::api

namespace troupe::assistant::routes {

void add_task_shapes(const api::Kit& kit) {
  api::add_shapes_of<tasks::TaskRecord, tasks::Choice, tasks::Question, ReplyView, tasks::StepRecord, tasks::FileRecord,
                     tasks::ApiCall, tasks::CommandRun, PlanBody, AnswerBody, ForkBody>(kit);
  api::add_shape(kit, "AssistantTasks", list_from<tasks::TaskRecord>());
  api::add_shape(kit, "AssistantQuestions", list_from<tasks::Question>());
  api::add_shape(kit, "AssistantSteps", list_after<tasks::StepRecord>());
  api::add_shape(kit, "AssistantCalls", list_after_cursor<tasks::ApiCall>());
  api::add_shape(kit, "AssistantExchanges", api::items_schema<tasks::ApiCall>());
  api::add_shape(kit, "AssistantCommands", list_after_cursor<tasks::CommandRun>());
}

}  // namespace troupe::assistant::routes
