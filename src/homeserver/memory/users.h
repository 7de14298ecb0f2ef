// Users with a view in memory (whoever syncs, or acts, now): their memberships, the newest position that concerns them,
// and the requests that wait for it.
#pragma once
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/observers.h"
#include "homeserver/memory/device_inbox.h"
#include "homeserver/memory/room.h"

namespace troupe::homeserver::memory {

struct UserMembership {
  RoomPtr room;
  std::string membership;  ///< join, invite, knock, leave, ban
  StreamPos pos = 0;       ///< of the member event
  bool forgotten = false;
};

/// What Users::membership_changed is told of everybody who was in a room that is purged.
inline constexpr std::string_view kGone = "gone";
/// So many purged rooms of a user are remembered.
inline constexpr std::size_t kMostGoneRooms = 1000;

/// What ends the waits of a user. Of one commit it is what came first.
enum class WokenBy { nothing, room, own, device_lists, typing, presence, to_device };

/// Read under mutex() by any thread; changed by the writer thread after commits.
class UserView {
 public:
  explicit UserView(std::string user_id) : user_id_(std::move(user_id)) {}
  const std::string& user_id() const { return user_id_; }
  base::Mutex& mutex() const RETURN_CAPABILITY(mutex_) { return mutex_; }
  /// Newest durable position that concerns this user; readable without a lock.
  StreamPos last_pos() const { return last_pos_.load(std::memory_order_acquire); }
  /// Newest position of something of this user's own, not of a room: account data, to-device messages, device lists and
  /// keys. Set by Users::touch(); readable without a lock. Lets /sync skip what cannot have changed.
  StreamPos last_own_pos() const { return last_own_pos_.load(std::memory_order_acquire); }
  /// Newest ephemeral change (typing, presence) that concerns this user.
  std::uint64_t last_ephemeral() const { return last_ephemeral_.load(std::memory_order_acquire); }
  const std::map<RoomNum, UserMembership>& memberships() const REQUIRES(mutex_) { return memberships_; }
  /// Rooms that were purged, of whose end the user may not have heard.
  const std::vector<GoneRoom>& gone() const REQUIRES(mutex_) { return gone_; }
  /// Whether both are in some room now.
  bool shares_room_with(const std::string& other) const;

 private:
  friend class Users;
  struct Waiter;
  void remember_gone(GoneRoom room) REQUIRES(mutex_);
  std::string user_id_;
  mutable base::Mutex mutex_;
  std::atomic<StreamPos> last_pos_{0};
  std::atomic<StreamPos> last_own_pos_{0};  ///< the head at loading, then by touch()
  std::atomic<std::uint64_t> last_ephemeral_{0};
  std::map<RoomNum, UserMembership> memberships_ GUARDED_BY(mutex_);
  std::vector<GoneRoom> gone_ GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Waiter>> waiters_ GUARDED_BY(mutex_);
  base::Mutex load_mutex_;  ///< one reader fills the view, the others wait for it
  std::atomic<bool> loaded_{false};
  std::atomic<std::int64_t> last_used_ms_{0};
  WokenBy touched_ = WokenBy::nothing;  ///< waits for wake_touched; writer thread only
};
using UserViewPtr = std::shared_ptr<UserView>;

/// One per server.
class Users {
 public:
  Users(store::Database& database, const base::Clock& clock);
  ~Users();

  /// The user's view, made from the database when it is not in memory. Call inside db.read. Register first, read
  /// second: changes committed meanwhile are applied on top.
  UserViewPtr load(store::Connection& connection, class Rooms& rooms, std::string_view user_id);
  /// Only when it is in memory and complete.
  UserViewPtr find(std::string_view user_id) const;

  // Writer thread, while a batch is published (Rooms::batch_committed or Tx::after_commit):
  void membership_changed(const RoomPtr& room, std::string_view user_id, std::string_view membership, StreamPos pos);
  /// Who is not joined to a room any more, whichever process it happened in. Callbacks run on the writer thread, when
  /// the room has the change already.
  struct Departure {
    const RoomPtr& room;
    std::string_view user_id;
  };
  [[nodiscard]] base::SubscriptionPtr observe_departures(std::function<void(const Departure&)> receive);
  /// `member_pos`: of the membership that was forgotten; a newer one stands.
  void forgotten(std::string_view user_id, RoomNum room, StreamPos member_pos);
  /// Something of this user's own changed (account data, to-device, devices, …).
  void touch(std::string_view user_id, StreamPos pos);
  /// Something in the room changed: all its online members are concerned.
  void touch_room(const RoomPtr& room, StreamPos pos);
  /// Something of a member's own changed that all members see in their own part (device lists): touch() for each of the
  /// room's online members.
  void touch_members(const RoomPtr& room, StreamPos pos);
  /// Reads every view again, after notes of other processes were lost. Throws store::SqlError.
  void reload(store::Connection& connection, class Rooms& rooms, StreamPos head);
  /// Wakes the waiters of everybody touched since the last call. From Database::on_head.
  void wake_touched();

  /// An ephemeral change in a room, from any thread; yields the new ephemeral number of this boot.
  std::uint64_t touch_room_ephemeral(const RoomPtr& room);
  /// One that concerns these users: those to wake look at once, the others when they look anyway. Whoever reads
  /// ephemeral() and finds the number finds it at the users, too.
  std::uint64_t touch_ephemeral(WokenBy by, const std::vector<UserViewPtr>& wake,
                                const std::vector<UserViewPtr>& later);
  /// The room's members with a view in memory.
  std::vector<UserViewPtr> online_in(const RoomPtr& room) const;
  std::uint64_t ephemeral() const;
  /// How many users who waited were woken, since the start.
  std::uint64_t woken(WokenBy by) const;

  /// Sleeps until the user has something newer than (pos, ephemeral), or the deadline; returns at once when there is
  /// something already. Register and look are one step, so nothing is missed in between: read, find nothing, wait with
  /// the head that was read. The executor is the caller's; it must run one handler at a time.
  asio::awaitable<void> wait(UserViewPtr user, StreamPos pos, std::uint64_t ephemeral,
                             std::chrono::steady_clock::time_point deadline);

  /// What passes to devices that listen.
  DeviceInbox& inbox() { return inbox_; }

  /// Ends the waits of one user, from any thread: whoever waits looks again.
  void wake(const UserViewPtr& user, WokenBy by = WokenBy::nothing);
  /// Ends all waits, from any thread: the server is about to close.
  void wake_all();

  /// Drops views that nobody used for the time given. From a job.
  void evict_idle(std::chrono::minutes idle);

 private:
  struct Impl;
  UserViewPtr find_or_make(std::string_view user_id);
  UserViewPtr find_any(std::string_view user_id) const;
  void fill(const UserViewPtr& view, store::Connection& connection, class Rooms& rooms);
  /// One membership, unless the view knows a newer one. Under no lock.
  void apply(const UserViewPtr& view, UserMembership membership);
  /// The room of this membership is gone.
  void drop(const UserViewPtr& view, const UserMembership& membership);
  void mark(const UserViewPtr& view, StreamPos pos, WokenBy by);
  std::unique_ptr<Impl> impl_;
  DeviceInbox inbox_;
};

}  // namespace troupe::homeserver::memory
