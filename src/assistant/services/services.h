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
#include "base/task.h"

namespace troupe::assistant::services {

/// One pack in use, with what its tenant set: immutable.
struct InUse {
  packs::Source source = packs::Source::shipped;
  /// Pack, base URL, secrets and account, ready for calls::Caller. Its pack is what the rest of the offer was made of.
  calls::Service service;
  std::vector<std::string> missing_secrets;  ///< by name: it can be planned, and a call says what is not set
};

/// All that one tenant is offered, made together from the same packs: a plan and its execution never mix two versions.
/// Immutable; lives as long as somebody holds it, so that a task under way keeps the one it began with.
class Offer {
 public:
  explicit Offer(std::vector<InUse> in_use);

  /// nullptr: no such service, or it is not enabled.
  const InUse* find(std::string_view service) const;
  const std::vector<InUse>& all() const { return in_use_; }
  const router::Router& router() const { return *router_; }
  const planner::Catalogue& catalogue() const { return *catalogue_; }
  const planner::BuiltInPlanner& planner() const { return *planner_; }
  const router::Narrower& narrower() const { return *narrower_; }

 private:
  std::vector<InUse> in_use_;
  std::unique_ptr<router::Router> router_;
  std::unique_ptr<planner::Catalogue> catalogue_;
  std::unique_ptr<planner::Picker> picker_;
  std::unique_ptr<planner::BuiltInPlanner> planner_;
  std::unique_ptr<router::Narrower> narrower_;
};

/// One per program; callable from any thread.
class Services {
 public:
  virtual ~Services() = default;
  /// What the tenant is offered now. Cheap: made once per change. Never nullptr. Errors: unavailable (the database).
  virtual Task<std::shared_ptr<const Offer>> offer(std::int64_t tenant_id) = 0;
};

}  // namespace troupe::assistant::services
