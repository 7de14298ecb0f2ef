#include "homeserver/memory/users.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>
#include <unordered_map>

#include "homeserver/memory/rooms.h"
#include "homeserver/memory/rooms_impl.h"

namespace troupe::homeserver::memory {
namespace {

void raise(std::atomic<StreamPos>& position, StreamPos to) {
  auto now = position.load(std::memory_order_relaxed);
  while (now < to && !position.compare_exchange_weak(now, to, std::memory_order_acq_rel)) {
  }
}

void raise(std::atomic<std::uint64_t>& number, std::uint64_t to) {
  auto now = number.load(std::memory_order_relaxed);
  while (now < to && !number.compare_exchange_weak(now, to, std::memory_order_acq_rel)) {
  }
}

/// How long changes of membership are remembered for views that are just being read: longer than a snapshot may live.
constexpr std::int64_t kKeepChangesMs = 60'000;
constexpr std::size_t kMaxChanges = 100'000;

struct MembershipChanged {
  std::int64_t at_ms;  ///< steady_ms
  std::string user_id;
  UserMembership membership;
};

}  // namespace

struct UserView::Waiter {
  explicit Waiter(const asio::any_io_executor& executor) : timer(executor) {}
  asio::steady_timer timer;
  bool woken = false;  // on the executor
};

struct Users::Impl {
  store::Database& database;
  const base::Clock& clock;

  mutable base::SharedMutex map_mutex;
  std::unordered_map<std::string, UserViewPtr, TextHash, std::equal_to<>> views GUARDED_BY(map_mutex);

  /// The newest position that is being or was published; set before views are looked up.
  std::atomic<StreamPos> publishing{0};
  std::atomic<std::uint64_t> ephemeral{0};
  base::Mutex ephemeral_mutex;  ///< held by whoever raises it

  base::Observers<const Departure&> departures;
  std::vector<UserViewPtr> touched;                   // writer thread only
  std::array<std::atomic<std::uint64_t>, 7> woken{};  // by WokenBy

  base::Mutex changes_mutex;
  std::deque<MembershipChanged> changes GUARDED_BY(changes_mutex);
  StreamPos changes_dropped GUARDED_BY(changes_mutex) = 0;  ///< changes up to here may be missing in `changes`

