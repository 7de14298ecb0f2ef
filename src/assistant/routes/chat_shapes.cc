#include "assistant/routes/chat_shapes.h"

#include "assistant/routes/any_json.h"

namespace troupe::assistant::routes {
namespace {

constexpr std::string_view kTypes[] = {"clarification", "plan", "result", "error"};
constexpr std::string_view kApprove = "approve:";
constexpr std::string_view kReject = "reject:";

std::string_view type_of(dialogue::ReplyKind kind) {
  switch (kind) {
    case dialogue::ReplyKind::plan:
      return "plan";
    case dialogue::ReplyKind::result:
      return "result";
    case dialogue::ReplyKind::failed:
      return "error";
    case dialogue::ReplyKind::question:
    case dialogue::ReplyKind::approval:
    case dialogue::ReplyKind::running:
    case dialogue::ReplyKind::nothing:
      return "clarification";
  }
  return "clarification";
}

/// Its calls; one that stands for all where a plan has none of its own.
std::vector<ChatStep> steps_of(const dialogue::Reply& reply, const tasks::TaskSpec& spec) {
  std::vector<ChatStep> steps;
  for (const auto& step : reply.steps) {
    if (!step.action.empty()) {
      steps.push_back({.action = step.action, .description = step.description, .args = step.args});
    }
  }
  if (steps.empty()) {
    steps.push_back({.action = spec.service + "." + spec.intent, .description = reply.message, .args = spec.inputs});
  }
  return steps;
}

std::vector<ChatStep> calls_of(const tasks::Approval& approval) {
  std::vector<ChatStep> calls;
  for (const auto& call : approval.calls) {
    const auto* object = call.if_object();
    const auto* action = object ? object->if_contains("action") : nullptr;
    const auto* args = object ? object->if_contains("args") : nullptr;
    calls.push_back({.action = action && action->is_string() ? std::string(action->get_string()) : std::string(),
                     .description = {},
                     .args = args && args->is_object() ? args->get_object() : matrix::JsonObject()});
  }
  return calls;
}

void add_approval(ChatResponse& response, const tasks::Approval& approval, const std::string& message) {
  response.approval = ChatApproval{.id = approval.id, .digest = approval.digest, .calls = calls_of(approval)};
  ApprovalChoice choice{.yes = true, .id = approval.id, .digest = approval.digest};
  ChatDisambiguation asked{.question = message, .choices = {}};
  asked.choices.push_back({.id = approval_choice(choice), .label = "Yes, do it", .value = true});
  choice.yes = false;
  asked.choices.push_back({.id = approval_choice(choice), .label = "No", .value = false});
  response.disambiguation = std::move(asked);
}

}  // namespace

ChatResponse chat_response(const dialogue::Reply& reply) {
  using dialogue::ReplyKind;
  ChatResponse response{.type = type_of(reply.kind), .message = reply.message};
  response.conversation_id = reply.conversation_id;
  if (!reply.view) return response;
  const auto& [task, question, approval, files] = *reply.view;
  response.task_id = task.id;
  if (reply.kind == ReplyKind::plan) {
    response.plan = task.spec;
    response.steps = steps_of(reply, task.spec);
  } else if (reply.kind == ReplyKind::result) {
    response.result = matrix::JsonObject{{"success", true}, {"data", task.result.value_or(nullptr)}};
  } else if (reply.kind == ReplyKind::failed) {
    response.result = matrix::JsonObject{{"success", false}, {"error", reply.message}};
  } else if (reply.kind == ReplyKind::running) {
    response.status = tasks::to_string(task.status());
  } else if (reply.kind == ReplyKind::approval && approval) {
    add_approval(response, *approval, reply.message);
  } else if (question && !question->choices.empty()) {
    response.disambiguation = ChatDisambiguation{.question = question->text, .choices = question->choices};
  }
  return response;
}

std::string approval_choice(const ApprovalChoice& choice) {
  return std::string(choice.yes ? kApprove : kReject) + choice.id + ":" + choice.digest;
}

std::optional<ApprovalChoice> parse_approval_choice(std::string_view choice_id) {
  const bool yes = choice_id.starts_with(kApprove);
  if (!yes && !choice_id.starts_with(kReject)) return std::nullopt;
  choice_id.remove_prefix(yes ? kApprove.size() : kReject.size());
  const auto colon = choice_id.find(':');
  if (colon == choice_id.npos) return std::nullopt;
  return ApprovalChoice{
      .yes = yes, .id = std::string(choice_id.substr(0, colon)), .digest = std::string(choice_id.substr(colon + 1))};
}

}  // namespace troupe::assistant::routes

