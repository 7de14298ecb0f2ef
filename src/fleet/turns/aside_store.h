// SQL for messages that were put aside: their room could not be asked for in time. Each has its row from the moment the
// feed's cursor passes it until it is decided. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <deque>
#include <map>
#include <string>

#include "fleet/types/turn.h"
#include "store/database.h"

namespace troupe::fleet::turns {

/// The positions of such messages, by room, in the order of the stream.
using Aside = std::map<std::string, std::deque<StreamPos>, std::less<>>;

void insert_aside(store::Tx& tx, StreamPos event_pos, std::string_view room_id);
void delete_aside(store::Tx& tx, StreamPos event_pos);
Aside all_aside(store::Connection& c);

}  // namespace troupe::fleet::turns
