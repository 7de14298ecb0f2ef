// /api/v1/lessons: what people chose when they were asked which service they mean, and what the router learned of it.
#include "api/words.h"
#include "assistant/routes/conversation_shapes.h"
#include "assistant/routes/lists.h"
#include "assistant/routes/routes.h"

namespace troupe::assistant::routes {
namespace {

using namespace api::words;

Task<Response> list_lessons(AssistantApi& api, Call& call) {
  const auto own = api.assistant(call);
  CO_TRY(auto found, co_await own.lessons());
  boost::json::array items;
  for (auto& lesson : found) {
    const bool mine = own.chose(lesson);
    items.push_back(api::write(LessonView{.lesson = std::move(lesson), .own = mine}));
  }
  co_return reply(part(std::move(items), {}, {}));
}

Task<Response> forget_lesson(AssistantApi& api, Call& call) {
  const auto id = call.param("lesson_id");
  CO_TRY(co_await api.assistant(call).forget_lesson(id, api::audit_with(api.kit, call, "assistant.lesson.forget", id)));
  co_return Response::empty(204);
}

}  // namespace

void add_lesson_routes(const api::Group& group, AssistantApi& api) {
  group.add({.method = "GET",
             .path = "/lessons",
             .summary = "The choices that the router has learned from: the caller's own, for administrators all, "
                        "newest first",
             .reply = TROUPE_REF("AssistantLessons"),
             .run = api::bind(list_lessons, api)});
  group.add({.method = "DELETE",
             .path = "/lessons/{lesson_id}",
             .summary = "Forget a choice: the router is as if it had never been made",
             .status = 204,
             .run = api::bind(forget_lesson, api)});
}

}  // namespace troupe::assistant::routes
