// /api/v1/approvals: what waits for somebody's yes, and giving it.
#include "api/words.h"
#include "assistant/routes/lists.h"
#include "assistant/routes/routes.h"
#include "assistant/routes/task_shapes.h"
#include "assistant/routes/waiting.h"

namespace troupe::assistant::routes {
namespace {

using namespace api::words;

constexpr std::int64_t kApprovalsAtOnce = 20;  // as tasks::Tasks has them

ApprovalView approval_view(const OwnAssistant& own, tasks::Approval approval) {
  const bool can = approval.state == tasks::ApprovalState::pending && own.may_decide(approval);
  return {.approval = std::move(approval), .can_decide = can};
}

Task<Response> list_approvals(AssistantApi& api, Call& call) {
  CO_TRY(auto at, cursor(call.request));
  const auto own = api.assistant(call);
  CO_TRY(auto found, co_await own.pending_approvals(at.at_ms, std::move(at.id)));
  std::optional<boost::json::value> rest;
  if (std::ssize(found) == kApprovalsAtOnce) {
    rest = boost::json::string(cursor_of(found.back().asked_ms, found.back().id));
  }
  boost::json::array items;
  for (auto& approval : found) items.push_back(api::write(approval_view(own, std::move(approval))));
  co_return reply(part(std::move(items), "next_after", std::move(rest)));
}

Task<Response> show_approval(AssistantApi& api, Call& call) {
  const auto own = api.assistant(call);
  CO_TRY(auto found, co_await own.find_approval(call.param("approval_id")));
  co_return api::answer(approval_view(own, std::move(found)));
}

/// To somebody else's task's approver: the approval as it is now, and nothing of what the task does with it.
Task<Response> decided(OwnAssistant own, std::string approval_id, std::string message) {
  CO_TRY(auto now, co_await own.find_approval(std::move(approval_id)));
  ReplyView view{.kind = dialogue::kReplyKinds[static_cast<std::size_t>(dialogue::ReplyKind::approval)],
                 .conversation_id = {},
                 .message = std::move(message),
                 .approval = approval_view(own, std::move(now))};
  co_return api::answer(view);
}

Task<Response> approve(AssistantApi& api, Call& call) {
  CO_TRY(const auto patience, patience_of(call.request));
  CO_TRY(auto body, api::body_of<ApproveBody>(call));
  const auto own = api.assistant(call);
  const auto id = call.param("approval_id");
  CO_TRY(const auto asked, co_await own.find_approval(id));
  const bool own_task = own.is_own(asked.asker_id);
  CO_TRY(auto said, co_await own.approve(id, std::move(body.digest), own_task ? patience : OwnAssistant::Patience{}));
  if (!own_task) co_return co_await decided(own, id, "Approved.");
  co_return api::answer(reply_view(own, std::move(said)));
}

Task<Response> reject(AssistantApi& api, Call& call) {
  CO_TRY(auto body, api::body_of<RejectBody>(call));
  const auto own = api.assistant(call);
  const auto id = call.param("approval_id");
  CO_TRY(const auto asked, co_await own.find_approval(id));
  CO_TRY(auto said, co_await own.reject(id, std::move(body.digest), std::move(body.reason)));
  if (!own.is_own(asked.asker_id)) co_return co_await decided(own, id, "Rejected.");
  co_return api::answer(reply_view(own, std::move(said)));
}

}  // namespace

void add_approval_routes(const api::Group& group, AssistantApi& api) {
  group.add({.method = "GET",
             .path = "/approvals",
             .summary = "What waits for the caller's yes, or was asked for by the caller, oldest first",
             .reply = TROUPE_REF("AssistantApprovals"),
             .query = {cursor_parameter()},
             .run = api::bind(list_approvals, api)});
  group.add({.method = "GET",
             .path = "/approvals/{approval_id}",
             .summary = "The exact calls, and what became of them",
             .reply = TROUPE_REF("AssistantApproval"),
             .run = api::bind(show_approval, api)});
  group.add({.method = "POST",
             .path = "/approvals/{approval_id}/approve",
             .summary = "Let exactly the calls with this digest happen",
             .body = TROUPE_REF("AssistantApprove"),
             .reply = TROUPE_REF("AssistantReply"),
             .query = {wait_parameter()},
             .deadline = kWaitingDeadline,
             .waits = true,
             .run = api::bind(approve, api)});
  group.add({.method = "POST",
             .path = "/approvals/{approval_id}/reject",
             .summary = "Do not let them happen; the task ends",
             .body = TROUPE_REF("AssistantReject"),
             .reply = TROUPE_REF("AssistantReply"),
             .run = api::bind(reject, api)});
}

}  // namespace troupe::assistant::routes
