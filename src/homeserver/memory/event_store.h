// SQL for events, state, memberships, relations and transaction ids. Rows become structs here and nowhere else.
#pragma once
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "matrix/event.h"
#include "store/database.h"

namespace troupe::homeserver::memory {

/// The number of a room in the database (hs_room.room).
using RoomNum = std::int64_t;

/// Bits of hs_event.flags and hs_timeline.flags.
enum EventFlags : std::uint32_t {
  kNotifies = 1,        ///< the default push rules notify every other member
  kHighlightsRoom = 2,  ///< an accepted @room mention
  kIsState = 4,
  kIsEdit = 8,
  kInThread = 16,  ///< m.thread relation: counts for its thread, not for the main timeline
  kMayName = 32,   ///< notifies nobody by itself, but may name somebody who is notified then
  kNotified = 64,  ///< redacted, and notified before: its sender had read what was said until then
};

/// What an event says about another one (m.relates_to).
struct Relation {
  std::string_view rel_type;
  std::string_view event_id;
  std::string_view key;  ///< of an annotation
};
/// Nothing when the content has no well-formed relation. The views borrow from the content.
std::optional<Relation> relation_of(const matrix::JsonObject& content);

/// An event with what the database knows beside the PDU. Immutable; shared by the room's tail and readers.
struct StoredEvent {
  StreamPos pos = 0;
  RoomNum room = 0;
  std::uint32_t flags = 0;
  matrix::EventPtr event;
  std::optional<StreamPos> replaces;     ///< the state event before this one
  std::optional<StreamPos> redacted_by;  ///< applied redaction: `event` is then the pruned form already
  std::string device;                    ///< of the sender; empty when none
  std::string txn_id;
  std::string client_open;  ///< matrix::client_event_open(..., with_room_id = false)
};
using StoredEventPtr = std::shared_ptr<const StoredEvent>;

struct RoomRow {
  RoomNum room = 0;
  std::string room_id;
  std::string version;
  std::string creator;
  bool is_public = false;
  bool blocked = false;
};

struct MembershipRow {
  RoomNum room = 0;
  std::string room_id;
  std::string user_id;
  std::string membership;
  StreamPos pos = 0;
  bool forgotten = false;
};

/// A room that was purged and not forgotten by somebody who was in it.
struct GoneRoom {
  std::string room_id;
  StreamPos pos = 0;  ///< whoever synced up to here knows that they are out
};

/// The decoded segments that make a request unique, as txn_hash() takes them.
std::string txn_path(std::initializer_list<std::string_view> segments);
/// 16 bytes that stand for (user, device, decoded request path with event type and transaction id).
std::string txn_hash(std::string_view user_id, std::string_view device_id, std::string_view decoded_path);

// Functions, not a class: they hold no state. All throw store::SqlError only.
namespace event_store {

std::optional<RoomRow> find_room(store::Connection&, std::string_view room_id);
std::optional<RoomRow> find_room(store::Connection&, RoomNum room);
RoomNum insert_room(store::Tx&, const RoomRow& row, std::int64_t created_ms);

/// Writes hs_event, hs_timeline and, for state, hs_state and hs_membership; for relations hs_relation.
/// `txn_hash`: of the request that makes it; empty when none.
void insert_event(store::Tx&, const StoredEvent& stored, std::optional<StreamPos> relation_parent,
                  std::string_view txn_hash = {});
/// Replaces the bytes by the pruned form and takes the event out of the unread counts.
void apply_redaction(store::Tx&, const StoredEvent& pruned);

StoredEventPtr load_event(store::Connection&, StreamPos pos);
/// The event's own bytes of a row: `body` behind its format (base/stored_format.h), `bytes` where it was written before
/// events had one. Borrows from its arguments. Throws store::SqlError for a format that this version cannot read.
std::string_view stored_pdu(StreamPos pos, std::string_view bytes, std::optional<std::string_view> body);
/// Events of a room with after < pos <= upto in ascending order (newest `limit` of them when `newest_first`).
std::vector<StoredEventPtr> timeline(store::Connection&, RoomNum room, StreamPos after, StreamPos upto,
                                     std::size_t limit, bool newest_first);
/// The whole state of a room at a position, or only one type.
std::vector<StoredEventPtr> state_at(store::Connection&, RoomNum room, StreamPos at,
                                     std::optional<std::string_view> type = {});
StoredEventPtr state_entry_at(store::Connection&, RoomNum room, StreamPos at, std::string_view type,
                              std::string_view state_key);
/// State changes with after < pos <= upto, ascending.
std::vector<StoredEventPtr> state_changes(store::Connection&, RoomNum room, StreamPos after, StreamPos upto);

std::vector<MembershipRow> memberships_of(store::Connection&, std::string_view user_id);
/// Purged rooms that the user was in and has not forgotten, those that they left last first.
std::vector<GoneRoom> gone_rooms_of(store::Connection&, std::string_view user_id, std::size_t limit);
/// Removes the room's own row, without which nothing shows the others, and notes that they are to be swept.
void purge_room(store::Tx&, RoomNum room, std::string_view room_id, std::int64_t now_ms);
/// Without loading the room; empty when the user never was there, or there is no such room.
std::string membership_in(store::Connection&, std::string_view user_id, std::string_view room_id);
std::int64_t count_members(store::Connection&, RoomNum room, std::string_view membership);
/// Position of the newest of them; 0: there is none.
StreamPos newest_member(store::Connection&, RoomNum room);
std::vector<MembershipRow> members_of(store::Connection&, RoomNum room, std::string_view membership);

// Requests that make no event. For those that do: Rooms::find_txn.
std::optional<StreamPos> find_txn(store::Connection&, std::string_view hash);
void insert_txn(store::Tx&, std::string_view hash, StreamPos pos, std::int64_t now_ms);
/// Hashes of transactions older than the time, after this hash in the table's order: for a job that removes them.
std::vector<std::string> old_txns(store::Connection&, std::int64_t before_ms, std::string_view after_hash,
                                  std::size_t limit);
void forget_txn(store::Tx&, std::string_view hash);
/// The event id stored at a position; empty when there is none.
std::string event_id_at(store::Connection&, StreamPos pos);
/// The same, if the event was made by this request; else empty.
std::string event_id_of_txn(store::Connection&, StreamPos pos, std::string_view txn_hash);

/// An exception to the push outcome in the event's flags, for one user: bit 0 notify, bit 1 highlight.
void insert_notify(store::Tx&, std::string_view user_id, RoomNum room, StreamPos pos, int kind);
void forget_notify(store::Tx&, std::string_view user_id, RoomNum room, StreamPos pos);
/// The newest events of one sender that relate to a parent.
std::vector<StreamPos> relations_by(store::Connection&, StreamPos parent, std::string_view rel_type,
                                    std::string_view sender, std::size_t limit);
void forget_relation(store::Tx&, StreamPos parent, std::string_view rel_type, StreamPos pos);

void set_public(store::Tx&, RoomNum room, bool is_public);
void set_blocked(store::Tx&, RoomNum room, bool blocked);
void set_forgotten(store::Tx&, std::string_view user_id, RoomNum room);
bool is_forgotten(store::Connection&, std::string_view user_id, RoomNum room);

struct EventKeys {
  StreamPos pos = 0;
  std::string event_id;
  std::string txn_hash;  ///< empty: none
};
/// What the look-up file holds of the events after a position, ascending.
std::vector<EventKeys> keys_after(store::Connection&, StreamPos after, std::size_t limit);
/// A slow scan for one id among the events after a position.
std::optional<StreamPos> scan_for_id(store::Connection&, std::string_view event_id, StreamPos after);
/// The same for the hash of a request.
std::optional<EventKeys> scan_for_txn(store::Connection&, std::string_view txn_hash, StreamPos after);

/// An event of another process, with the hash of the request that made it (empty: none).
struct FoundEvent {
  StoredEventPtr event;
  std::string txn_hash;
};
/// Events of all rooms with after < pos <= upto, ascending.
std::vector<FoundEvent> stream_between(store::Connection&, StreamPos after, StreamPos upto, std::size_t limit);
/// The position of the newest event that the connection's snapshot shows; 0: none.
StreamPos newest_pos(store::Connection&);

/// Events of all rooms after a position, ascending, for the feed.
std::vector<StoredEventPtr> stream_after(store::Connection&, StreamPos after, std::size_t limit);

}  // namespace event_store
}  // namespace troupe::homeserver::memory
