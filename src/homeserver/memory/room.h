// One room in memory: its present state and newest events, as committed. Written by the writer thread, read by all.
#pragma once
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "homeserver/memory/event_store.h"
#include "homeserver/memory/members.h"
#include "matrix/auth.h"

namespace troupe::homeserver::memory {

class UserView;

/// Milliseconds of the steady clock: what memory expires or orders by must not follow steps of the wall clock.
inline std::int64_t steady_ms(const base::Clock& clock) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(clock.steady().time_since_epoch()).count();
}

/// About what an event takes in memory, with its parsed content and its place in a list or a map.
std::size_t memory_weight(const StoredEventPtr& stored);

/// type → state_key → event
using StateMap = std::map<std::string, std::map<std::string, StoredEventPtr, std::less<>>, std::less<>>;

/// How much the newest events of all rooms may take together: beyond it rooms keep fewer of them.
struct TailBudget {
  std::size_t most = 24UL * 1024 * 1024;  ///< bytes, as memory_weight() counts them
  std::atomic<std::size_t> taken{0};
};

/// Locking: the writer thread is the only one that changes a room; it holds mutex() exclusively while it does, and may
/// read without it. Everybody else reads under a shared lock, briefly, copying shared pointers out.
class Room {
 public:
  static constexpr std::size_t kTailEvents = 64;
  static constexpr std::size_t kFewestTailEvents = 24;  ///< also when the budget is used up

  Room(RoomRow row, const matrix::RoomVersion& version, std::shared_ptr<TailBudget> budget)
      : row_(std::move(row)),
        version_(version),
        members_(row_.room, row_.room_id, version),
        tail_budget_(std::move(budget)) {}
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;
  ~Room() { tail_budget_->taken -= tail_bytes_; }

  RoomNum num() const { return row_.room; }
  const std::string& id() const { return row_.room_id; }
  const matrix::RoomVersion& version() const { return version_; }
  base::SharedMutex& mutex() const RETURN_CAPABILITY(mutex_) { return mutex_; }

  /// Newest committed position in this room (events and receipts), readable without a lock. After the room was read
  /// from the database it may be higher than the newest change, never lower.
  StreamPos last_pos() const { return last_pos_.load(std::memory_order_acquire); }

  // Under mutex(), or on the writer thread:
  /// The present state but for the members, who lie in members().
  const StateMap& other_state() const { return state_; }
  const Members& members() const { return members_; }
  /// Any entry of the state. A sleeping member's event is put together each time: who asks for less than the event asks
  /// members().
  StoredEventPtr state_event(std::string_view type, std::string_view state_key) const;
  const std::deque<StoredEventPtr>& tail() const { return tail_; }
  /// Every event of the room after this position is in tail(); 0: the tail holds all there is.
  StreamPos tail_complete_after() const { return tail_complete_after_; }
  /// Whether a message newer than `newer_than` may have been taken out (redacted, removed) since somebody looked who
  /// saw everything up to `seen`.
  bool took_out(StreamPos seen, StreamPos newer_than) const;
  const std::string& last_event_id() const { return last_event_id_; }
  std::int64_t depth() const { return depth_; }
  std::size_t joined_count() const { return joined_; }
  std::size_t invited_count() const { return invited_; }
  /// Empty when the user never was here. Valid as long as the lock is held.
  std::string_view membership(std::string_view user_id) const;
  bool is_public() const { return row_.is_public; }  ///< listed in the directory
  bool is_blocked() const { return row_.blocked; }
  const std::string& creator() const { return row_.creator; }
  /// It was purged (Rooms::purge): whoever still holds it finds nothing more in the database. Readable without a lock.
  bool is_gone() const { return gone_.load(std::memory_order_acquire); }
  /// About what its state and tail take in memory, readable without a lock.
  std::size_t memory_bytes() const { return memory_bytes_.load(std::memory_order_relaxed); }

 private:
  friend class Rooms;
  friend class Users;
  /// Entries that are asked for several times with each event, beside state_: looked up there they would cost a cold
  /// walk through two trees each time.
  struct OftenAsked {
    StoredEventPtr create;
    StoredEventPtr power_levels;
    StoredEventPtr join_rules;
    static StoredEventPtr OftenAsked::* place(std::string_view type, std::string_view state_key);
  };
  void set_state(const StoredEventPtr& stored);  ///< a state event becomes the present one; members are counted
  void take_state(Room& other);                  ///< all of it, out of a room that nobody else has
  /// Messages before it were removed; who looks now sees everything up to `seen`.
  void forget_before(StreamPos before, StreamPos seen);
  void push_tail(const StoredEventPtr& stored);                   ///< the newest event; the oldest may go
  void put_pruned(const StoredEventPtr& pruned, StreamPos seen);  ///< a redacted event takes its own place
  void note_taken_out(StreamPos newest, StreamPos seen);
  void take_tail(Room& other);
  void count_tail(const StoredEventPtr& added, const StoredEventPtr& removed);
  StoredEventPtr wake_member(std::string_view user_id);  ///< Members::wake
  void let_member_sleep(std::string_view user_id);
  RoomRow row_;
  const matrix::RoomVersion& version_;
  mutable base::SharedMutex mutex_;
  std::atomic<StreamPos> last_pos_{0};
  std::atomic<bool> gone_{false};
  StateMap state_;  ///< without the members
  OftenAsked often_asked_;
  Members members_;
  std::deque<StoredEventPtr> tail_;
  std::shared_ptr<TailBudget> tail_budget_;
  std::size_t tail_bytes_ = 0;
  StreamPos tail_complete_after_ = 0;
  /// The newest message of a kind that was taken out, and up to where those had seen who may have seen it in its place.
  struct TakenOut {
    StreamPos newest = 0;
    StreamPos seen = 0;
  };
  static constexpr std::size_t kTakenOut = 8;
  std::deque<TakenOut> taken_out_;   ///< the last ones
  StreamPos unknown_taken_out_ = 0;  ///< who had seen no more than that may have seen others of which nothing is known
  std::string last_event_id_;
  std::int64_t depth_ = 0;
  std::size_t joined_ = 0;
  std::size_t invited_ = 0;
  std::atomic<std::int64_t> last_used_ms_{0};  ///< steady_ms
  std::atomic<std::size_t> memory_bytes_{0};
  /// Joined members with a view in memory; guarded by mutex_.
  std::unordered_map<const UserView*, std::weak_ptr<UserView>> online_;
};
using RoomPtr = std::shared_ptr<Room>;

}  // namespace troupe::homeserver::memory
