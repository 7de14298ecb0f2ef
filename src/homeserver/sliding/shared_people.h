// With whom a user began or ceased to share rooms: whose devices a client has to follow, and whose no more.
#pragma once
#include <set>
#include <string>

#include "homeserver/memory/users.h"
#include "homeserver/sync/visibility.h"

namespace troupe::homeserver::sliding {

struct SharedPeople {
  std::set<std::string> joined;
  std::set<std::string> left;  ///< of one room: another may be shared still
};

/// What changed with since < pos <= upto in any room of the user, shown or not. False: memory did not suffice and there
/// is no connection.
bool find_shared_people(SharedPeople& found, const memory::UserView& user, const sync::Recipient& recipient,
                        store::Connection* connection, StreamPos since, StreamPos upto);

}  // namespace troupe::homeserver::sliding
