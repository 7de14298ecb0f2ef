#include "homeserver/reading/typing.h"

#include <algorithm>

namespace troupe::homeserver {

struct Typing::Impl : std::enable_shared_from_this<Typing::Impl> {
  using Time = std::chrono::steady_clock::time_point;
  struct RoomTyping {
    RoomPtr room;
    std::vector<std::pair<std::string, Time>> users;  ///< who, until when
    std::uint64_t changed = 0;
  };

  Impl(Users& users, asio::any_io_executor executor) : users(users), timer(std::move(executor)) {}

  /// Numbers the change. Readers take the mutex too, so nobody who has seen the number misses the list.
  void announce(RoomTyping& typing) { typing.changed = users.touch_room_ephemeral(typing.room); }

  void arm() {
    Time next = Time::max();
    for (const auto& [num, typing] : rooms) {
      for (const auto& [user, until] : typing.users) next = std::min(next, until);
    }
    if (next == armed_for) return;
    armed_for = next;
    timer.cancel();
    if (next == Time::max() || stopped) return;
    timer.expires_at(next);
    timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      if (auto self = weak.lock(); self && !error) self->expire();
    });
  }

  void expire() {
    const std::lock_guard lock(mutex);
    const auto now = std::chrono::steady_clock::now();
    armed_for = Time::max();
    for (auto& [num, typing] : rooms) {
      if (std::erase_if(typing.users, [now](const auto& user) { return user.second <= now; }) > 0) announce(typing);
    }
    forget_old();
    arm();
  }

  /// A room with nobody typing is kept for a while, because "nobody" is news for those who have not heard it.
  void forget_old() {
    if (rooms.size() < kMaxQuietRooms) return;
    std::erase_if(rooms, [](const auto& item) { return item.second.users.empty(); });
  }

  static constexpr std::size_t kMaxQuietRooms = 10'000;
  Users& users;
  mutable std::mutex mutex;
  asio::steady_timer timer;  ///< all below guarded by mutex
  Time armed_for = Time::max();
  bool stopped = false;
  std::unordered_map<RoomNum, RoomTyping> rooms;
};

Typing::Typing(store::Database& db, Rooms& rooms, Users& users, asio::any_io_executor executor)
    : impl_(std::make_shared<Impl>(users, std::move(executor))), db_(db), rooms_(rooms) {}

Typing::~Typing() { stop(); }

void Typing::stop() {
  const std::lock_guard lock(impl_->mutex);
  impl_->stopped = true;
  impl_->timer.cancel();
}

Task<Unit> Typing::set(std::string room_id, std::string user_id, bool typing, std::chrono::milliseconds timeout) {
  auto room = rooms_.find(room_id);
  if (!room) {
    auto load = [&](store::Connection& connection) -> Result<RoomPtr> { return rooms_.load(connection, room_id); };
    CO_TRY(room, co_await db_.read(load));
  }
  bool joined = false;
  if (room) {
    const std::shared_lock lock(room->mutex());
    joined = room->membership(user_id) == "join";
  }
  if (!joined) co_return Error(Errc::forbidden, "You are not in this room.");

  const auto until =
      std::chrono::steady_clock::now() + std::clamp(timeout, std::chrono::milliseconds(1000), kMaxTyping);
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->rooms.find(room->num());
  if (!typing && found == impl_->rooms.end()) co_return Unit{};
  auto& entry = found != impl_->rooms.end() ? found->second : impl_->rooms[room->num()];
  entry.room = room;
  const auto user = std::ranges::find(entry.users, user_id, [](const auto& u) { return u.first; });
  const bool was = user != entry.users.end();
  if (typing && was) {
    user->second = until;
  } else if (typing) {
    entry.users.emplace_back(user_id, until);
  } else if (was) {
    entry.users.erase(user);
  }
  if (typing != was) impl_->announce(entry);
  impl_->arm();
  co_return Unit{};
}

void Typing::stopped(RoomNum room, std::string_view user_id) {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->rooms.find(room);
  if (found == impl_->rooms.end()) return;
  auto& users = found->second.users;
  if (std::erase_if(users, [&](const auto& user) { return user.first == user_id; }) == 0) return;
  impl_->announce(found->second);
  impl_->arm();
}

std::optional<std::vector<std::string>> Typing::changed_since(RoomNum room, std::uint64_t since) const {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->rooms.find(room);
  if (found == impl_->rooms.end() || found->second.changed <= since) return std::nullopt;
  if (since == 0 && found->second.users.empty()) return std::nullopt;
  std::vector<std::string> users;
  for (const auto& [user, until] : found->second.users) users.push_back(user);
  return users;
}

std::vector<RoomNum> Typing::rooms_changed_since(std::uint64_t since) const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<RoomNum> found;
  for (const auto& [room, typing] : impl_->rooms) {
    if (typing.changed > since) found.push_back(room);
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace troupe::homeserver