namespace troupe::api {

using namespace assistant::routes;  // NOLINT(google-build-using-namespace): the shapes of that folder
namespace as_tasks = assistant::tasks;

namespace {
constexpr std::int64_t kMaxIdLength = 400;
constexpr std::int64_t kMaxConversationIdLength = 1'000;
constexpr std::int64_t kMaxMessageLength = as_tasks::kMaxMessageBytes;
/// What this face's own table says of a choice: always a value, null where there is none.
struct ChatChoice {
  as_tasks::Choice choice;
};
}  // namespace

Shape<ChatRequest> make_shape(Of<ChatRequest>) {
  return Shape<ChatRequest>::matrix_request(
      {member<&ChatRequest::conversation_id>("conversationId",
                                             {.description = "One that is not known begins a new one.",
                                              .most = kMaxConversationIdLength,
                                              .may_lack = true}),
       member<&ChatRequest::message>("message", {.least = 1, .most = kMaxMessageLength}),
       member<&ChatRequest::stream>("stream", {.description = "Answer with server-sent events.", .may_lack = true})});
}

Shape<Disambiguated> make_shape(Of<Disambiguated>) {
  return Shape<Disambiguated>::matrix_request(
      {member<&Disambiguated::choice_id>("choiceId", {.least = 1, .most = kMaxIdLength})});
}

Shape<ExecuteRequest> make_shape(Of<ExecuteRequest>) {
  return Shape<ExecuteRequest>::matrix_request(
      {member<&ExecuteRequest::task_id>("taskId", {.least = 1, .most = kMaxIdLength}),
       member<&ExecuteRequest::confirm>("confirm"), member<&ExecuteRequest::disambiguation>("disambiguation"),
       member<&ExecuteRequest::stream>("stream",
                                       {.description = "Answer with server-sent events.", .may_lack = true})});
}

Shape<as_tasks::TaskSpec> make_shape(Of<as_tasks::TaskSpec>) {
  using as_tasks::TaskSpec;
  static const auto shape =
      Shape<TaskSpec>::part({member<&TaskSpec::service>("service"), member<&TaskSpec::intent>("intent"),
                             member<&TaskSpec::inputs>("inputs")});
  return shape;
}

Shape<ChatStep> make_shape(Of<ChatStep>) {
  return Shape<ChatStep>::part({member<&ChatStep::action>("action"), member<&ChatStep::description>("description"),
                                member<&ChatStep::args>("args")});
}

Shape<ChatChoice> make_shape(Of<ChatChoice>) {
  return Shape<ChatChoice>::part({member<&ChatChoice::choice, &as_tasks::Choice::id>("id"),
                                  member<&ChatChoice::choice, &as_tasks::Choice::label>("label"),
                                  member<&ChatChoice::choice, &as_tasks::Choice::value>("value", {.or_null = true})});
}

Shape<ChatDisambiguation> make_shape(Of<ChatDisambiguation>) {
  return Shape<ChatDisambiguation>::part(
      {member<&ChatDisambiguation::question>("question"), made<[](const ChatDisambiguation& asked) {
         std::vector<ChatChoice> choices;
         choices.reserve(asked.choices.size());
         for (const auto& choice : asked.choices) choices.push_back({choice});
         return choices;
       }>("choices", {.description = "Answer with the id of one."})});
}

Shape<ChatApproval> make_shape(Of<ChatApproval>) {
  return Shape<ChatApproval>::part({member<&ChatApproval::id>("id"), member<&ChatApproval::digest>("digest"),
                                    member<&ChatApproval::calls>("calls")});
}

Shape<ChatResponse> make_shape(Of<ChatResponse>) {
  return Shape<ChatResponse>::answer(
      "ChatResponse",
      {member<&ChatResponse::type>("type", {.one_of = kTypes}), member<&ChatResponse::message>("message"),
       member<&ChatResponse::plan>("plan"), member<&ChatResponse::steps>("steps"),
       member<&ChatResponse::result>("result"), member<&ChatResponse::disambiguation>("disambiguation"),
       member<&ChatResponse::task_id>("taskId", {.may_lack = true}),
       member<&ChatResponse::conversation_id>("conversationId", {.may_lack = true}),
       member<&ChatResponse::approval>("approval",
                                       {.description = "What waits for a yes; two of the choices say it as well."}),
       member<&ChatResponse::status>(
           "status", {.description = "executing: it goes on by itself, look again.", .may_lack = true})});
}

Shape<ChatMessage> make_shape(Of<ChatMessage>) {
  using as_tasks::Message;
  return Shape<ChatMessage>::part(
      {made<[](const ChatMessage& one) {
         return one.message.conversation_id + "." + std::to_string(one.message.number);
       }>("id"),
       made<[](const ChatMessage& one) { return as_tasks::kRoles[static_cast<std::size_t>(one.message.role)]; }>(
           "role", {.one_of = as_tasks::kRoles}),
       member<&ChatMessage::message, &Message::content>("content"),
       member<&ChatMessage::message, &Message::conversation_id>("conversationId"),
       time<&ChatMessage::message, &Message::created_ms>("createdAt")});
}

Shape<ChatConversation> make_shape(Of<ChatConversation>) {
  return Shape<ChatConversation>::part(
      {member<&ChatConversation::conversation, &as_tasks::Conversation::id>("id"),
       member<&ChatConversation::conversation, &as_tasks::Conversation::title>("title"),
       time<&ChatConversation::conversation, &as_tasks::Conversation::created_ms>("createdAt"),
       time<&ChatConversation::conversation, &as_tasks::Conversation::updated_ms>("updatedAt"),
       member<&ChatConversation::messages>("messages", {.description = "The first ten."}),
       made<[](const ChatConversation& one) { return boost::json::object{{"messages", one.conversation.messages}}; }>(
           "_count")});
}

Shape<ChatConversations> make_shape(Of<ChatConversations>) {
  return Shape<ChatConversations>::answer("ChatConversations",
                                          {member<&ChatConversations::conversations>("conversations")});
}

}  // namespace troupe::api

namespace troupe::assistant::routes {

void add_chat_shapes(const api::Kit& kit) {
  api::add_shapes_of<ChatResponse, ChatConversations>(kit);
  api::add_shape(kit, "ChatRequest", api::shape_of<ChatRequest>().schema());
  api::add_shape(kit, "ExecuteRequest", api::shape_of<ExecuteRequest>().schema());
}

}  // namespace troupe::assistant::routes