  /// What is too old or too much.
  void drop_changes(std::int64_t now_ms) REQUIRES(changes_mutex) {
    while (!changes.empty() && (changes.front().at_ms < now_ms - kKeepChangesMs || changes.size() > kMaxChanges)) {
      changes_dropped = std::max(changes_dropped, changes.front().membership.pos);
      changes.pop_front();
    }
  }
};

namespace {

template <class Waiters>
void wake_all(Waiters waiters) {
  for (auto& waiter : waiters) {
    auto executor = waiter->timer.get_executor();
    asio::post(executor, [waiter = std::move(waiter)] {
      waiter->woken = true;
      waiter->timer.cancel();
    });
  }
}

}  // namespace

bool UserView::shares_room_with(const std::string& other) const {
  const base::Lock lock(mutex_);
  for (const auto& [num, membership] : memberships_) {
    if (membership.membership != "join") continue;
    const base::ReadLock room_lock(membership.room->mutex());
    if (membership.room->membership(other) == "join") return true;
  }
  return false;
}

Users::Users(store::Database& database, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(database, clock)), inbox_(*this, clock) {}
Users::~Users() = default;

UserViewPtr Users::find_any(std::string_view user_id) const {
  const base::ReadLock lock(impl_->map_mutex);
  auto found = impl_->views.find(user_id);
  return found == impl_->views.end() ? nullptr : found->second;
}

UserViewPtr Users::find(std::string_view user_id) const {
  auto view = find_any(user_id);
  if (!view || !view->loaded_.load(std::memory_order_acquire)) return nullptr;
  view->last_used_ms_.store(steady_ms(impl_->clock), std::memory_order_relaxed);
  return view;
}

UserViewPtr Users::find_or_make(std::string_view user_id) {
  if (auto view = find_any(user_id)) return view;
  const base::WriteLock lock(impl_->map_mutex);
  auto& slot = impl_->views[std::string(user_id)];
  if (!slot) {
    slot = std::make_shared<UserView>(std::string(user_id));
    slot->last_used_ms_.store(steady_ms(impl_->clock), std::memory_order_relaxed);
  }
  return slot;
}

UserViewPtr Users::load(store::Connection& connection, Rooms& rooms, std::string_view user_id) {
  auto view = find_or_make(user_id);
  view->last_used_ms_.store(steady_ms(impl_->clock), std::memory_order_relaxed);
  if (view->loaded_.load(std::memory_order_acquire)) return view;
  const base::Lock one(view->load_mutex_);
  if (view->loaded_.load(std::memory_order_acquire)) return view;
  fill(view, connection, rooms);
  view->loaded_.store(true, std::memory_order_release);
  return view;
}

// The view is in the map: commits from now on reach it. Commits between the start of the caller's snapshot and now are
// neither in the snapshot nor applied; they are in `changes`.
void Users::fill(const UserViewPtr& view, store::Connection& connection, Rooms& rooms) {
  auto head = std::max(impl_->publishing.load(std::memory_order_acquire), impl_->database.head());
  raise(view->last_pos_, head);
  raise(view->last_own_pos_, head);
  raise(view->last_ephemeral_, impl_->ephemeral.load(std::memory_order_acquire));
  const auto seen = event_store::newest_pos(connection);
  for (auto& row : event_store::memberships_of(connection, view->user_id())) {
    auto room = rooms.load(connection, row.room);
    if (!room) continue;
    apply(view, {.room = room, .membership = row.membership, .pos = row.pos, .forgotten = row.forgotten});
  }
  {
    auto gone = event_store::gone_rooms_of(connection, view->user_id(), kMostGoneRooms);
    const base::Lock lock(view->mutex_);
    for (auto& room : gone) view->remember_gone(std::move(room));
  }
  std::vector<UserMembership> missed;
  {
    const base::Lock lock(impl_->changes_mutex);
    if (seen < impl_->changes_dropped)
      throw store::SqlError("memberships were read too late to be brought up to date", true);
    for (const auto& change : impl_->changes)
      if (change.user_id == view->user_id()) missed.push_back(change.membership);
  }
  for (auto& membership : missed) apply(view, std::move(membership));
  // Rooms whose online members were marked before this view was among them.
  head = impl_->publishing.load(std::memory_order_acquire);
  raise(view->last_pos_, head);
  raise(view->last_own_pos_, head);
  raise(view->last_ephemeral_, impl_->ephemeral.load(std::memory_order_acquire));
}

void Users::apply(const UserViewPtr& view, UserMembership membership) {
  if (membership.membership == kGone) {
    drop(view, membership);
    return;
  }
  auto room = membership.room;
  bool joined = membership.membership == "join";
  {
    const base::Lock lock(view->mutex_);
    if (room->is_gone()) return;  // drop() has been here, or comes next
    auto& slot = view->memberships_[room->num()];
    if (slot.room && slot.pos > membership.pos) return;
    if (slot.room && slot.pos == membership.pos) membership.forgotten |= slot.forgotten;
    slot = std::move(membership);
  }
  const base::WriteLock lock(room->mutex_);
  if (joined)
    room->online_[view.get()] = view;
  else
    room->online_.erase(view.get());
}

void Users::drop(const UserViewPtr& view, const UserMembership& membership) {
  const auto& room = membership.room;
  {
    const base::Lock lock(view->mutex_);
    GoneRoom gone{.room_id = room->id(), .pos = membership.pos};
    bool forgotten = false;
    if (const auto found = view->memberships_.find(room->num()); found != view->memberships_.end()) {
      // Whoever was out already has been told so by the event by which they left.
      const auto& last = found->second;
      if (last.membership == "leave" || last.membership == "ban") gone.pos = last.pos;
      forgotten = last.forgotten;
      view->memberships_.erase(found);
    }
    if (!forgotten) view->remember_gone(std::move(gone));
  }
  const base::WriteLock lock(room->mutex_);
  room->online_.erase(view.get());
}

void UserView::remember_gone(GoneRoom room) {
  if (std::ranges::find(gone_, room.room_id, &GoneRoom::room_id) != gone_.end()) return;
  if (gone_.size() == kMostGoneRooms) gone_.erase(std::ranges::min_element(gone_, {}, &GoneRoom::pos));
  gone_.push_back(std::move(room));
}

void Users::mark(const UserViewPtr& view, StreamPos pos, WokenBy by) {
  raise(view->last_pos_, pos);
  if (view->touched_ != WokenBy::nothing) return;
  view->touched_ = by;
  impl_->touched.push_back(view);
}

void Users::membership_changed(const RoomPtr& room, std::string_view user_id, std::string_view membership,
                               StreamPos pos) {
  raise(impl_->publishing, pos);
  UserMembership change{.room = room, .membership = std::string(membership), .pos = pos, .forgotten = false};
  if (membership != "join") impl_->departures.tell({.room = room, .user_id = user_id});
  {
    auto now = steady_ms(impl_->clock);
    const base::Lock lock(impl_->changes_mutex);
    impl_->changes.push_back({now, std::string(user_id), change});
    impl_->drop_changes(now);
  }
  auto view = find_any(user_id);
  if (!view) return;
  apply(view, std::move(change));
  mark(view, pos, WokenBy::room);
}

base::SubscriptionPtr Users::observe_departures(std::function<void(const Departure&)> receive) {
  return impl_->departures.add(std::move(receive));
}

void Users::forgotten(std::string_view user_id, RoomNum room, StreamPos member_pos) {
  auto view = find_any(user_id);
  if (!view) return;
  const base::Lock lock(view->mutex_);
  auto found = view->memberships_.find(room);
  if (found != view->memberships_.end() && found->second.pos <= member_pos) found->second.forgotten = true;
}

void Users::reload(store::Connection& connection, Rooms& rooms, StreamPos head) {
  std::vector<UserViewPtr> views;
  {
    const base::ReadLock lock(impl_->map_mutex);
    for (const auto& [id, view] : impl_->views) views.push_back(view);
  }
  for (const auto& view : views) {
    fill(view, connection, rooms);
    touch(view->user_id(), head);
  }
}

void Users::touch(std::string_view user_id, StreamPos pos) {
  raise(impl_->publishing, pos);
  auto view = find_any(user_id);
  if (!view) return;
  raise(view->last_own_pos_, pos);
  mark(view, pos, WokenBy::own);
}

void Users::touch_room(const RoomPtr& room, StreamPos pos) {
  raise(impl_->publishing, pos);
  bool gone = false;
  {
    const base::ReadLock lock(room->mutex_);
    raise(room->last_pos_, pos);
    for (const auto& [key, weak] : room->online_) {
      if (auto view = weak.lock())
        mark(view, pos, WokenBy::room);
      else
        gone = true;
    }
  }
  if (!gone) return;
  const base::WriteLock lock(room->mutex_);
  std::erase_if(room->online_, [](const auto& entry) { return entry.second.expired(); });
}

void Users::touch_members(const RoomPtr& room, StreamPos pos) {
  raise(impl_->publishing, pos);
  const base::ReadLock lock(room->mutex_);
  for (const auto& [key, weak] : room->online_) {
    const auto view = weak.lock();
    if (!view) continue;
    raise(view->last_own_pos_, pos);
    mark(view, pos, WokenBy::device_lists);
  }
}

void Users::wake_touched() {
  for (const auto& view : impl_->touched) wake(view, std::exchange(view->touched_, WokenBy::nothing));
  impl_->touched.clear();
}

std::vector<UserViewPtr> Users::online_in(const RoomPtr& room) const {
  std::vector<UserViewPtr> views;
  const base::ReadLock lock(room->mutex_);
  views.reserve(room->online_.size());
  for (const auto& [key, weak] : room->online_)
    if (auto view = weak.lock()) views.push_back(std::move(view));
  return views;
}

std::uint64_t Users::touch_room_ephemeral(const RoomPtr& room) {
  return touch_ephemeral(WokenBy::typing, online_in(room), {});
}

std::uint64_t Users::touch_ephemeral(WokenBy by, const std::vector<UserViewPtr>& wake,
                                     const std::vector<UserViewPtr>& later) {
  std::uint64_t number = 0;
  {
    // The users first: a token with the number must not be given to somebody at whom it does not show yet.
    const base::Lock one_after_the_other(impl_->ephemeral_mutex);
    number = impl_->ephemeral.load(std::memory_order_relaxed) + 1;
    for (const auto& view : wake) raise(view->last_ephemeral_, number);
    for (const auto& view : later) raise(view->last_ephemeral_, number);
    impl_->ephemeral.store(number, std::memory_order_release);
  }
  for (const auto& view : wake) this->wake(view, by);
  return number;
}

std::uint64_t Users::ephemeral() const { return impl_->ephemeral.load(std::memory_order_acquire); }

asio::awaitable<void> Users::wait(UserViewPtr user, StreamPos pos, std::uint64_t ephemeral,
                                  std::chrono::steady_clock::time_point deadline) {
  auto waiter = std::make_shared<UserView::Waiter>(co_await asio::this_coro::executor);
  waiter->timer.expires_at(deadline);
  {
    const base::Lock lock(user->mutex_);
    if (user->last_pos() > pos || user->last_ephemeral() > ephemeral) co_return;
    user->waiters_.push_back(waiter);
  }
  // Cancelled: woken. Deferred: no frame of its own.
  co_await waiter->timer.async_wait(asio::as_tuple(asio::deferred));
  user->last_used_ms_.store(steady_ms(impl_->clock), std::memory_order_relaxed);
  if (waiter->woken) co_return;
  const base::Lock lock(user->mutex_);
  std::erase(user->waiters_, waiter);
}

std::uint64_t Users::woken(WokenBy by) const {
  return impl_->woken[static_cast<std::size_t>(by)].load(std::memory_order_relaxed);
}

void Users::wake(const UserViewPtr& user, WokenBy by) {
  decltype(user->waiters_) waiters;
  {
    const base::Lock lock(user->mutex_);
    waiters.swap(user->waiters_);
  }
  if (waiters.empty()) return;
  impl_->woken[static_cast<std::size_t>(by)].fetch_add(1, std::memory_order_relaxed);
  memory::wake_all(std::move(waiters));
}

void Users::wake_all() {
  std::vector<UserViewPtr> views;
  {
    const base::ReadLock lock(impl_->map_mutex);
    views.reserve(impl_->views.size());
    for (const auto& [id, view] : impl_->views) views.push_back(view);
  }
  for (const auto& view : views) wake(view);
}

void Users::evict_idle(std::chrono::minutes idle) {
  const auto now = steady_ms(impl_->clock);
  const auto before = now - std::chrono::milliseconds(idle).count();
  {
    const base::Lock changes_lock(impl_->changes_mutex);
    impl_->drop_changes(now);  // they hold rooms, too
  }
  std::vector<UserViewPtr> dropped;  // destroyed after the lock
  const base::WriteLock lock(impl_->map_mutex);
  for (auto entry = impl_->views.begin(); entry != impl_->views.end();) {
    auto& view = entry->second;
    // Whoever uses a view got it from this map, under the lock.
    if (view.use_count() == 1 && view->last_used_ms_.load(std::memory_order_relaxed) < before) {
      dropped.push_back(std::move(view));
      entry = impl_->views.erase(entry);
    } else {
      ++entry;
    }
  }
}

}  // namespace troupe::homeserver::memory
