#include "homeserver/memory/typing.h"

#include <algorithm>
#include <charconv>

#include "base/mutex.h"
namespace troupe::homeserver::memory {
namespace {
constexpr std::string_view kTypingChannel = "hs.typing";

bool is_joined(const RoomPtr& room, std::string_view user_id) {
  const base::ReadLock lock(room->mutex());
  return room->membership(user_id) == "join";
}
}  // namespace

struct Typing::Impl : std::enable_shared_from_this<Typing::Impl> {
  using Time = std::chrono::steady_clock::time_point;
  struct RoomTyping {
    RoomPtr room;
    std::vector<std::pair<std::string, Time>> users;  ///< who, until when
    std::uint64_t changed = 0;
  };

  Impl(Users& users, const asio::any_io_executor& executor) : users(users), timer(executor) {}

  /// Numbers the change. Readers take the mutex too, so nobody who has seen the number misses the list.
  void announce(RoomTyping& typing) {
    typing.changed = users.touch_room_ephemeral(typing.room);
    if (!observers.empty()) observers.tell({.room_id = typing.room->id(), .user_ids = who(typing)});
  }

  static std::vector<std::string> who(const RoomTyping& typing) {
    std::vector<std::string> found;
    found.reserve(typing.users.size());
    for (const auto& [user, until] : typing.users) found.push_back(user);
    return found;
  }

  /// Yields whether the list changed.
  bool put(const RoomPtr& room, std::string_view user_id, std::optional<Time> until) REQUIRES(mutex) {
    const auto found = rooms.find(room->num());
    if (!until && found == rooms.end()) return false;
    auto& entry = found != rooms.end() ? found->second : rooms[room->num()];
    entry.room = room;
    const auto user = std::ranges::find(entry.users, user_id, [](const auto& u) { return u.first; });
    const bool was = user != entry.users.end();
    if (until && was) {
      user->second = *until;
    } else if (until) {
      entry.users.emplace_back(user_id, *until);
    } else if (was) {
      entry.users.erase(user);
    }
    if (until.has_value() != was) announce(entry);
    if (until || was) arm();
    return until.has_value() != was;
  }

  void arm() REQUIRES(mutex) {
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
    const base::Lock lock(mutex);
    const auto now = std::chrono::steady_clock::now();
    armed_for = Time::max();
    for (auto& [num, typing] : rooms) {
      if (std::erase_if(typing.users, [now](const auto& user) { return user.second <= now; }) > 0) announce(typing);
    }
    forget_old();
    arm();
  }

  /// A notice of somebody who is not in the room.
  bool take_out(const RoomPtr& room, std::string_view user_id) REQUIRES(mutex) {
    return rooms.contains(room->num()) && put(room, user_id, std::nullopt);
  }

  void left(const RoomPtr& room, std::string_view user_id) {
    const base::Lock lock(mutex);
    take_out(room, user_id);
  }

  /// A room with nobody typing is kept for a while, because "nobody" is news for those who have not heard it.
  void forget_old() REQUIRES(mutex) {
    if (rooms.size() < kMaxQuietRooms) return;
    std::erase_if(rooms, [](const auto& item) { return item.second.users.empty(); });
  }

