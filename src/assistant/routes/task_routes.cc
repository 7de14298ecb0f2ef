// /api/v1/tasks: a person's own tasks, and what a person does with them.
#include "api/words.h"
#include "assistant/routes/lists.h"
#include "assistant/routes/routes.h"
#include "assistant/routes/task_shapes.h"
#include "assistant/routes/waiting.h"

namespace troupe::assistant::routes {
namespace {

using namespace api::words;

constexpr std::int64_t kMostTasks = 50;

Result<std::optional<tasks::Status>> wanted_status(const net::http::Request& request) {
  TRY(const auto word,
      net::route::query_choice(request, "status", {"planned", "awaiting_user", "executing", "done", "error"}));
  if (!word) return std::optional<tasks::Status>();
  const auto found = std::ranges::find(tasks::kStatuses, *word);
  return std::optional(static_cast<tasks::Status>(found - tasks::kStatuses.begin()));
}

Task<Response> list_tasks(AssistantApi& api, Call& call) {
  CO_TRY(const auto at, part_of(call.request, kMostTasks));
  CO_TRY(const auto status, wanted_status(call.request));
  CO_TRY(auto conversation, net::route::query_search(call.request, "conversation_id"));
  CO_TRY(auto service, net::route::query_search(call.request, "service"));
  CO_TRY(const auto found,
         co_await api.assistant(call).page(
             {.conversation_id = std::move(conversation), .service = std::move(service), .status = status}, at.from,
             at.limit));
  std::optional<boost::json::value> rest;
  if (std::ssize(found) == at.limit) rest = at.from + at.limit;
  co_return reply(part(api::write_all(found), "next_from", std::move(rest)));
}

Response answered(const OwnAssistant& own, dialogue::Reply said, int status = 200) {
  return api::answer(reply_view(own, std::move(said)), status);
}

Task<Response> plan_task(AssistantApi& api, Call& call) {
  CO_TRY(auto body, api::body_of<PlanBody>(call));
  const auto own = api.assistant(call);
  // A mistyped conversation is a mistake here; it is no reason to begin another.
  if (!body.conversation_id.empty()) CO_TRY(co_await own.conversation(body.conversation_id));
  tasks::TaskSpec spec{
      .service = std::move(body.service), .intent = std::move(body.intent), .inputs = std::move(body.inputs)};
  CO_TRY(auto said, co_await own.plan(std::move(body.conversation_id), std::move(spec)));
  co_return answered(own, std::move(said), 201);
}

Task<Response> show_task(AssistantApi& api, Call& call) {
  const auto own = api.assistant(call);
  CO_TRY(auto said, co_await own.look(call.param("task_id")));
  co_return answered(own, std::move(said));
}

/// What became of a task that goes no further; nothing: it may still.
std::string_view words_of(tasks::Phase phase) {
  switch (phase) {
    case tasks::Phase::cancelled:
      return "The task was cancelled.";
    case tasks::Phase::cancelling:
      return "The task is being cancelled.";
    case tasks::Phase::rejected:
      return "The task's calls were rejected: none of it runs.";
    case tasks::Phase::failed:
      return "The task has failed. Begin it anew.";
    case tasks::Phase::done:
      return "The task is done.";
    case tasks::Phase::executing:
      return "The task is running.";
    default:
      return {};
  }
}

/// The earlier face (chat_routes.cc) has the words that its clients know; here a refusal says what became of the task.
Task<dialogue::Reply> in_plain_words(OwnAssistant own, std::string task_id, Result<dialogue::Reply> said) {
  if (said || said.error().code() != Errc::conflict) co_return said;
  const auto found = co_await own.find(std::move(task_id));
  const auto words = found ? words_of(found->task.phase) : std::string_view();
  if (words.empty()) co_return said;
  co_return Error(Errc::conflict, std::string(words), said.error().detail()).with_status(said.error().http_status());
}

Task<Response> execute_task(AssistantApi& api, Call& call) {
  CO_TRY(const auto patience, patience_of(call.request));
  const auto own = api.assistant(call);
  const auto& task_id = call.param("task_id");
  auto tried = co_await own.execute(task_id, patience);
  CO_TRY(auto said, co_await in_plain_words(own, task_id, std::move(tried)));
  co_return answered(own, std::move(said));
}

Task<Response> answer_task(AssistantApi& api, Call& call) {
  CO_TRY(const auto patience, patience_of(call.request));
  CO_TRY(auto body, api::body_of<AnswerBody>(call));
  if (body.choice_id.empty() == body.text.empty()) {
    co_return Error(Errc::invalid_param, "Answer with choice_id where there are choices, else with text.");
  }
  const auto own = api.assistant(call);
  tasks::Answer given{.choice_id = std::move(body.choice_id), .text = std::move(body.text)};
  const auto& task_id = call.param("task_id");
  auto tried = co_await own.answer(task_id, std::move(given), patience);
  CO_TRY(auto said, co_await in_plain_words(own, task_id, std::move(tried)));
  co_return answered(own, std::move(said));
}

Task<Response> cancel_task(AssistantApi& api, Call& call) {
  const auto own = api.assistant(call);
  CO_TRY(auto said, co_await own.cancel(call.param("task_id")));
  co_return answered(own, std::move(said));
}

Task<Response> fork_task(AssistantApi& api, Call& call) {
  CO_TRY(auto body, api::body_of<ForkBody>(call));
  const auto own = api.assistant(call);
  CO_TRY(auto said, co_await own.fork(call.param("task_id"), body.from_step, std::move(body.inputs)));
  co_return answered(own, std::move(said), 201);
}

Task<Response> undo_task(AssistantApi& api, Call& call) {
  const auto own = api.assistant(call);
  CO_TRY(auto said, co_await own.undo(call.param("task_id")));
  co_return answered(own, std::move(said), 201);
}

void add_task_changes(const api::Group& group, AssistantApi& api) {
  constexpr std::string_view kReply = TROUPE_REF("AssistantReply");
  group.add({.method = "POST",
             .path = "/tasks",
             .summary = "Plan a task without a sentence; nothing runs yet",
             .body = TROUPE_REF("AssistantPlan"),
             .reply = kReply,
             .status = 201,
             .run = api::bind(plan_task, api)});
  group.add({.method = "POST",
             .path = "/tasks/{task_id}/execute",
             .summary = "Confirm a plan: it runs, once",
             .reply = kReply,
             .query = {wait_parameter()},
             .deadline = kWaitingDeadline,
             .waits = true,
             .run = api::bind(execute_task, api)});
  group.add({.method = "POST",
             .path = "/tasks/{task_id}/answer",
             .summary = "Answer what the task asks; it goes on",
             .body = TROUPE_REF("AssistantAnswer"),
             .reply = kReply,
             .query = {wait_parameter()},
             .deadline = kWaitingDeadline,
             .waits = true,
             .run = api::bind(answer_task, api)});
  group.add({.method = "POST",
             .path = "/tasks/{task_id}/cancel",
             .summary = "End a task: at once where nothing runs, else before its next step",
             .reply = kReply,
             .run = api::bind(cancel_task, api)});
  group.add({.method = "POST",
             .path = "/tasks/{task_id}/fork",
             .summary = "A plan of its own that has the steps before one behind it",
             .body = TROUPE_REF("AssistantFork"),
             .reply = kReply,
             .status = 201,
             .run = api::bind(fork_task, api)});
  group.add({.method = "POST",
             .path = "/tasks/{task_id}/undo",
             .summary = "A plan of its own of the calls that undo what a task did; once",
             .reply = kReply,
             .status = 201,
             .run = api::bind(undo_task, api)});
}

}  // namespace

void add_task_routes(const api::Group& group, AssistantApi& api) {
  group.add({.method = "GET",
             .path = "/tasks",
             .summary = "The caller's tasks, the newest change first",
             .reply = TROUPE_REF("AssistantTasks"),
             .query = {{.name = "conversation_id",
                        .description = "Of this conversation only",
                        .schema = R"({"type":"string","maxLength":200})"},
                       {.name = "service",
                        .description = "Of this service only",
                        .schema = R"({"type":"string","maxLength":200})"},
                       {.name = "status",
                        .description = "Those that stand so",
                        .schema = R"({"type":"string","enum":["planned","awaiting_user","executing","done","error"]})"},
                       from_parameter(),
                       limit_parameter(R"({"type":"integer","minimum":1,"maximum":50,"default":50})")},
             .run = api::bind(list_tasks, api)});
  group.add({.method = "GET",
             .path = "/tasks/{task_id}",
             .summary = "How a task stands, and what it waits for",
             .reply = TROUPE_REF("AssistantReply"),
             .run = api::bind(show_task, api)});
  add_task_changes(group, api);
}

}  // namespace troupe::assistant::routes
