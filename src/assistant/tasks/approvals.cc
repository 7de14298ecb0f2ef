// Approvals, as far as Tasks has to do with them.
#include <algorithm>

#include "assistant/tasks/asking_store.h"
#include "assistant/tasks/changes.h"
#include "assistant/tasks/task_store.h"

namespace troupe::assistant::tasks {

bool may_decide(const Approval& approval, const Who& who) {
  const bool is_asker = approval.asker_id == who.principal_id;
  switch (approval.may) {
    case Approver::asker:
      return is_asker;
    case Approver::administrator:
      return !is_asker && who.administrator;
    case Approver::named:
      return !is_asker && std::ranges::find(approval.names, who.label) != approval.names.end();
  }
  return false;
}

namespace {

constexpr std::int64_t kMostApprovalsAtOnce = 20;
constexpr std::int64_t kMostOfTaskAtOnce = 5;

Error no_approval() { return Error(Errc::not_found, "Approval not found"); }

bool may_see(const Approval& approval, const Who& who) {
  return approval.tenant_id == who.tenant_id && (approval.asker_id == who.principal_id || may_decide(approval, who));
}

Result<Approval> seen_approval(store::Connection& c, const Who& who, const std::string& id) {
  if (!may_be_id(id)) return no_approval();
  auto found = asking_store::find_approval(c, who.tenant_id, id);
  if (!found || !may_see(*found, who)) return no_approval();
  return *std::move(found);
}

/// The approval as it is once it is decided, and its task.
Result<TaskRecord> decide(store::Tx& tx, const Who& who, const std::string& id, const std::string& digest,
                          ApprovalState state, identity::Audit& audit, base::UnixMs now) {
  TRY(auto approval, seen_approval(tx, who, id));
  if (!may_decide(approval, who)) return Error(Errc::forbidden, "Somebody else has to approve this.");
  if (approval.digest != digest) {
    return Error(Errc::invalid_param, "The digest is not that of the calls that wait for approval.");
  }
  auto task = task_store::find_in_tenant(tx, who.tenant_id, approval.task_id);
  if (!task) return no_approval();
  const bool yes = state == ApprovalState::approved;
  TRY(advance(task->id, task->phase, yes ? Trigger::approve : Trigger::reject));
  approval.state = state;
  approval.decided_by = who.principal_id;
  approval.decider = who.label;
  approval.decided_ms = now;
  if (!asking_store::decide(tx, approval)) {
    return Error(Errc::conflict, "The approval was decided already.").with_status(400);
  }
  note_decision(audit, tx, who, yes ? "assistant.approve" : "assistant.reject", approval, now);
  return *std::move(task);
}

}  // namespace

Task<std::vector<Approval>> Tasks::pending_approvals(Who who, base::UnixMs after_ms, std::string after_id) {
  const auto behind = storable(after_id);
  auto look = [&](store::Connection& c) -> Result<std::vector<Approval>> {
    auto found = asking_store::pending(c, who, after_ms, behind, kMostApprovalsAtOnce);
    std::erase_if(found, [&](const Approval& approval) { return !may_see(approval, who); });
    return found;
  };
  co_return co_await uses_.db.read(look);
}

Task<std::vector<Approval>> Tasks::approvals(Who who, std::string task_id, std::int64_t from) {
  auto look = [&](store::Connection& c) -> Result<std::vector<Approval>> {
    if (!may_be_id(task_id) || !task_store::find(c, who.tenant_id, who.principal_id, task_id)) return no_task();
    return asking_store::approvals(c, task_id, std::max<std::int64_t>(from, 0), kMostOfTaskAtOnce);
  };
  co_return co_await uses_.db.read(look);
}

Task<Approval> Tasks::find_approval(Who who, std::string approval_id) {
  auto look = [&](store::Connection& c) -> Result<Approval> { return seen_approval(c, who, approval_id); };
  co_return co_await uses_.db.read(look);
}

Task<Taken> Tasks::approve(Who who, std::string approval_id, std::string digest) {
  const auto now = uses_.clock.unix_ms();
  CO_TRY(const auto mine, self());
  auto write = [&](store::Tx& tx) -> Result<Taken> {
    TRY(auto task, decide(tx, who, approval_id, digest, ApprovalState::approved, uses_.audit, now));
    return change_and_claim(tx, std::move(task), who, Trigger::approve, mine, now);
  };
  CO_TRY(auto taken, co_await uses_.db.write(write, {.savepoint = true}));
  uses_.bus.ring(bus::Topic::audit, 0);
  co_return taken;
}

Task<TaskRecord> Tasks::reject(Who who, std::string approval_id, std::string digest, std::string reason) {
  const auto now = uses_.clock.unix_ms();
  const auto why = cut(uses_.secrets.redactor(who.tenant_id)->text(reason), kMaxReasonBytes);
  auto write = [&](store::Tx& tx) -> Result<TaskRecord> {
    TRY(auto task, decide(tx, who, approval_id, digest, ApprovalState::rejected, uses_.audit, now));
    task.reason = why.empty() ? "Not approved." : why;
    TRY(change(tx, task, Trigger::reject, now));
    return task;
  };
  CO_TRY(auto task, co_await uses_.db.write(write, {.savepoint = true}));
  uses_.bus.ring(bus::Topic::audit, 0);
  co_return task;
}

}  // namespace troupe::assistant::tasks