  static constexpr std::size_t kMaxQuietRooms = 10'000;
  Users& users;
  base::Observers<const matrix::TypingEdu&> observers;
  base::Observers<const std::string&> acts;
  mutable base::Mutex mutex;
  asio::steady_timer timer GUARDED_BY(mutex);
  Time armed_for GUARDED_BY(mutex) = Time::max();
  bool stopped GUARDED_BY(mutex) = false;
  std::unordered_map<RoomNum, RoomTyping> rooms GUARDED_BY(mutex);
};

Typing::Typing(store::Database& db, Rooms& rooms, Users& users, bus::Bus& bus, asio::any_io_executor executor)
    : impl_(std::make_shared<Impl>(users, std::move(executor))), db_(db), rooms_(rooms), bus_(bus) {
  others_ = bus.subscribe(std::string(kTypingChannel), [this](std::string_view bytes) { heard(bytes); });
  departures_ =
      users.observe_departures([impl = impl_](const Users::Departure& gone) { impl->left(gone.room, gone.user_id); });
}

Typing::~Typing() { stop(); }

void Typing::stop() {
  others_.reset();
  departures_.reset();
  const base::Lock lock(impl_->mutex);
  impl_->stopped = true;
  impl_->timer.cancel();
}

Task<Unit> Typing::set(std::string room_id, std::string user_id, bool typing, std::chrono::milliseconds timeout) {
  auto room = rooms_.find(room_id);
  if (!room) {
    auto load = [&](store::Connection& connection) -> Result<RoomPtr> { return rooms_.load(connection, room_id); };
    CO_TRY(room, co_await db_.read(load));
  }
  if (!room || !is_joined(room, user_id)) co_return Error(Errc::forbidden, "You are not in this room.");
  if (typing) impl_->acts.tell(user_id);

  const auto left = std::clamp(timeout, std::chrono::milliseconds(1000), kMaxTyping);
  bool changed = false;
  {
    const base::Lock lock(impl_->mutex);
    changed = impl_->put(room, user_id, typing ? std::optional(std::chrono::steady_clock::now() + left) : std::nullopt);
    // They may have left since they were looked at: then nobody else takes this out.
    if (typing && !is_joined(room, user_id)) {
      impl_->take_out(room, user_id);
      co_return Error(Errc::forbidden, "You are not in this room.");
    }
  }
  // Told again while it goes on: whoever has not heard of it, or has it for shorter, learns.
  if (typing || changed) tell(room_id, user_id, typing ? left : std::chrono::milliseconds(0));
  co_return Unit{};
}

// "<milliseconds left> <user id> <room id>"; ids hold no space.
void Typing::tell(std::string_view room_id, std::string_view user_id, std::chrono::milliseconds left) {
  std::string bytes = std::to_string(left.count()) + ' ';
  bytes.append(user_id).append(" ").append(room_id);
  bus_.publish(kTypingChannel, bytes);
}

// Our own words come back here too, and change nothing then.
void Typing::heard(std::string_view bytes) {
  std::int64_t left_ms = 0;
  const auto [end, failed] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), left_ms);
  if (failed != std::errc() || left_ms < 0) return;
  bytes.remove_prefix(static_cast<std::size_t>(end - bytes.data()));
  const auto space = bytes.find(' ', 1);
  if (!bytes.starts_with(' ') || space == bytes.npos) return;
  const auto user_id = bytes.substr(1, space - 1);
  const auto room = rooms_.find(bytes.substr(space + 1));
  if (!room) return;  // nobody here is online in it
  const auto until = std::chrono::steady_clock::now() + std::min(std::chrono::milliseconds(left_ms), kMaxTyping);
  const base::Lock lock(impl_->mutex);
  // Looked at under the lock: who leaves afterwards is taken out.
  const bool types = left_ms > 0 && is_joined(room, user_id);
  impl_->put(room, user_id, types ? std::optional(until) : std::nullopt);
}

void Typing::stopped(std::string_view room_id, const std::string& user_id) {
  impl_->acts.tell(user_id);
  const auto room = rooms_.find(room_id);
  if (!room) return;
  {
    const base::Lock lock(impl_->mutex);
    const auto found = impl_->rooms.find(room->num());
    if (found == impl_->rooms.end() || !impl_->put(found->second.room, user_id, std::nullopt)) return;
  }
  tell(room_id, user_id, std::chrono::milliseconds(0));
}

std::optional<std::vector<std::string>> Typing::changed_since(RoomNum room, std::optional<std::uint64_t> since) const {
  const base::Lock lock(impl_->mutex);
  const auto found = impl_->rooms.find(room);
  if (found == impl_->rooms.end()) return std::nullopt;
  if (since ? found->second.changed <= *since : found->second.users.empty()) return std::nullopt;
  return Impl::who(found->second);
}

base::SubscriptionPtr Typing::observe_acts(std::function<void(const std::string&)> receive) {
  return impl_->acts.add(std::move(receive));
}

base::SubscriptionPtr Typing::observe(std::function<void(const matrix::TypingEdu&)> receive) {
  return impl_->observers.add(std::move(receive));
}

std::vector<RoomNum> Typing::rooms_changed_since(std::uint64_t since) const {
  const base::Lock lock(impl_->mutex);
  std::vector<RoomNum> found;
  for (const auto& [room, typing] : impl_->rooms) {
    if (typing.changed > since) found.push_back(room);
  }
  std::ranges::sort(found);
  return found;
}

std::vector<RoomNum> Typing::rooms_typing() const {
  const base::Lock lock(impl_->mutex);
  std::vector<RoomNum> found;
  for (const auto& [room, typing] : impl_->rooms) {
    if (!typing.users.empty()) found.push_back(room);
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace troupe::homeserver::memory
