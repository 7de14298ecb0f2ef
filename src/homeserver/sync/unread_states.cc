#include "homeserver/sync/unread_states.h"

namespace troupe::homeserver::sync {

UnreadCount UnreadCounts::total() const {
  UnreadCount sum = main;
  for (const auto& [root, count] : threads) {
    sum.notifications += count.notifications;
    sum.highlights += count.highlights;
  }
  return sum;
}

UnreadStates::Packed UnreadStates::pack(UnreadState state) {
  Packed packed{.read_everything = state.floors.everything,
                .read_main = state.floors.main,
                .member_pos = state.member_pos,
                .joined_at = state.joined_at,
                .upto = state.upto,
                .main = state.counts.main,
                .threads = nullptr};
  if (!state.floors.threads.empty() || !state.counts.threads.empty()) {
    packed.threads = std::make_unique<const Threads>(std::move(state.floors.threads), std::move(state.counts.threads));
  }
  return packed;
}

UnreadState UnreadStates::unpack(const Packed& packed) {
  UnreadState state{.floors = {.everything = packed.read_everything, .main = packed.read_main, .threads = {}},
                    .member_pos = packed.member_pos,
                    .joined_at = packed.joined_at,
                    .upto = packed.upto,
                    .counts = {.main = packed.main, .threads = {}}};
  if (packed.threads) {
    state.floors.threads = packed.threads->floors;
    state.counts.threads = packed.threads->counts;
  }
  return state;
}

std::optional<UnreadState> UnreadStates::find(const std::string& user_id, memory::RoomNum room,
                                              const account_data::UserSettingsPtr& settings) {
  auto& shard = shard_of(user_id);
  const base::Lock lock(shard.mutex);
  const auto user = shard.users.find(user_id);
  if (user == shard.users.end() || user->second.settings != settings) return std::nullopt;
  const auto found = user->second.rooms.find(room);
  if (found == user->second.rooms.end()) return std::nullopt;
  return unpack(found->second);
}

void UnreadStates::put(const std::string& user_id, memory::RoomNum room, const account_data::UserSettingsPtr& settings,
                       UnreadState state) {
  auto packed = pack(std::move(state));
  auto& shard = shard_of(user_id);
  const base::Lock lock(shard.mutex);
  if (shard.size >= most_of_shard_) {
    shard.users.clear();
    shard.size = 0;
  }
  auto& user = shard.users[user_id];
  if (user.settings != settings) {
    shard.size -= user.rooms.size();
    user.rooms.clear();
    user.settings = settings;
  }
  if (user.rooms.insert_or_assign(room, std::move(packed)).second) ++shard.size;
}

}  // namespace troupe::homeserver::sync
