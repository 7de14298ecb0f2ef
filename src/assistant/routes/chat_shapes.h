// Shapes of the chat face (chat_face.h): what its clients send and read, member by member. Ours beside theirs:
// `conversationId` (so that a conversation can be gone on with), `approval` and `status`.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/shape.h"
#include "assistant/dialogue/assistant.h"
#include "assistant/routes/door.h"

namespace troupe::assistant::routes {

// ---- What clients send: members that they do not know are passed over, and null is as if it were not there. ----

struct ChatRequest {
  std::string conversation_id;
  std::string message;
  bool stream = false;
};
struct Disambiguated {
  std::string choice_id;
};
struct ExecuteRequest {
  std::string task_id;
  bool confirm = false;
  std::optional<Disambiguated> disambiguation;
  bool stream = false;
};

// ---- What they read. ----

struct ChatStep {
  std::string action;
  std::string description;
  matrix::JsonObject args;
};
struct ChatDisambiguation {
  std::string question;
  std::vector<tasks::Choice> choices;
};
struct ChatApproval {
  std::string id;
  std::string digest;
  std::vector<ChatStep> calls;
};
struct ChatResponse {
  std::string_view type;
  std::string message;
  std::optional<tasks::TaskSpec> plan = {};
  std::optional<std::vector<ChatStep>> steps = {};
  std::optional<matrix::JsonObject> result = {};
  std::optional<ChatDisambiguation> disambiguation = {};
  std::string task_id = {};
  std::string conversation_id = {};
  std::optional<ChatApproval> approval = {};
  std::string_view status = {};
};
/// What the assistant said, in this face's words.
ChatResponse chat_response(const dialogue::Reply& reply);

/// The choices by which a client that knows nothing of approvals gives one: "approve:<id>:<digest>" names exactly the
/// calls that its person was shown.
struct ApprovalChoice {
  bool yes = false;
  std::string id;
  std::string digest;
};
std::string approval_choice(const ApprovalChoice& choice);
/// Nothing: it is a choice of another kind.
std::optional<ApprovalChoice> parse_approval_choice(std::string_view choice_id);

struct ChatMessage {
  tasks::Message message;
};
struct ChatConversation {
  tasks::Conversation conversation;
  std::vector<ChatMessage> messages;
};
struct ChatConversations {
  std::vector<ChatConversation> conversations;
};

void add_chat_shapes(const api::Kit& kit);

}  // namespace troupe::assistant::routes

namespace troupe::api {

Shape<assistant::routes::ChatRequest> make_shape(Of<assistant::routes::ChatRequest>);
Shape<assistant::routes::Disambiguated> make_shape(Of<assistant::routes::Disambiguated>);
Shape<assistant::routes::ExecuteRequest> make_shape(Of<assistant::routes::ExecuteRequest>);
Shape<assistant::routes::ChatResponse> make_shape(Of<assistant::routes::ChatResponse>);
Shape<assistant::routes::ChatConversations> make_shape(Of<assistant::routes::ChatConversations>);

}  // namespace troupe::api
