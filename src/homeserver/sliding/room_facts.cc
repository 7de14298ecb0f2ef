#include "homeserver/sliding/room_facts.h"

#include <algorithm>
#include <ranges>

#include "homeserver/account_data/account_data_store.h"
#include "homeserver/sync/visibility.h"

namespace troupe::homeserver::sliding {
namespace {

constexpr std::size_t kBumpRows = 256;       ///< read at once
constexpr std::size_t kMaxBumpRows = 4'096;  ///< then the oldest of them must do

bool bumps(const matrix::Event& event) {
  static constexpr std::string_view kTypes[] = {
      "m.room.create",
      "m.room.message",
      "m.room.encrypted",
      "m.sticker",
      "m.call.invite",
      "m.poll.start",
      "org.matrix.msc3381.poll.start",
      "m.beacon_info",
      "org.matrix.msc3672.beacon_info",
  };
  return std::ranges::find(kTypes, event.type) != std::end(kTypes);
}

/// The newest of them that counts; 0: none.
template <class Events>
StreamPos newest_bump(const Events& ascending, StreamPos after) {
  for (const auto& stored : std::views::reverse(ascending)) {
    if (stored->pos <= after) break;
    if (bumps(*stored->event)) return stored->pos;
  }
  return 0;
}

std::string key_of(const memory::Room& room, const sync::Recipient& recipient) {
  return std::to_string(room.num()) + ' ' + recipient.user_id;
}

matrix::JsonObject parsed(std::string_view content) {
  auto json = matrix::parse_json(content);
  return json && json->is_object() ? std::move(json->get_object()) : matrix::JsonObject();
}

}  // namespace

UserMarksPtr RoomFacts::marks(store::Connection* connection, const std::string& user_id, StreamPos own_pos,
                              bool with_tags) {
  auto& shard = shards_[std::hash<std::string>{}(user_id) % shards_.size()];
  {
    const base::Lock lock(shard.mutex);
    const auto found = shard.marks.find(user_id);
    if (found != shard.marks.end() && found->second->own_pos >= own_pos && (found->second->has_tags || !with_tags)) {
      return found->second;
    }
  }
  if (!connection) return nullptr;
  auto marks = std::make_shared<UserMarks>();
  marks->own_pos = own_pos;
  const auto row = account_data::account_data_store::find_account_data(
      *connection, user_id, account_data::account_data_store::kGlobal, "m.direct");
  const auto direct = row ? parsed(row->content) : matrix::JsonObject();
  for (const auto& [person, rooms] : direct) {
    if (!rooms.is_array()) continue;
    for (const auto& room : rooms.get_array()) {
      if (room.is_string()) marks->direct.emplace(matrix::view(room.get_string()));
    }
  }
  if (with_tags) {
    marks->has_tags = true;
    for (const auto& entry :
         account_data::account_data_store::account_data_of_type(*connection, user_id, account_data::kTagType)) {
      const auto content = parsed(entry.content);
      const auto* tags = matrix::find_object(content, "tags");
      if (!tags) continue;
      for (const auto& [tag, nothing] : *tags) marks->tags[entry.room].emplace(tag);
    }
  }
  const base::Lock lock(shard.mutex);
  if (shard.marks.size() >= kMaxPerShard) shard.marks.clear();
  shard.marks.insert_or_assign(user_id, marks);
  return marks;
}

std::optional<StreamPos> RoomFacts::bump_stamp(store::Connection* connection, const memory::Room& room) {
  auto& shard = shards_[static_cast<std::size_t>(room.num()) % shards_.size()];
  Bump bump;
  {
    const base::Lock lock(shard.mutex);
    if (const auto found = shard.bumps.find(room.num()); found != shard.bumps.end()) bump = found->second;
  }
  StreamPos last = 0;
  StreamPos first = 0;  // the tail begins here
  StreamPos stamp = 0;
  bool complete = false;
  {
    const base::ReadLock lock(room.mutex());
    const auto& tail = room.tail();
    if (!tail.empty()) {
      last = tail.back()->pos;
      first = tail.front()->pos;
    }
    if (last <= bump.looked_upto && bump.stamp != 0) return bump.stamp;
    stamp = newest_bump(tail, bump.looked_upto);
    complete = room.tail_complete_after() <= bump.looked_upto;
  }
  if (stamp == 0 && !complete) {
    if (!connection) return std::nullopt;
    auto before = (first == 0 ? INT64_MAX : first) - 1;
    for (std::size_t looked = 0; stamp == 0;) {
      const auto rows =
          memory::event_store::timeline(*connection, room.num(), bump.looked_upto, before, kBumpRows, true);
      stamp = newest_bump(rows, bump.looked_upto);
      looked += rows.size();
      if (rows.size() < kBumpRows || stamp != 0) break;
      before = rows.front()->pos - 1;
      if (looked >= kMaxBumpRows) stamp = rows.front()->pos;
    }
  }
  if (stamp != 0) bump.stamp = stamp;
  if (bump.stamp == 0) bump.stamp = last;
  bump.looked_upto = std::max(bump.looked_upto, last);
  const base::Lock lock(shard.mutex);
  if (shard.bumps.size() >= kMaxPerShard) shard.bumps.clear();
  auto& slot = shard.bumps[room.num()];
  if (slot.looked_upto < bump.looked_upto) slot = bump;
  return slot.stamp;
}

std::optional<bool> RoomFacts::was_joined(store::Connection* connection, const memory::RoomPtr& room,
                                          const sync::Recipient& recipient, StreamPos member_pos) {
  const auto key = key_of(*room, recipient);
  auto& shard = shards_[std::hash<std::string>{}(key) % shards_.size()];
  {
    const base::Lock lock(shard.mutex);
    const auto found = shard.joined.find(key);
    if (found != shard.joined.end() && found->second.first == member_pos) return found->second.second;
  }
  sync::RoomView view(room, recipient, connection, member_pos, member_pos);
  const bool joined = view.left_at(member_pos).has_value();
  if (view.incomplete()) return std::nullopt;
  const base::Lock lock(shard.mutex);
  if (shard.joined.size() >= kMaxPerShard) shard.joined.clear();
  shard.joined.insert_or_assign(key, std::pair(member_pos, joined));
  return joined;
}

std::optional<FilteredBy> RoomFacts::when_left(store::Connection* connection, const memory::RoomPtr& room,
                                               const sync::Recipient& recipient, StreamPos member_pos) {
  const auto key = key_of(*room, recipient);
  auto& shard = shards_[std::hash<std::string>{}(key) % shards_.size()];
  {
    const base::Lock lock(shard.mutex);
    const auto found = shard.left.find(key);
    if (found != shard.left.end() && found->second.first == member_pos) return found->second.second;
  }
  FilteredBy facts;
  {
    const base::ReadLock lock(room->mutex());
    facts.create = room->state_event("m.room.create", "");
  }
  sync::RoomView view(room, recipient, connection, member_pos, member_pos);
  if (const auto ceased = view.left_at(member_pos)) {
    facts.name = view.state_at("m.room.name", "", *ceased);
    facts.encrypted = view.state_at("m.room.encryption", "", *ceased) != nullptr;
  }
  if (view.incomplete()) return std::nullopt;
  const base::Lock lock(shard.mutex);
  if (shard.left.size() >= kMaxPerShard) shard.left.clear();
  shard.left.insert_or_assign(key, std::pair(member_pos, facts));
  return facts;
}

}  // namespace troupe::homeserver::sliding
