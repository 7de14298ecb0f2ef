// What people chose after a question, as examples for the router: a tenant's own, durable, and taken back without a
// trace.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "assistant/dialogue/lessons_store.h"
#include "assistant/services/services.h"
#include "assistant/tasks/secrets.h"
#include "assistant/tasks/types.h"
#include "base/mutex.h"
#include "base/task.h"
#include "store/also_write.h"

namespace troupe::assistant::dialogue {

/// The choices of a tenant, compared by the router of one offer. Immutable.
struct Taught {
  Taught(std::shared_ptr<const services::Offer> of, std::vector<Lesson> all);
  std::shared_ptr<const services::Offer> offer;  ///< outlives `choices`
  std::vector<Lesson> lessons;
  router::Choices choices;
};

/// One per program; callable from any thread. Errors of all: unavailable (the database).
class Lessons {
 public:
  static constexpr std::size_t kMostTextBytes = 500;  ///< of each: what a sentence is compared by

  Lessons(store::Database& db, const base::Clock& clock, tasks::Secrets& secrets)
      : db_(db), clock_(clock), secrets_(secrets) {}

  /// Never nullptr.
  Task<std::shared_ptr<const Taught>> of(std::int64_t tenant_id, std::shared_ptr<const services::Offer> offer);
  /// Stored without secrets; the oldest beyond router::Choices::kMost go.
  Task<Unit> add(tasks::Who who, std::string id, std::string text, std::string service);
  Task<std::vector<Lesson>> list(std::int64_t tenant_id);
  /// One that this person chose; an administrator's may be anybody's in their tenant. Error: not_found.
  Task<Unit> remove(tasks::Who who, std::string id, store::AlsoWrite also = {});
  /// Those that came of a conversation of this person's.
  Task<Unit> remove_of(tasks::Who who, std::string conversation_id);

 private:
  store::Database& db_;
  const base::Clock& clock_;
  tasks::Secrets& secrets_;
  base::Mutex mutex_;
  std::map<std::int64_t, std::shared_ptr<const Taught>> made_ GUARDED_BY(mutex_);
};

}  // namespace troupe::assistant::dialogue
