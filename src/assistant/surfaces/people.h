// Whose task it is: from the account that speaks to the right that it has. A surface never acts with more.
#pragma once
#include <string>

#include "assistant/tasks/types.h"
#include "base/task.h"
#include "identity/principals.h"

namespace troupe::assistant::surfaces {

/// One per program; callable from any thread.
class People {
 public:
  struct Uses {
    matrix::Accounts& accounts;
    identity::Principals& principals;
  };
  explicit People(const Uses& uses) : uses_(uses) {}

  /// The person of an account, as one of this tenant's. Asked anew for each message: a right that was taken away is
  /// gone with the next one. Errors: forbidden, with a sentence for the person (no account of this server's and
  /// tenant's, no person's, locked, suspended, closed); unavailable.
  Task<tasks::Who> of(std::string user_id, std::int64_t tenant_id) const;

 private:
  Uses uses_;
};

}  // namespace troupe::assistant::surfaces
