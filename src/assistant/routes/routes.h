// The assistant's surfaces over HTTP, on the platform listener: /api/v1/tasks, /approvals and /conversations, and the
// face that clients of an earlier assistant know (chat_face.h).
#pragma once
#include "api/event_stream.h"
#include "api/group.h"
#include "assistant/routes/door.h"
#include "assistant/routes/upload_seats.h"
#include "assistant/services/media_files.h"
#include "host/module.h"
#include "matrix/media_repository.h"

namespace troupe::assistant::routes {

inline constexpr std::string_view kScope = "assistant";

/// What the handlers use. Lives as long as the route table.
struct AssistantApi {
  api::Kit kit;
  AssistantDoor assistant;
  api::StreamLimit streams;
};

/// What the handlers of files use. Lives as long as the route table.
struct FileApi {
  matrix::MediaRepository& media;
  UploadSeats seats;
};

/// What the handler of the files of tasks uses. Outlives the answers under way.
struct TaskFileApi {
  AssistantDoor assistant;
  UploadSeats seats;
};

/// Files by the addresses that were given to services.
struct SharedFileApi {
  services::MediaFiles& media;
  UploadSeats seats;
};

/// Adds all routes of this folder, over what the folders below offer.
void set_up_routes(host::Context& context);

void add_task_routes(const api::Group& group, AssistantApi& api);
void add_record_routes(const api::Group& group, AssistantApi& api);
void add_watch_routes(const api::Group& group, AssistantApi& api);
void add_approval_routes(const api::Group& group, AssistantApi& api);
void add_conversation_routes(const api::Group& group, AssistantApi& api);
void add_lesson_routes(const api::Group& group, AssistantApi& api);
/// Files that services answered with.
void add_task_file_routes(const api::Group& group, TaskFileApi& api);
/// Where people put the files that go with what they say.
void add_file_routes(const api::Group& group, FileApi& api);

/// On the Matrix listener: it is what others reach.
void add_shared_file_routes(net::route::Router& routes, SharedFileApi& api);

}  // namespace troupe::assistant::routes
