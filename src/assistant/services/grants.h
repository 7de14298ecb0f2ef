// Where the tokens of OAuth 2 outlast the program: sealed, in the database.
#pragma once
#include "assistant/calls/tokens.h"
#include "assistant/tasks/secrets.h"
#include "base/crypto.h"
#include "store/database.h"

namespace troupe::assistant::services {

/// Sealed together with whose it is.
std::string seal(const base::SealingKey& key, const std::string& account, const calls::Grant& grant);

/// One per program; any thread. Tokens that pass through are told to tasks::Secrets, as their tenant's. Errors: as
/// Database::read and write; internal (a grant that does not open).
class StoredGrants final : public calls::GrantStore {
 public:
  struct Uses {
    store::Database& db;
    const base::SealingKey& sealing_key;
    tasks::Secrets& secrets;
    const base::Clock& clock;
    std::string holder = {};  ///< this process among those on the database; empty: there are no others
  };
  explicit StoredGrants(const Uses& uses) : uses_(uses) {}

  Task<std::optional<calls::Grant>> load(std::string account) override;
  Task<bool> save(std::string account, calls::Grant grant) override;
  Task<std::optional<std::string>> take_turn(std::string account, std::string lapsed) override;
  Task<Unit> end_turn(std::string account) override;

 private:
  void tell(const std::string& account, const calls::Grant& grant);

  Uses uses_;
  base::Mutex mutex_;
  std::map<std::string, calls::Grant> last_ GUARDED_BY(mutex_);  ///< a token that was replaced is still under way
};

}  // namespace troupe::assistant::services
