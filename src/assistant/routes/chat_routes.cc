// The chat face's three operations.
#include "api/words.h"
#include "assistant/routes/chat_face.h"
#include "assistant/routes/chat_shapes.h"
#include "assistant/routes/chat_stream.h"
#include "assistant/routes/waiting.h"
#include "net/http/json_body.h"

namespace troupe::assistant::routes {
namespace {

using namespace api::words;

constexpr std::int64_t kConversationsShown = 50;
constexpr std::int64_t kMessagesShown = 10;
/// A message has 64 KiB at most, which JSON may write six times as long.
constexpr std::size_t kMaxChatBytes = 512UL * 1024;
/// Its clients know nothing of looking again, so they wait as long as a request may.
constexpr std::chrono::milliseconds kChatPatience{100'000};

/// Read by the handler and not by the router: who calls is asked first, and refusals are this face's.
template <class T>
std::expected<T, Response> chat_body(const Call& call) {
  auto json = net::http::parse_json(call.request.body);
  if (!json) return std::unexpected(validation_refusal(json.error()));
  auto body = api::shape_of<T>().read(*json);
  if (!body) return std::unexpected(validation_refusal(body.error()));
  return *std::move(body);
}

/// 202 where it goes on by itself.
Response chat_answer(const dialogue::Reply& said) {
  return api::answer(chat_response(said), said.kind == dialogue::ReplyKind::running ? 202 : 200);
}

Task<Response> chat(ChatFace& face, Call& call) {
  auto body = chat_body<ChatRequest>(call);
  if (!body) co_return std::move(body).error();
  const auto own = face.api.assistant(call);
  dialogue::Utterance said{.conversation_id = std::move(body->conversation_id),
                           .text = std::move(body->message),
                           .person = call.caller->user_id};
  if (wants_stream(call.request, body->stream)) {
    co_return chat_stream(face, call, {}, [own, said] { return own.chat(said, kChatPatience); });
  }
  auto reply = co_await own.chat(std::move(said), kChatPatience);
  // What cannot be said at all is a mistake of the body.
  if (!reply && reply.error().code() == Errc::invalid_param) co_return validation_refusal(reply.error());
  if (!reply) co_return std::unexpected(std::move(reply).error());
  co_return chat_answer(*reply);
}

/// What is to be done with a task: as it stands, and with what its person chose.
enum class Step { execute, answer, approve, reject, show };
struct Wanted {
  Step step = Step::execute;
  tasks::Answer answer = {};
  ApprovalChoice approval = {};
};

Wanted wanted(const dialogue::Reply& now, const ExecuteRequest& body) {
  using dialogue::ReplyKind;
  if (body.disambiguation) {
    const auto& choice = body.disambiguation->choice_id;
    const bool waits_for_approval = now.view && now.view->approval;
    if (const auto approval = parse_approval_choice(choice); approval && waits_for_approval) {
      return {.step = approval->yes ? Step::approve : Step::reject, .approval = *approval};
    }
    return {.step = Step::answer, .answer = {.choice_id = choice}};
  }
  // Asked to go on without an answer: the question again, as nothing else can bring it further.
  if (now.kind == ReplyKind::question || now.kind == ReplyKind::approval) return {.step = Step::show};
  return {};
}

Task<dialogue::Reply> take(OwnAssistant own, std::string task_id, Wanted wanted, dialogue::Reply now) {
  switch (wanted.step) {
    case Step::execute:
      co_return co_await own.execute(std::move(task_id), kChatPatience);
    case Step::answer:
      co_return co_await own.answer(std::move(task_id), std::move(wanted.answer), kChatPatience);
    case Step::approve:
      co_return co_await own.approve(std::move(wanted.approval.id), std::move(wanted.approval.digest), kChatPatience);
    case Step::reject:
      co_return co_await own.reject(std::move(wanted.approval.id), std::move(wanted.approval.digest), {});
    case Step::show:
      break;
  }
  co_return now;
}

Task<Response> execute(ChatFace& face, Call& call) {
  auto body = chat_body<ExecuteRequest>(call);
  if (!body) co_return std::move(body).error();
  if (!body->confirm) co_return plain_refusal(400, "Confirmation required to execute task");
  const auto own = face.api.assistant(call);
  CO_TRY(auto now, co_await own.look(body->task_id));
  auto next = wanted(now, *body);
  // The approval of another task, which the same person may give, is none of this one's choices.
  if (now.view && now.view->approval && !next.approval.id.empty() && next.approval.id != now.view->approval->id) {
    co_return Error(Errc::invalid_param, "There is no such choice.");
  }
  if (wants_stream(call.request, body->stream)) {
    co_return chat_stream(face, call, body->task_id,
                          [own, id = body->task_id, next, now] { return take(own, id, next, now); });
  }
  CO_TRY(const auto said, co_await take(own, body->task_id, std::move(next), std::move(now)));
  co_return chat_answer(said);
}

Task<Response> conversations(ChatFace& face, Call& call) {
  const auto own = face.api.assistant(call);
  CO_TRY(auto found, co_await own.conversations(0, kConversationsShown));
  ChatConversations shown;
  for (auto& conversation : found) {
    CO_TRY(auto first, co_await own.messages(conversation.id, 0, kMessagesShown));
    ChatConversation one{.conversation = std::move(conversation), .messages = {}};
    for (auto& message : first) one.messages.push_back({std::move(message)});
    shown.conversations.push_back(std::move(one));
  }
  co_return api::answer(shown);
}

net::route::Handler face_handler(ChatFace& face, ChatHandler handler) {
  return [&face, handler](Call& call) { return guarded(face, call, handler); };
}

}  // namespace

void add_chat_routes(net::route::Router& routes, ChatFace& face) {
  // Who calls is looked at by the handlers, which refuse in this face's words.
  const api::Group group(routes, {.prefix = "/api",
                                  .needs = Access::optional,
                                  .scope = std::string(kScope),
                                  .tag = {"chat face (compatibility)",
                                          "A sentence, its plan and its execution, for programs written for an earlier "
                                          "assistant. New ones use /api/v1.",
                                          true},
                                  .dialect = net::route::Dialect::error,
                                  .max_body_bytes = kMaxChatBytes});
  const auto talk = [&](std::string_view path, std::string_view summary, std::string_view body, ChatHandler handler) {
    group.add({.method = "POST",
               .path = path,
               .summary = summary,
               .body = body,
               .takes = net::route::Body::raw,
               .body_type = "application/json",
               .reply = TROUPE_REF("ChatResponse"),
               .deadline = kWaitingDeadline,
               .run = face_handler(face, handler)});
  };
  talk("/chat", "Plan what a sentence asks for; nothing runs yet", TROUPE_REF("ChatRequest"), chat);
  talk("/execute", "Run a plan that the person confirmed, or answer what it asks; 202 when it goes on by itself",
       TROUPE_REF("ExecuteRequest"), execute);
  group.add({.method = "GET",
             .path = "/conversations",
             .summary = "The newest 50 conversations, each with its first ten messages",
             .reply = TROUPE_REF("ChatConversations"),
             .run = face_handler(face, conversations)});
}

}  // namespace troupe::assistant::routes
