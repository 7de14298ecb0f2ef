// The services that a tenant's people may ask for: their packs, what routing and planning know of them, their keys.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "assistant/calls/call.h"
#include "assistant/packs/added.h"
#include "assistant/planner/built_in.h"
#include "assistant/planner/catalogue.h"
#include "assistant/planner/pick.h"
#include "assistant/router/narrow.h"
#include "assistant/router/router.h"
#include "assistant/tasks/types.h"
#include "base/task.h"

namespace troupe::assistant::services {

/// One pack in use, with what its tenant set: immutable.
struct InUse {
  packs::Source source = packs::Source::shipped;
  /// Pack, base URL, secrets and account, ready for calls::Caller. Its pack is what the rest of the offer was made of,
  /// with what the tenant set otherwise (enabled, who approves) in its config.
  calls::Service service;
  std::vector<std::string> missing_secrets = {};  ///< by name: it can be planned, and a call says what is not set
  std::string destination = {};  ///< destination_of(): another one is another place, or somebody else's there
  /// Who says yes where an operation wants approval: the tenant's rule, else the pack's.
  tasks::Approver approver = tasks::Approver::asker;
  std::vector<std::string> approvers = {};  ///< labels, when `approver` is named
};

/// What routing and planning make of packs. Immutable; shared by all offers of the same packs. Each part refers to
/// those before it.
struct Learned {
  /// Trains: some hundred milliseconds of computing. The packs may go.
  explicit Learned(const std::vector<InUse>& in_use);
  Learned(const Learned&) = delete;
  Learned& operator=(const Learned&) = delete;

  router::Router router;
  planner::Catalogue catalogue;
  planner::Picker picker;
  planner::BuiltInPlanner planner;
  router::Narrower narrower;
};

/// All that one tenant is offered, made together from the same packs: a plan and its execution never mix two versions.
/// Immutable; lives as long as somebody holds it, so that a task under way keeps the one it began with.
class Offer {
 public:
  /// Packs that are not enabled belong to it: the router knows them, and says so. Trains.
  explicit Offer(std::vector<InUse> in_use);
  /// `learned` is of the same packs.
  Offer(std::vector<InUse> in_use, std::shared_ptr<const Learned> learned)
      : in_use_(std::move(in_use)), learned_(std::move(learned)) {}

  /// nullptr: no such service, or it is not enabled.
  const InUse* find(std::string_view service) const;
  const std::vector<InUse>& all() const { return in_use_; }
  const router::Router& router() const { return learned_->router; }
  const planner::Catalogue& catalogue() const { return learned_->catalogue; }
  const planner::BuiltInPlanner& planner() const { return learned_->planner; }
  const router::Narrower& narrower() const { return learned_->narrower; }
  const std::shared_ptr<const Learned>& learned() const { return learned_; }

 private:
  std::vector<InUse> in_use_;
  std::shared_ptr<const Learned> learned_;
};

/// One per program; callable from any thread.
class Services {
 public:
  virtual ~Services() = default;
  /// What the tenant is offered now. Cheap: made once per change. Never nullptr. Errors: unavailable (the database).
  virtual Task<std::shared_ptr<const Offer>> offer(std::int64_t tenant_id) = 0;
};

}  // namespace troupe::assistant::services
