// Shapes of /api/v1/tasks: tasks, what they asked and did, and what is answered to whoever says something.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/shape.h"
#include "assistant/routes/approval_shapes.h"
#include "assistant/routes/door.h"

namespace troupe::assistant::routes {

/// dialogue::Reply, as one caller may see it.
struct ReplyView {
  std::string_view kind;
  std::string conversation_id;
  std::string message;
  std::optional<tasks::TaskRecord> task = {};
  std::optional<tasks::Question> question = {};
  std::optional<ApprovalView> approval = {};
  std::vector<CallView> steps = {};
  std::vector<tasks::FileRecord> files = {};
  matrix::JsonObject explanation = {};
  bool undoable = false;
};
/// What belongs to somebody else's task is left out: who approves it sees the calls, and neither inputs nor result.
ReplyView reply_view(const OwnAssistant& own, dialogue::Reply reply);

/// A step of a stream, without arguments and output.
struct StepNews {
  tasks::StepRecord step;
};

// ---- What is sent to us. ----

struct PlanBody {
  std::string service;
  std::string intent;
  matrix::JsonObject inputs;
  std::string conversation_id;
};
struct AnswerBody {
  std::string choice_id;
  std::string text;
};
struct ForkBody {
  std::int64_t from_step = 0;
  std::optional<matrix::JsonObject> inputs;
};

void add_task_shapes(const api::Kit& kit);

}  // namespace troupe::assistant::routes

namespace troupe::api {

Shape<assistant::tasks::TaskRecord> make_shape(Of<assistant::tasks::TaskRecord>);
Shape<assistant::tasks::Choice> make_shape(Of<assistant::tasks::Choice>);
Shape<assistant::tasks::Question> make_shape(Of<assistant::tasks::Question>);
Shape<assistant::tasks::StepRecord> make_shape(Of<assistant::tasks::StepRecord>);
Shape<assistant::tasks::FileRecord> make_shape(Of<assistant::tasks::FileRecord>);
Shape<assistant::tasks::ApiCall> make_shape(Of<assistant::tasks::ApiCall>);
Shape<assistant::tasks::CommandRun> make_shape(Of<assistant::tasks::CommandRun>);
Shape<assistant::routes::ReplyView> make_shape(Of<assistant::routes::ReplyView>);
Shape<assistant::routes::StepNews> make_shape(Of<assistant::routes::StepNews>);
Shape<assistant::routes::PlanBody> make_shape(Of<assistant::routes::PlanBody>);
Shape<assistant::routes::AnswerBody> make_shape(Of<assistant::routes::AnswerBody>);
Shape<assistant::routes::ForkBody> make_shape(Of<assistant::routes::ForkBody>);

}  // namespace troupe::api
