// Who writes to, or rings, a bot that goes into calls.
#pragma once
#include "identity/principals.h"
#include "matrix/accounts.h"

namespace troupe::meetings::bot {

/// Of the server or of our database: it says nothing about the person, and is tried again.
bool is_ours(const Error& error);

struct PersonUses {
  matrix::Accounts& accounts;
  identity::Principals& principals;
};
/// Somebody of this tenant who may act; asked anew each time. Error: forbidden, with a sentence for them.
Task<identity::Principal> person_of(PersonUses uses, std::string user_id, std::int64_t tenant_id);

}  // namespace troupe::meetings::bot
