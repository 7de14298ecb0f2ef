// The secrets' values that nothing may be stored or shown with.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "assistant/tasks/redactor.h"
#include "base/mutex.h"

namespace troupe::assistant::tasks {

/// The tenant whose secrets are taken out of everybody's texts: the server's own.
inline constexpr std::int64_t kEveryTenant = 0;

/// One per program; callable from any thread. Whoever holds a credential (packs, calls, models) tells it here before
/// the first use. Values live in memory alone.
class Secrets {
 public:
  /// From now on these are `source`'s ("pack slack", "models") in this tenant, in place of those before; none: forgets
  /// them. An access token that is replaced stays one call longer in texts under way: tell the old one beside the new.
  void replace(std::int64_t tenant_id, const std::string& source, std::vector<std::string> values);
  /// Takes out the tenant's own secrets and the server's. Never nullptr.
  std::shared_ptr<const Redactor> redactor(std::int64_t tenant_id);

 private:
  base::Mutex mutex_;
  std::map<std::int64_t, std::map<std::string, std::vector<std::string>>> values_ GUARDED_BY(mutex_);
  std::map<std::int64_t, std::shared_ptr<const Redactor>> made_ GUARDED_BY(mutex_);
};

}  // namespace troupe::assistant::tasks
