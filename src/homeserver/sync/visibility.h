// One room as one user may see it, up to a position: their membership over time, the history visibility, and the events
// with what belongs into each one's `unsigned` (Client-Server API #room-history-visibility).
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "homeserver/memory/room.h"
#include "homeserver/sync/event_view.h"

namespace troupe::homeserver::sync {

/// The type of member events.
inline constexpr std::string_view kMember = "m.room.member";
/// The membership that a member event sets.
std::string_view membership_in(const memory::StoredEvent& stored);

/// Lives for one answer on one thread. Without a connection it works from memory alone; when that does not suffice,
/// incomplete() becomes true, what was built is to be thrown away, and the caller comes again inside db.read.
class RoomView {
 public:
  /// What is taken of the room's present state beside single entries.
  enum class Take : std::uint8_t {
    entries,      ///< nothing
    but_members,  ///< all but the members, who are asked for one by one
    whole,        ///< all; costs putting together each member's event
  };

  /// Takes what it needs of the room under its lock: events after `after`, and state.
  RoomView(memory::RoomPtr room, const Recipient& recipient, store::Connection* connection, StreamPos after,
           StreamPos upto, Take state = Take::entries);

  const memory::Room& room() const { return *room_; }
  const Recipient& recipient() const { return recipient_; }
  store::Connection* connection() const { return connection_; }
  bool incomplete() const { return incomplete_; }
  /// What is asked for is not in memory. False when there is a connection: then read it.
  bool need_sql() { return connection_ ? false : (incomplete_ = true); }
  StreamPos upto() const { return upto_; }

  /// The newest events with after < pos <= upto that are in memory, ascending.
  const std::vector<memory::StoredEventPtr>& tail() const { return tail_; }
  /// Every event after this position (and up to upto()) is in tail().
  StreamPos tail_complete_after() const { return tail_complete_after_; }

  /// An event of this room by its position; nullptr when there is none, or when it is not in memory (incomplete).
  memory::StoredEventPtr event_at(StreamPos pos);

  /// One entry of the state at a position (at most upto); nullptr when there was none.
  memory::StoredEventPtr state_at(std::string_view type, std::string_view state_key, StreamPos at);
  /// Goes back from a newer value of a state entry to the one at a position.
  memory::StoredEventPtr value_at(memory::StoredEventPtr newest, StreamPos at);
  /// The present state as it was taken; entries may be newer than upto(): see value_at().
  const std::vector<memory::StoredEventPtr>& state() const { return state_; }
  /// The state at a position (at most upto()), of what was taken; `type` empty: all types.
  std::vector<memory::StoredEventPtr> state_at(StreamPos at, std::string_view type = {});
  /// Which members are asked for, by user id, sender and membership.
  using MemberFilter = std::function<bool(std::string_view, std::string_view, std::string_view)>;
  /// Appends the members' present events that are no newer than the position and wanted, separated, straight from
  /// memory. Yields the events of all those that need a further look, in the format or back in time; they were not
  /// asked for by `wanted`. `only`: none but these users.
  std::vector<memory::StoredEventPtr> append_members(std::string& out, StreamPos upto, const EventFormat& format,
                                                     const MemberFilter& wanted,
                                                     const std::set<std::string_view>* only = nullptr);
  /// Hands over the members whose present events are no newer than the position, as they lie in memory, under the
  /// room's lock. Yields the events of the others: see value_at(). None of the events is put together for it but
  /// theirs.
  std::vector<memory::StoredEventPtr> members_at(StreamPos upto,
                                                 const std::function<void(const memory::Members::Member&)>& take) const;
  std::size_t joined_count() const { return joined_count_; }
  std::size_t invited_count() const { return invited_count_; }

