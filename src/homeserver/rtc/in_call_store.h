// SQL for who was let into calls. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/database.h"

namespace troupe::homeserver::rtc {

/// Somebody who was let into a call, as LiveKit knows them and as we do.
struct InCallRow {
  std::string livekit_room;
  std::string identity;
  std::string room_id;
  std::string user_id;
  std::string device_id;                    ///< that they came with; empty: none
  base::UnixMs let_in_ms = 0;               ///< the last time
  base::UnixMs look_ms = 0;                 ///< when LiveKit is asked whether they are there still
  bool absent = false;                      ///< they were not at the last look
  std::optional<base::UnixMs> out_ms = {};  ///< since when they may not stay
  base::UnixMs tried_ms = 0;                ///< when they were put out last
};

namespace in_call_store {

/// Let in, for the first time or again.
void put(store::Tx&, const InCallRow& row);
std::int64_t count_of(store::Connection&, std::string_view user_id);
/// Those who may not stay: not in the room, their account is closed, or the device is gone that they came with. Whoever
/// waited longest comes first.
std::vector<InCallRow> not_welcome(store::Connection&, std::int64_t limit);
/// Those who LiveKit is to be asked about.
std::vector<InCallRow> to_look_at(store::Connection&, base::UnixMs now, std::int64_t limit);
/// Writes what was learned, unless they were let in again meanwhile.
void update(store::Tx&, const InCallRow& row);
/// Unless they were let in again meanwhile.
void remove(store::Tx&, const InCallRow& row);
/// Whether somebody who was put out may stay by now, having come back into the room.
bool are_some_back(store::Connection&);
void welcome_back(store::Tx&);

}  // namespace in_call_store
}  // namespace troupe::homeserver::rtc
