#include "assistant/routes/conversation_shapes.h"

#include "assistant/routes/shape_parts.h"

namespace troupe::assistant::routes {
namespace {

constexpr std::int64_t kMaxFiles = 10;
constexpr std::int64_t kMaxTitleLength = 100;
constexpr std::int64_t kMaxUriLength = 1'000;

}  // namespace
}  // namespace troupe::assistant::routes

namespace troupe::api {

using assistant::tasks::Conversation;
using assistant::tasks::Message;
using namespace assistant::routes;  // NOLINT(google-build-using-namespace): the shapes of that folder
namespace as_tasks = assistant::tasks;

Shape<Conversation> make_shape(Of<Conversation>) {
  return Shape<Conversation>::answer(
      "AssistantConversation",
      {member<&Conversation::id>("conversation_id"), member<&Conversation::title>("title"),
       member<&Conversation::messages>("messages", {.description = "How many."}),
       member<&Conversation::tasks>("tasks", {.description = "How many were ever made in it."}),
       time<&Conversation::created_ms>("created_at"), time<&Conversation::updated_ms>("updated_at")});
}

Shape<Message> make_shape(Of<Message>) {
  return Shape<Message>::answer(
      "AssistantMessage",
      {member<&Message::number>("number"),
       made<[](const Message& message) { return word_of(as_tasks::kRoles, message.role); }>(
           "role", {.one_of = as_tasks::kRoles}),
       member<&Message::content>("content"), member<&Message::task_id>("task_id", {.may_lack = true}),
       time<&Message::created_ms>("created_at")});
}

Shape<LessonView> make_shape(Of<LessonView>) {
  using assistant::dialogue::Lesson;
  return Shape<LessonView>::answer(
      "AssistantLesson",
      {member<&LessonView::lesson, &Lesson::id>("lesson_id", {.description = "The task that asked."}),
       member<&LessonView::lesson, &Lesson::text>("text", {.description = "What was asked for."}),
       member<&LessonView::lesson, &Lesson::service>("service", {.description = "What was chosen."}),
       member<&LessonView::own>("own", {.description = "Whether the caller chose it."}),
       time<&LessonView::lesson, &Lesson::created_ms>("created_at")});
}

Shape<TakenFile> make_shape(Of<TakenFile>) {
  return Shape<TakenFile>::answer(
      "AssistantFile",
      {member<&TakenFile::uri>("uri", {.description = "To be said with a text."}), member<&TakenFile::name>("name"),
       member<&TakenFile::type>("type"), member<&TakenFile::bytes>("bytes")});
}

Shape<PostedFile> make_shape(Of<PostedFile>) {
  return Shape<PostedFile>::request({},
                                    {member<&PostedFile::uri>("uri", {.least = 1, .most = kMaxUriLength}),
                                     member<&PostedFile::name>("name", {.most = kMaxNameLength, .may_lack = true})});
}

Shape<RenameBody> make_shape(Of<RenameBody>) {
  return Shape<RenameBody>::request("AssistantConversationChange",
                                    {member<&RenameBody::title>("title", {.least = 1, .most = kMaxTitleLength})});
}

Shape<SayBody> make_shape(Of<SayBody>) {
  return Shape<SayBody>::request(
      "AssistantSay",
      {member<&SayBody::text>("text", {.least = 1, .most = as_tasks::kMaxMessageBytes}),
       member<&SayBody::task_id>(
           "task_id",
           {.description = "The task whose question this answers.", .most = kMaxNameLength, .may_lack = true}),
       member<&SayBody::files>("files", {.description = "Posted with it: mxc:// addresses that the caller may read.",
                                         .most = kMaxFiles,
                                         .may_lack = true})});
}

}  // namespace troupe::api

namespace troupe::assistant::routes {

void add_conversation_shapes(const api::Kit& kit) {
  api::add_shapes_of<tasks::Conversation, tasks::Message, LessonView, TakenFile, RenameBody, SayBody>(kit);
  api::add_shape(kit, "AssistantConversations", list_from<tasks::Conversation>());
  api::add_shape(kit, "AssistantMessages", list_after<tasks::Message>());
  api::add_shape(kit, "AssistantLessons", api::items_schema<LessonView>());
}

}  // namespace troupe::assistant::routes
