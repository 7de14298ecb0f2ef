// Shapes of /api/v1/conversations, and of what is said and learned in them.
#pragma once
#include <string>
#include <vector>

#include "api/shape.h"
#include "assistant/dialogue/lessons.h"
#include "assistant/tasks/types.h"

namespace troupe::assistant::routes {

/// A choice that was learned, as one caller sees it.
struct LessonView {
  dialogue::Lesson lesson;
  bool own = false;
};

/// A file that was taken in.
struct TakenFile {
  std::string uri;
  std::string name;
  std::string type;
  std::int64_t bytes = 0;
};

// ---- What is sent to us. ----

struct PostedFile {
  std::string uri;
  std::string name;
};
struct RenameBody {
  std::string title;
};
struct SayBody {
  std::string text;
  std::string task_id;
  std::vector<PostedFile> files;
};

void add_conversation_shapes(const api::Kit& kit);

}  // namespace troupe::assistant::routes

namespace troupe::api {

Shape<assistant::tasks::Conversation> make_shape(Of<assistant::tasks::Conversation>);
Shape<assistant::tasks::Message> make_shape(Of<assistant::tasks::Message>);
Shape<assistant::routes::LessonView> make_shape(Of<assistant::routes::LessonView>);
Shape<assistant::routes::TakenFile> make_shape(Of<assistant::routes::TakenFile>);
Shape<assistant::routes::PostedFile> make_shape(Of<assistant::routes::PostedFile>);
Shape<assistant::routes::RenameBody> make_shape(Of<assistant::routes::RenameBody>);
Shape<assistant::routes::SayBody> make_shape(Of<assistant::routes::SayBody>);

}  // namespace troupe::api
