// Makes the search of messages.
#pragma once
#include "homeserver/account_data/account_data.h"
#include "homeserver/memory/event_lookup.h"
#include "homeserver/memory/users.h"
#include "host/module.h"

namespace troupe::homeserver::search {

/// What stands below. All but the struct itself must outlive the context.
struct SearchBasis {
  memory::Rooms& rooms;
  memory::Users& users;
  memory::EventLookup& lookup;
  account_data::AccountData& account_data;
};

/// Makes the index and the services, which live as long as the context, with their route and job. Errors: of the
/// database.
Result<Unit> setup_search(host::Context& context, const SearchBasis& basis);

}  // namespace troupe::homeserver::search
