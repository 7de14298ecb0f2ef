#include "assistant/routes/approval_shapes.h"

#include "assistant/routes/shape_parts.h"

namespace troupe::assistant::routes {
namespace {

CallView planned_call(const matrix::Json& json) {
  CallView call;
  if (const auto* object = json.if_object()) {
    const auto text = [&](std::string_view name) {
      const auto* value = object->if_contains(name);
      const auto* found = value ? value->if_string() : nullptr;
      return found ? std::string(*found) : std::string();
    };
    call.path = text("path");
    call.action = text("action");
    call.request = text("request");
    if (const auto* args = object->if_contains("args"); args && args->is_object()) call.args = args->get_object();
  }
  return call;
}

std::vector<CallView> planned_calls(const tasks::Approval& approval) {
  std::vector<CallView> calls;
  calls.reserve(approval.calls.size());
  for (const auto& call : approval.calls) calls.push_back(planned_call(call));
  return calls;
}

}  // namespace
}  // namespace troupe::assistant::routes

namespace troupe::api {

using assistant::tasks::Approval;
using namespace assistant::routes;  // NOLINT(google-build-using-namespace): the shapes of that folder
namespace as_tasks = assistant::tasks;

Shape<CallView> make_shape(Of<CallView>) {
  return Shape<CallView>::answer(
      "AssistantPlannedCall",
      {member<&CallView::path>("path"), member<&CallView::action>("action"),
       member<&CallView::description>("description", {.may_lack = true}),
       member<&CallView::args>("args", {.description = "What an earlier step yields stands as its expression."}),
       member<&CallView::request>(
           "request",
           {.description = "What is sent where: \"POST https://…\"; of a command: where it runs.", .may_lack = true}),
       member<&CallView::writes>("writes"), member<&CallView::needs_approval>("needs_approval")});
}

Shape<ApprovalView> make_shape(Of<ApprovalView>) {
  return Shape<ApprovalView>::answer(
      "AssistantApproval",
      {member<&ApprovalView::approval, &Approval::id>("approval_id"),
       member<&ApprovalView::approval, &Approval::task_id>("task_id"),
       member<&ApprovalView::approval, &Approval::asker>("asker"),
       member<&ApprovalView::approval, &Approval::digest>("digest", {.description = "Of exactly these calls."}),
       made<[](const ApprovalView& view) { return planned_calls(view.approval); }>("calls"),
       made<[](const ApprovalView& view) { return word_of(as_tasks::kApprovers, view.approval.may); }>(
           "may", {.description = "Who may say yes.", .one_of = as_tasks::kApprovers}),
       member<&ApprovalView::approval, &Approval::names>("names"),
       member<&ApprovalView::approval, &Approval::why>("why", {.may_lack = true}),
       made<[](const ApprovalView& view) { return word_of(as_tasks::kApprovalStates, view.approval.state); }>(
           "state", {.one_of = as_tasks::kApprovalStates}),
       member<&ApprovalView::approval, &Approval::decider>("decider", {.may_lack = true}),
       time<&ApprovalView::approval, &Approval::asked_ms>("asked_at"),
       made<[](const ApprovalView& view) { return time_or_nothing(view.approval.decided_ms); }>("decided_at",
                                                                                                {.may_lack = true}),
       member<&ApprovalView::can_decide>("can_decide", {.description = "Whether the caller is one of them."})});
}

Shape<ApproveBody> make_shape(Of<ApproveBody>) {
  return Shape<ApproveBody>::request("AssistantApprove",
                                     {member<&ApproveBody::digest>("digest", {.least = 1, .most = kMaxNameLength})});
}

Shape<RejectBody> make_shape(Of<RejectBody>) {
  return Shape<RejectBody>::request(
      "AssistantReject",
      {member<&RejectBody::digest>("digest", {.least = 1, .most = kMaxNameLength}),
       member<&RejectBody::reason>("reason", {.most = as_tasks::kMaxReasonBytes, .may_lack = true})});
}

}  // namespace troupe::api

namespace troupe::assistant::routes {

void add_approval_shapes(const api::Kit& kit) {
  api::add_shapes_of<CallView, ApprovalView, ApproveBody, RejectBody>(kit);
  api::add_shape(kit, "AssistantTaskApprovals", list_from<ApprovalView>());
  api::add_shape(kit, "AssistantApprovals", list_after_cursor<ApprovalView>());
}

}  // namespace troupe::assistant::routes
