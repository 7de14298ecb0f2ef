// /api/v1/conversations: what a person and the assistant said to each other, and saying something.
#include "api/words.h"
#include "assistant/routes/conversation_shapes.h"
#include "assistant/routes/lists.h"
#include "assistant/routes/routes.h"
#include "assistant/routes/task_shapes.h"
#include "assistant/routes/waiting.h"

namespace troupe::assistant::routes {
namespace {

using namespace api::words;

constexpr std::int64_t kMostConversations = 100;
constexpr std::int64_t kUsualMessages = 50;
constexpr std::int64_t kMostMessages = 200;
/// A message has 64 KiB at most, which JSON may write six times as long.
constexpr std::size_t kMaxSaidBytes = 512UL * 1024;
/// It goes in pieces, each its own write.
constexpr std::chrono::seconds kDeletingDeadline{60};

Task<Response> list_conversations(AssistantApi& api, Call& call) {
  CO_TRY(const auto at, part_of(call.request, kMostConversations));
  CO_TRY(const auto found, co_await api.assistant(call).conversations(at.from, at.limit));
  std::optional<boost::json::value> rest;
  if (std::ssize(found) == at.limit) rest = at.from + at.limit;
  co_return reply(part(api::write_all(found), "next_from", std::move(rest)));
}

Task<Response> show_conversation(AssistantApi& api, Call& call) {
  CO_TRY(const auto found, co_await api.assistant(call).conversation(call.param("conversation_id")));
  co_return api::answer(found);
}

Task<Response> rename_conversation(AssistantApi& api, Call& call) {
  CO_TRY(auto body, api::body_of<RenameBody>(call));
  CO_TRY(const auto found, co_await api.assistant(call).rename(call.param("conversation_id"), std::move(body.title)));
  co_return api::answer(found);
}

Task<Response> delete_conversation(AssistantApi& api, Call& call) {
  const auto id = call.param("conversation_id");
  auto line = api::audit_with(api.kit, call, "assistant.conversation.delete", id);
  CO_TRY(co_await api.assistant(call).remove_conversation(id, std::move(line)));
  co_return Response::empty(204);
}

Task<Response> list_messages(AssistantApi& api, Call& call) {
  CO_TRY(const auto at, behind(call.request, kUsualMessages, kMostMessages));
  CO_TRY(const auto found, co_await api.assistant(call).messages(call.param("conversation_id"), at.after, at.limit));
  std::optional<boost::json::value> rest;
  if (std::ssize(found) == at.limit) rest = found.back().number;
  co_return reply(part(api::write_all(found), "next_after", std::move(rest)));
}

Task<Response> say(OwnAssistant own, const Call& call, std::string conversation_id, int status) {
  CO_TRY(const auto patience, patience_of(call.request));
  CO_TRY(auto body, api::body_of<SayBody>(call));
  dialogue::Utterance said{.conversation_id = std::move(conversation_id),
                           .text = std::move(body.text),
                           .task_id = std::move(body.task_id),
                           .person = call.caller->user_id};
  for (auto& [uri, name] : body.files) {
    if (!uri.starts_with("mxc://")) co_return Error(Errc::invalid_param, "A file is named by its mxc:// address.");
    said.files.push_back(std::move(uri));
    said.file_names.push_back(std::move(name));
  }
  CO_TRY(auto answer, co_await own.chat(std::move(said), patience));
  co_return api::answer(reply_view(own, std::move(answer)), status);
}

Task<Response> begin_conversation(AssistantApi& api, Call& call) {
  co_return co_await say(api.assistant(call), call, {}, 201);
}

Task<Response> say_message(AssistantApi& api, Call& call) {
  const auto own = api.assistant(call);
  auto id = call.param("conversation_id");
  // The assistant would begin another one: right for a client that forgot, wrong for one that names it in the path.
  CO_TRY(co_await own.conversation(id));
  co_return co_await say(own, call, std::move(id), 200);
}

}  // namespace

void add_conversation_routes(const api::Group& group, AssistantApi& api) {
  group.add(
      {.method = "GET",
       .path = "/conversations",
       .summary = "The caller's conversations, the newest change first",
       .reply = TROUPE_REF("AssistantConversations"),
       .query = {from_parameter(), limit_parameter(R"({"type":"integer","minimum":1,"maximum":100,"default":100})")},
       .run = api::bind(list_conversations, api)});
  group.add({.method = "POST",
             .path = "/conversations",
             .summary = "Say something in a new conversation: a request, which is planned and not run",
             .body = TROUPE_REF("AssistantSay"),
             .max_body_bytes = kMaxSaidBytes,
             .reply = TROUPE_REF("AssistantReply"),
             .query = {wait_parameter()},
             .status = 201,
             .deadline = kWaitingDeadline,
             .waits = true,
             .run = api::bind(begin_conversation, api)});
  group.add({.method = "GET",
             .path = "/conversations/{conversation_id}",
             .summary = "One conversation",
             .reply = TROUPE_REF("AssistantConversation"),
             .run = api::bind(show_conversation, api)});
  group.add({.method = "PUT",
             .path = "/conversations/{conversation_id}",
             .summary = "Give a conversation another title",
             .body = TROUPE_REF("AssistantConversationChange"),
             .reply = TROUPE_REF("AssistantConversation"),
             .run = api::bind(rename_conversation, api)});
  group.add({.method = "DELETE",
             .path = "/conversations/{conversation_id}",
             .summary = "Delete a conversation and what was said in it; its tasks stay, those that wait are cancelled",
             .status = 204,
             .deadline = kDeletingDeadline,
             .run = api::bind(delete_conversation, api)});
  group.add(
      {.method = "GET",
       .path = "/conversations/{conversation_id}/messages",
       .summary = "What was said, oldest first",
       .reply = TROUPE_REF("AssistantMessages"),
       .query = {after_parameter(), limit_parameter(R"({"type":"integer","minimum":1,"maximum":200,"default":50})")},
       .run = api::bind(list_messages, api)});
  group.add({.method = "POST",
             .path = "/conversations/{conversation_id}/messages",
             .summary = "Say something: a request, or the answer to the question that is open",
             .body = TROUPE_REF("AssistantSay"),
             .max_body_bytes = kMaxSaidBytes,
             .reply = TROUPE_REF("AssistantReply"),
             .query = {wait_parameter()},
             .deadline = kWaitingDeadline,
             .waits = true,
             .run = api::bind(say_message, api)});
}

}  // namespace troupe::assistant::routes