  /// The user's membership right after the position; "leave" when they never were here.
  std::string_view membership_at(StreamPos pos);
  /// Whether they are joined, and were all the time since the position.
  bool joined_throughout(StreamPos since);
  /// Position of the event by which they joined, however often they changed their profile since; 0 when not joined.
  StreamPos joined_at();
  /// Whether the user ignores the sender. State is shown all the same: the room would be wrong without it.
  bool ignored(const memory::StoredEvent& stored) const;
  /// Up to where the user may read the room's state: upto() while they are joined or the room is open to readers, else
  /// the event by which they ceased to be a member; nothing when they never were one, or forgot the room.
  std::optional<StreamPos> readable_state();
  /// The same for the state at a position: at most `at`; nothing when they were no member before either.
  std::optional<StreamPos> readable_state(StreamPos at);
  /// The newest event, at most at a position at which they are not joined, by which they ceased to be a member; nothing
  /// when they never were one.
  std::optional<StreamPos> left_at(StreamPos at);
  /// Whether the user may see an event (Client-Server API #room-history-visibility); their own membership always.
  bool visible(const memory::StoredEvent& stored);
  /// The same by position alone, for whatever is no membership of theirs.
  bool visible_at(StreamPos pos);
  /// Visible, and not of somebody they ignore.
  bool shows(const memory::StoredEvent& stored) { return !ignored(stored) && visible(stored); }
  /// Nothing after this position is visible to the user: where looking back begins.
  StreamPos visible_upto();
  /// Every event after the position is visible: whoever counts needs not look at each.
  bool sees_all_after(StreamPos pos);
  /// The spans (from, to] of positions after `after` that are visible, ascending: for whoever counts by span.
  std::vector<std::pair<StreamPos, StreamPos>> visible_spans(StreamPos after);
  /// Whether the user may know what stood in a state entry before a visible event changed it: not when they were only
  /// invited then.
  bool knows_replaced(const memory::StoredEvent& stored, const memory::StoredEvent& replaced);
  /// Whether anything but their own membership can be visible to the user: ever joined, or the room is open to readers.
  bool may_read();

  /// Appends the event for the recipient. `bundles`: with aggregated relations.
  void append(std::string& out, const memory::StoredEvent& stored, const EventFormat& format, bool bundles = true);
  /// The same without prev_content, membership and bundles, as in `state` sections.
  void append_state(std::string& out, const memory::StoredEvent& stored, const EventFormat& format);

 private:
  struct Change {
    StreamPos pos;
    std::string value;
    std::optional<StreamPos> replaces;
  };
  /// A state entry's values over time, newest first, read back as far as somebody asked. A deque: what membership_at()
  /// hands out as a view stays where it is when older values are read.
  struct History {
    std::deque<Change> changes;
    bool whole = true;
  };
  void start_history(History& history, const memory::StoredEventPtr& newest, std::string_view content_key);
  void start_membership(const memory::Room& room);  ///< the same for the recipient's membership
  void extend_history(History& history, StreamPos down_to, std::string_view content_key);
  std::string_view value_in(History& history, StreamPos pos, std::string_view content_key);
  void take(StreamPos after, Take state);
  /// Under the room's lock, but not all under one.
  void walk_members(const std::function<void(const memory::Members::Member&)>& take) const;
  /// The event as the ledger has it, where its bytes are asked for and a member's event was put together without them;
  /// else nullptr.
  memory::StoredEventPtr with_pdu(const memory::StoredEvent& stored, const EventFormat& format);
  /// The highest, or lowest, openness of the room after a position, the one at it included.
  std::pair<int, int> openness_after(StreamPos pos);
  bool visible_as(int openness, StreamPos pos);

  memory::RoomPtr room_;
  const Recipient& recipient_;
  store::Connection* connection_;
  StreamPos upto_;
  bool incomplete_ = false;
  std::vector<memory::StoredEventPtr> tail_;
  std::vector<memory::StoredEventPtr> replaced_;  ///< older events that state events in tail_ replaced
  StreamPos tail_complete_after_ = 0;
  std::vector<memory::StoredEventPtr> state_;
  std::size_t joined_count_ = 0;
  std::size_t invited_count_ = 0;
  History membership_;
  History visibility_;
};

}  // namespace troupe::homeserver::sync
