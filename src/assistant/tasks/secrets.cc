#include "assistant/tasks/secrets.h"

namespace troupe::assistant::tasks {

void Secrets::replace(std::int64_t tenant_id, const std::string& source, std::vector<std::string> values) {
  const base::Lock lock(mutex_);
  auto& sources = values_[tenant_id];
  if (values.empty()) {
    sources.erase(source);
  } else {
    sources[source] = std::move(values);
  }
  if (sources.empty()) values_.erase(tenant_id);
  if (tenant_id == kEveryTenant) {
    made_.clear();
  } else {
    made_.erase(tenant_id);
  }
}

std::shared_ptr<const Redactor> Secrets::redactor(std::int64_t tenant_id) {
  const base::Lock lock(mutex_);
  // Tenants without secrets of their own share one.
  const auto whose = values_.contains(tenant_id) ? tenant_id : kEveryTenant;
  auto& made = made_[whose];
  if (made) return made;
  std::vector<std::string> all;
  for (const auto of : {kEveryTenant, whose}) {
    const auto found = values_.find(of);
    if (found == values_.end()) continue;
    for (const auto& [source, values] : found->second) all.insert(all.end(), values.begin(), values.end());
    if (whose == kEveryTenant) break;
  }
  made = std::make_shared<const Redactor>(all);
  return made;
}

}  // namespace troupe::assistant::tasks
