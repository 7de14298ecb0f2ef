#include "assistant/routes/chat_face.h"
#include "assistant/routes/chat_shapes.h"
#include "assistant/routes/conversation_shapes.h"
#include "assistant/routes/task_shapes.h"

namespace troupe::assistant::routes {
namespace {

constexpr int kMaxStreams = 500;
/// Plans with their arguments and inputs are larger than other bodies.
constexpr std::size_t kMaxTaskBodyBytes = 128UL * 1024;
constexpr net::route::Tag kAssistantTag{
    "assistant", "What the assistant is asked for: conversations, tasks with all that they did, and approvals."};

}  // namespace

void set_up_routes(host::Context& context) {
  auto& api = context.make<AssistantApi>(
      AssistantApi{.kit = api::kit_of(context),
                   .assistant = AssistantDoor({.assistant = context.get<dialogue::Assistant>(),
                                               .tasks = context.get<tasks::Tasks>(),
                                               .conversations = context.get<tasks::Conversations>(),
                                               .lessons = context.get<dialogue::Lessons>()}),
                   .streams = api::StreamLimit(kMaxStreams)});
  add_task_shapes(api.kit);
  add_approval_shapes(api.kit);
  add_conversation_shapes(api.kit);
  add_chat_shapes(api.kit);
  const api::Group group(context.routes(), {.prefix = "/api/v1",
                                            .needs = net::route::Access::user,
                                            .scope = std::string(kScope),
                                            .tag = kAssistantTag,
                                            .max_body_bytes = kMaxTaskBodyBytes});
  add_task_routes(group, api);
  add_record_routes(group, api);
  add_task_file_routes(group, context.make<TaskFileApi>(api.assistant));
  add_watch_routes(group, api);
  add_approval_routes(group, api);
  add_conversation_routes(group, api);
  add_lesson_routes(group, api);
  if (auto* media = context.find<matrix::MediaRepository>()) {
    add_file_routes(group, context.make<FileApi>(*media));
    if (context.routes().listener(host::kMatrixListener) != nullptr) {
      add_shared_file_routes(context.routes(), context.make<SharedFileApi>(context.get<services::MediaFiles>()));
    }
  }
  auto& window = context.make<MinuteWindow>(context.clock());
  add_chat_routes(context.routes(), context.make<ChatFace>(ChatFace{
                                        .api = api, .window = window, .limited = context.settings().rate_limits}));
}

}  // namespace troupe::assistant::routes
