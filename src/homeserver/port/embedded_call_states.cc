#include "homeserver/port/embedded_call_states.h"

#include <algorithm>
#include <set>

#include "matrix/ids.h"
#include "matrix/json.h"

namespace troupe::homeserver::port {
namespace {

constexpr std::size_t kMostInCall = 100;
/// Of a membership that does not say how long it is good: what matrix-js-sdk gives it.
constexpr std::int64_t kUsualExpiryMs = 4LL * 60 * 60 * 1'000;
/// What anybody may write there is believed for a day at most.
constexpr std::int64_t kLongestExpiryMs = 24LL * 60 * 60 * 1'000;
constexpr std::string_view kMemberTypes[]{"org.matrix.msc3401.call.member", "m.call.member"};

/// It is left by empty content, and by time where its client could not say so.
bool is_in_call(const memory::StoredEvent& stored, base::UnixMs now) {
  const auto& content = stored.event->content;
  if (content.empty() || matrix::find_string(content, "application") != "m.call") return false;
  const auto written = stored.event->origin_server_ts;
  const auto made = std::clamp<std::int64_t>(matrix::find_integer(content, "created_ts").value_or(written), 0,
                                             std::max<std::int64_t>(written, 0));
  const auto life = std::min(matrix::find_integer(content, "expires").value_or(kUsualExpiryMs), kLongestExpiryMs);
  return life > 0 && now - made < life;
}

/// A text in the content of a room's state; empty: there is none, or no such room.
std::string said_by(const memory::RoomPtr& room, std::string_view type, std::string_view object,
                    std::string_view name) {
  if (room == nullptr) return {};
  const base::ReadLock lock(room->mutex());
  const auto stored = room->state_event(type, "");
  if (stored == nullptr) return {};
  const auto* within = object.empty() ? &stored->event->content : matrix::find_object(stored->event->content, object);
  return within == nullptr ? std::string() : std::string(matrix::find_string(*within, name).value_or(""));
}

}  // namespace

Task<std::string> EmbeddedCallStates::replaced_by(std::string room_id) {
  auto look = [this, room_id = std::move(room_id)](store::Connection& connection) -> Result<std::string> {
    auto before = said_by(rooms_.load(connection, room_id), "m.room.create", "predecessor", "room_id");
    if (before.empty() || before.size() > matrix::kMaxIdBytes) return std::string();
    const auto after = said_by(rooms_.load(connection, before), "m.room.tombstone", "", "replacement_room");
    return after == room_id ? before : std::string();
  };
  return db_.read(std::move(look));
}

Task<std::vector<std::string>> EmbeddedCallStates::in_call(std::string room_id) {
  auto look = [this, room_id = std::move(room_id),
               now = clock_.unix_ms()](store::Connection& connection) -> Result<std::vector<std::string>> {
    std::set<std::string> found;
    const auto room = rooms_.load(connection, room_id);
    if (room == nullptr) return std::vector<std::string>();
    const base::ReadLock lock(room->mutex());
    for (const auto type : kMemberTypes) {
      const auto all = room->other_state().find(type);
      if (all == room->other_state().end()) continue;
      for (const auto& [key, stored] : all->second) {
        if (found.size() >= kMostInCall) break;
        const auto& sender = stored->event->sender;
        if (is_in_call(*stored, now) && room->membership(sender) == "join") found.insert(sender);
      }
    }
    return std::vector<std::string>(found.begin(), found.end());
  };
  return db_.read(std::move(look));
}

}  // namespace troupe::homeserver::port
