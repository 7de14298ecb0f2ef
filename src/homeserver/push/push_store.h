// SQL for pushes that wait (hs_push) and for what became of a pusher's. All throw store::SqlError only.
#pragma once
#include <compare>
#include <optional>
#include <string>
#include <vector>

#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::push {

/// Names a pusher.
struct PusherKey {
  std::string user_id;
  std::string app_id;
  std::string pushkey;
  auto operator<=>(const PusherKey&) const = default;
};

/// A push that waits.
struct PushRow {
  std::string user_id;
  std::string app_id;
  std::string pushkey;
  StreamPos pos = 0;
  memory::RoomNum room = 0;  ///< 0: only the counts
  bool highlight = false;
  std::string sound;  ///< empty: none
  std::int64_t made_ms = 0;
};

/// Where a pusher's pushes go, and what became of the last ones.
struct PusherState {
  std::int64_t made_ms = 0;
  std::string json;  ///< as GET /pushers shows it
  std::optional<std::int64_t> badge;
  std::optional<std::int64_t> failing_since_ms;
  bool paused = false;
  bool locked = false;  ///< its account is
};

/// A pusher of somebody in a room.
struct PusherInRoom {
  std::string user_id;
  std::string app_id;
  std::string pushkey;
  StreamPos member_pos = 0;  ///< of the user's member event
};

namespace push_store {

/// Whether anybody has a pusher that is not paused.
bool any_pushers(store::Connection&);
/// Those of joined members that are not paused, by user. `mails_ms`: the time, for those for mails, too, unless one is
/// planned for later than that; 0: none of these.
std::vector<PusherInRoom> pushers_in_room(store::Connection&, memory::RoomNum room, std::int64_t mails_ms);
/// The same of one user.
std::vector<PusherKey> pushers_of(store::Connection&, std::string_view user_id, std::int64_t mails_ms);
/// Those of users with a receipt at after < pos <= upto, that were told of unread messages.
std::vector<PusherKey> pushers_of_readers(store::Connection&, StreamPos after, StreamPos upto);
std::optional<PusherState> find_pusher(store::Connection&, const PusherKey& key);

/// Nothing when it is there already.
void put(store::Tx&, const PushRow& row);
/// The oldest one of a pusher.
std::optional<PushRow> first_of(store::Connection&, const PusherKey& key);
/// Pushers with something waiting after this key, in order, at most `limit`.
std::vector<PusherKey> waiting_after(store::Connection&, const PusherKey& key, std::int64_t limit);
void remove(store::Tx&, const PusherKey& key, StreamPos pos);
void remove_all(store::Tx&, const PusherKey& key);
/// Those made before the time, and all but the newest `keep`.
void prune(store::Tx&, const PusherKey& key, std::int64_t before_ms, std::int64_t keep);

void set_badge(store::Tx&, const PusherKey& key, std::int64_t badge);  ///< and that it does not fail
void set_failing(store::Tx&, const PusherKey& key, std::int64_t since_ms, bool paused);
/// Unless it was set anew since `made_json` was read.
void remove_pusher(store::Tx&, const PusherKey& key, std::string_view json);

}  // namespace push_store
}  // namespace troupe::homeserver::push
