#include "homeserver/sync/sync_presence.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <unordered_set>

#include "matrix/json_out.h"

namespace troupe::homeserver::sync {
namespace {

std::vector<memory::RoomPtr> joined_rooms(const memory::UserView& user) {
  std::vector<memory::RoomPtr> rooms;
  const base::Lock lock(user.mutex());
  for (const auto& [num, membership] : user.memberships()) {
    if (membership.membership == "join") rooms.push_back(membership.room);
  }
  return rooms;
}

/// Moves those of `wanted` who are in the room to `found`. Walks whichever is shorter.
void find_in_room(const memory::Room& room, std::unordered_set<std::string>& wanted,
                  std::unordered_set<std::string>& found) {
  const base::ReadLock lock(room.mutex());
  if (wanted.size() <= room.joined_count()) {
    std::erase_if(wanted, [&](const std::string& person) REQUIRES_SHARED(room.mutex()) {
      if (room.membership(person) != "join") return false;
      found.insert(person);
      return true;
    });
    return;
  }
  room.members().walk([&](const memory::Members::Member& member) {
    if (member.membership() != "join") return true;
    if (auto person = wanted.extract(std::string(member.user_id()))) found.insert(std::move(person));
    return !wanted.empty();
  });
}

/// Those of the people who are the user, or in a room with them; in their order.
std::vector<std::string> shared_of(const memory::UserView& user, std::vector<std::string> people) {
  std::unordered_set<std::string> wanted(people.begin(), people.end());
  std::unordered_set<std::string> found;
  if (wanted.erase(user.user_id()) > 0) found.insert(user.user_id());
  if (!wanted.empty()) {
    for (const auto& room : joined_rooms(user)) {
      find_in_room(*room, wanted, found);
      if (wanted.empty()) break;
    }
  }
  std::erase_if(people, [&](const std::string& person) { return found.erase(person) == 0; });
  return people;
}

std::vector<std::string> people_to_show(const PresenceFeed& feed, const PresenceQuery& query) {
  const auto& presence = feed.presence();
  if (query.initial) return presence.present();
  auto people = feed.changed(query.since, query.upto);
  for (const auto& person : query.newly_shared) {
    if (presence.get(person).availability != Availability::offline) people.push_back(person);
  }
  return people;
}

}  // namespace

matrix::JsonObject presence_content(const PresenceState& state) {
  matrix::JsonObject content{{"presence", word_of(state.availability)}, {"currently_active", state.currently_active()}};
  if (state.last_active_ago_ms) content["last_active_ago"] = *state.last_active_ago_ms;
  if (!state.status_msg.empty()) content["status_msg"] = state.status_msg;
  return content;
}

bool append_presence(std::string& out, const PresenceFeed& feed, const PresenceQuery& query) {
  if (!feed.presence().enabled() || !query.filter.matches_type("m.presence")) return false;
  auto people = people_to_show(feed, query);
  std::erase_if(people, [&](const std::string& person) {
    return !query.filter.matches_sender(person) || query.settings.ignores(person);
  });
  if (people.empty()) return false;
  people = shared_of(query.user, std::move(people));
  const auto limit = std::min(query.filter.limit.value_or(kMaxPresenceEvents), kMaxPresenceEvents);
  if (people.size() > limit) people.resize(limit);
  if (people.empty()) return false;
  out += ",\"presence\":{\"events\":[";
  for (const auto& person : people) {
    matrix::append_separator(out);
    out += "{\"type\":\"m.presence\",\"sender\":";
    matrix::append_json_string(out, person);
    out += ",\"content\":";
    out += boost::json::serialize(presence_content(feed.presence().get(person)));
    out += '}';
  }
  out += "]}";
  return true;
}

}  // namespace troupe::homeserver::sync
