// The assistant's surfaces over HTTP, on the platform listener: /api/v1/tasks, /approvals and /conversations, and the
// face that clients of an earlier assistant know (chat_face.h).
#pragma once
#include "api/event_stream.h"
#include "api/group.h"
#include "assistant/routes/door.h"
#include "host/module.h"

namespace troupe::assistant::routes {

inline constexpr std::string_view kScope = "assistant";

/// What the handlers use. Lives as long as the route table.
struct AssistantApi {
  api::Kit kit;
  AssistantDoor assistant;
  api::StreamLimit streams;
};

/// Adds all routes of this folder, over what the folders below offer.
void set_up_routes(host::Context& context);

void add_task_routes(const api::Group& group, AssistantApi& api);
void add_record_routes(const api::Group& group, AssistantApi& api);
void add_watch_routes(const api::Group& group, AssistantApi& api);
void add_approval_routes(const api::Group& group, AssistantApi& api);
void add_conversation_routes(const api::Group& group, AssistantApi& api);

}  // namespace troupe::assistant::routes
