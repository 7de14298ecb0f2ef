// Shapes of /api/v1/approvals: the calls that wait, and what is said of them.
#pragma once
#include <optional>
#include <string>

#include "api/shape.h"
#include "assistant/tasks/types.h"

namespace troupe::assistant::routes {

/// A call of a plan, or one that waits for approval.
struct CallView {
  std::string path;
  std::string action;
  std::string description = {};
  matrix::JsonObject args;
  std::string request = {};
  std::optional<bool> writes = {};
  std::optional<bool> needs_approval = {};
};

/// An approval, as one caller sees it.
struct ApprovalView {
  tasks::Approval approval;
  bool can_decide = false;
};

// ---- What is sent to us. ----

struct ApproveBody {
  std::string digest;
};
struct RejectBody {
  std::string digest;
  std::string reason;
};

void add_approval_shapes(const api::Kit& kit);

}  // namespace troupe::assistant::routes

namespace troupe::api {

Shape<assistant::routes::CallView> make_shape(Of<assistant::routes::CallView>);
Shape<assistant::routes::ApprovalView> make_shape(Of<assistant::routes::ApprovalView>);
Shape<assistant::routes::ApproveBody> make_shape(Of<assistant::routes::ApproveBody>);
Shape<assistant::routes::RejectBody> make_shape(Of<assistant::routes::RejectBody>);

}  // namespace troupe::api
