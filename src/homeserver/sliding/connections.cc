#include "homeserver/sliding/connections.h"

#include <algorithm>

#include "base/crypto.h"

namespace troupe::homeserver::sliding {
namespace {

constexpr std::size_t kStatesKept = 16;  ///< more are looked through for those that no room has any more

Error unknown_pos() {
  return Error(Errc::invalid_param, "This position is not known here: begin without one.")
      .with_wire_code("M_UNKNOWN_POS");
}

std::string device_key(const SlidingRequest& request) {
  std::string key = request.user_id;
  key += '\0';
  key += request.device_id;
  return key;
}

const SentRoom* find_in(const std::vector<SentRoom>& rooms, memory::RoomNum room) {
  const auto found = std::ranges::lower_bound(rooms, room, {}, &SentRoom::room);
  return found != rooms.end() && found->room == room ? &*found : nullptr;
}

/// Leaves out required states that no room has any more.
void forget_states(ConnectionState& state, std::vector<SentRoom>& rooms) {
  if (state.states.size() <= kStatesKept) return;
  std::vector<std::optional<std::uint16_t>> place(state.states.size());
  std::vector<RequiredStatePtr> kept;
  for (auto& sent : rooms) {
    auto& to = place[sent.state];
    if (!to) {
      to = static_cast<std::uint16_t>(kept.size());
      kept.push_back(state.states[sent.state]);
    }
    sent.state = *to;
  }
  state.states = std::move(kept);
}

/// The same state with its changes settled: what all later ones share.
ConnectionStatePtr settled(const ConnectionStatePtr& state) {
  if (state->changed.empty()) return state;
  auto next = std::make_shared<ConnectionState>(*state);
  auto rooms = state->rooms();
  next->changed.clear();
  next->changed.shrink_to_fit();
  forget_states(*next, rooms);
  next->sent = std::make_shared<const std::vector<SentRoom>>(std::move(rooms));
  return next;
}

}  // namespace

const SentRoom* ConnectionState::find(memory::RoomNum room) const {
  if (const auto* found = find_in(changed, room)) return found->forgotten ? nullptr : found;
  return sent ? find_in(*sent, room) : nullptr;
}

std::vector<SentRoom> ConnectionState::rooms() const {
  std::vector<SentRoom> all;
  static const std::vector<SentRoom> none;
  const auto& old = sent ? *sent : none;
  all.reserve(old.size() + changed.size());
  auto was = old.begin();
  for (const auto& now : changed) {
    while (was != old.end() && was->room < now.room) all.push_back(*was++);
    if (was != old.end() && was->room == now.room) ++was;
    if (!now.forgotten) all.push_back(now);
  }
  all.insert(all.end(), was, old.end());
  return all;
}

std::size_t ConnectionState::bytes() const {
  std::size_t sum = sizeof *this + changed.capacity() * sizeof(SentRoom);
  if (sent) sum += sent->capacity() * sizeof(SentRoom);
  for (const auto& state : states) sum += sizeof state + state->bytes();
  for (const auto& list : lists) sum += sizeof list + list.name.capacity();
  for (const auto& [room, rule] : subscriptions) sum += room.capacity() + sizeof rule + rule.required_state.bytes();
  return sum;
}

SlidingConnections::SlidingConnections(const base::Clock& clock, Limits limits)
    : clock_(clock), limits_(limits), boot_(base::random_alphanumeric(6)) {}

Result<SlidingConnections::Turn> SlidingConnections::begin(const SlidingRequest& request) {
  auto device = device_key(request);
  auto key = device + '\0' + request.conn_id;
  std::optional<SlidingPos> at;
  if (!request.pos.empty()) {
    at = parse_sliding_pos(request.pos);
    if (!at || at->boot != boot_) return unknown_pos();
  }
  const base::Lock lock(mutex_);
  auto found = connections_.find(key);
  if (at) {
    if (found == connections_.end()) return unknown_pos();
    auto& connection = found->second;
    const auto is_at = [&](const ConnectionStatePtr& state) { return state && state->number == at->number; };
    if (is_at(connection.offered) || is_at(connection.offered_before)) {
      connection.acked = settled(is_at(connection.offered) ? connection.offered : connection.offered_before);
      connection.offered = connection.offered_before = nullptr;
    } else if (!is_at(connection.acked)) {
      return unknown_pos();
    }
  } else if (found == connections_.end()) {
    auto& others = of_device_[device];
    if (others.size() >= limits_.of_device) {
      const auto oldest = std::ranges::min_element(
          others, {}, [this](const std::string& other) REQUIRES(mutex_) { return connections_.at(other).used; });
      const auto gone = *oldest;
      drop(connections_.find(gone));
    }
    of_device_[device].insert(key);
    found = connections_.try_emplace(key).first;
    found->second.user = request.user_id;
    found->second.device = std::move(device);
  } else {
    found->second.acked = found->second.offered = found->second.offered_before = nullptr;
  }
  auto& connection = found->second;
  const bool replaced = !std::exchange(connection.answered, false);
  connection.turn = next_number();
  touch(key, connection);
  weigh(connection);
  Turn turn{.key = key, .number = connection.turn, .since = connection.acked, .replaced = replaced};
  make_room(key);
  return turn;
}

bool SlidingConnections::is_over(const Turn& turn) const {
  const base::Lock lock(mutex_);
  const auto found = connections_.find(turn.key);
  return found == connections_.end() || found->second.turn != turn.number;
}

bool SlidingConnections::offer(const Turn& turn, ConnectionStatePtr state) {
  const base::Lock lock(mutex_);
  const auto found = connections_.find(turn.key);
  if (found == connections_.end() || found->second.turn != turn.number) return false;
  auto& connection = found->second;
  connection.offered_before = std::exchange(connection.offered, std::move(state));
  connection.answered = true;
  weigh(connection);
  if (connection.bytes > limits_.bytes_of_one) {
    drop(found);  // the answer is good; what follows it begins anew
    return true;
  }
  touch(turn.key, connection);
  make_room(turn.key);
  return true;
}

void SlidingConnections::evict() {
  const auto before = memory::steady_ms(clock_) - std::chrono::milliseconds(kKeep).count();
  const base::Lock lock(mutex_);
  while (!by_use_.empty()) {
    const auto oldest = connections_.find(by_use_.begin()->second);
    if (oldest->second.used_ms >= before) return;
    drop(oldest);
  }
}

std::size_t SlidingConnections::count() const {
  const base::Lock lock(mutex_);
  return connections_.size();
}

std::size_t SlidingConnections::bytes() const {
  const base::Lock lock(mutex_);
  return bytes_;
}

void SlidingConnections::touch(const std::string& key, Connection& connection) {
  auto& own = of_user_[connection.user].by_use;
  if (connection.used != 0) {
    by_use_.erase(connection.used);
    own.erase(connection.used);
  }
  connection.used = ++uses_;
  connection.used_ms = memory::steady_ms(clock_);
  by_use_.emplace(connection.used, key);
  own.emplace(connection.used, key);
}

void SlidingConnections::weigh(Connection& connection) {
  const auto before = connection.bytes;
  connection.bytes = sizeof connection;
  if (connection.acked) connection.bytes += connection.acked->bytes();
  for (const auto& offered : {connection.offered, connection.offered_before}) {
    if (!offered) continue;
    connection.bytes += offered->bytes();
    const auto& shared = offered->sent;  // counted once
    if (shared && connection.acked && connection.acked->sent == shared) {
      connection.bytes -= shared->capacity() * sizeof(SentRoom);
    }
  }
  add_bytes(connection.user, before, connection.bytes);
}

void SlidingConnections::add_bytes(const std::string& user, std::size_t before, std::size_t now) {
  auto& share = of_user_[user];
  by_weight_.erase({share.bytes, user});
  share.bytes += now - before;
  bytes_ += now - before;
  if (share.by_use.empty()) {
    of_user_.erase(user);
  } else {
    by_weight_.emplace(share.bytes, user);
  }
}

void SlidingConnections::drop(Map::iterator connection) {
  by_use_.erase(connection->second.used);
  of_user_[connection->second.user].by_use.erase(connection->second.used);
  add_bytes(connection->second.user, connection->second.bytes, 0);
  const auto device = of_device_.find(connection->second.device);
  device->second.erase(connection->first);
  if (device->second.empty()) of_device_.erase(device);
  connections_.erase(connection);
}

void SlidingConnections::make_room(const std::string& keep) {
  const auto drop_key = [this](const std::string& key) REQUIRES(mutex_) { drop(connections_.find(key)); };
  const auto& own = of_user_.at(connections_.at(keep).user);  // stays: `keep` is among them
  while ((own.by_use.size() > limits_.of_user || own.bytes > limits_.bytes_of_user) &&
         own.by_use.begin()->second != keep) {
    drop_key(own.by_use.begin()->second);
  }
  while (bytes_ > limits_.bytes) {
    const auto oldest = oldest_of_the_largest(keep);
    if (!oldest) break;
    drop_key(*oldest);
  }
  while (connections_.size() > limits_.all && by_use_.begin()->second != keep) drop_key(by_use_.begin()->second);
}

std::optional<std::string> SlidingConnections::oldest_of_the_largest(const std::string& keep) const {
  for (auto share = by_weight_.rbegin(); share != by_weight_.rend(); ++share) {
    const auto& oldest = of_user_.at(share->second).by_use.begin()->second;
    if (oldest != keep) return oldest;
  }
  return std::nullopt;
}

}  // namespace troupe::homeserver::sliding
