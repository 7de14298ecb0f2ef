// Shapes of /api/v1/tasks, /approvals and /conversations.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/shape.h"
#include "assistant/routes/door.h"

namespace troupe::assistant::routes {

/// A call of a plan, or one that waits for approval.
struct CallView {
  std::string path;
  std::string action;
  std::string description = {};
  matrix::JsonObject args;
  std::optional<bool> writes = {};
  std::optional<bool> needs_approval = {};
};

/// An approval, as one caller sees it.
struct ApprovalView {
  tasks::Approval approval;
  bool can_decide = false;
};

/// dialogue::Reply, as one caller may see it.
struct ReplyView {
  std::string_view kind;
  std::string conversation_id;
  std::string message;
  std::optional<tasks::TaskRecord> task = {};
  std::optional<tasks::Question> question = {};
  std::optional<ApprovalView> approval = {};
  std::vector<CallView> steps = {};
  matrix::JsonObject explanation = {};
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
struct ApproveBody {
  std::string digest;
};
struct RejectBody {
  std::string digest;
  std::string reason;
};
struct PostedFile {
  std::string uri;
  std::string name;
};
struct SayBody {
  std::string text;
  std::string task_id;
  std::vector<PostedFile> files;
};

void add_task_shapes(const api::Kit& kit);

}  // namespace troupe::assistant::routes

namespace troupe::api {

template <>
const Shape<assistant::tasks::TaskRecord>& shape_of();
template <>
const Shape<assistant::tasks::Choice>& shape_of();
template <>
const Shape<assistant::tasks::Question>& shape_of();
template <>
const Shape<assistant::tasks::StepRecord>& shape_of();
template <>
const Shape<assistant::tasks::ApiCall>& shape_of();
template <>
const Shape<assistant::tasks::CommandRun>& shape_of();
template <>
const Shape<assistant::tasks::Conversation>& shape_of();
template <>
const Shape<assistant::tasks::Message>& shape_of();
template <>
const Shape<assistant::routes::CallView>& shape_of();
template <>
const Shape<assistant::routes::ApprovalView>& shape_of();
template <>
const Shape<assistant::routes::ReplyView>& shape_of();
template <>
const Shape<assistant::routes::StepNews>& shape_of();
template <>
const Shape<assistant::routes::PlanBody>& shape_of();
template <>
const Shape<assistant::routes::AnswerBody>& shape_of();
template <>
const Shape<assistant::routes::ForkBody>& shape_of();
template <>
const Shape<assistant::routes::ApproveBody>& shape_of();
template <>
const Shape<assistant::routes::RejectBody>& shape_of();
template <>
const Shape<assistant::routes::PostedFile>& shape_of();
template <>
const Shape<assistant::routes::SayBody>& shape_of();

}  // namespace troupe::api
