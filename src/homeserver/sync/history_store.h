// SQL for what is read of events beyond the events themselves: unread ones, relations, threads, times.
// All throw store::SqlError only.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/event_store.h"

namespace troupe::homeserver::sync::history_store {

/// An event that a user is to be told of beyond what its flags say.
struct NotifyRow {
  std::string user_id;
  memory::RoomNum room = 0;
  StreamPos pos = 0;
  std::string membership;  ///< of the user in the room; empty: none
};
/// Those after this one by (user, room, position), at most `limit`.
std::vector<NotifyRow> notified_after(store::Connection&, std::string_view user_id, memory::RoomNum room, StreamPos pos,
                                      std::size_t limit);

/// Under what names an event can address a user.
struct NamedUser {
  std::string_view user_id;
  std::string_view display_name;  ///< in the room; may be empty
};
/// An event that notifies by default, or may name somebody: what unread counts are made of.
struct UnreadRow {
  StreamPos pos = 0;
  std::uint32_t flags = 0;
  bool own = false;         ///< sent by the user
  bool names_user = false;  ///< one of the user's names stands in it somewhere: worth a closer look
};
/// Newest first.
std::vector<UnreadRow> unread_rows(store::Connection&, memory::RoomNum room, StreamPos after, StreamPos upto,
                                   const NamedUser& user, std::size_t limit);

/// A room that a user is in, or invited to, with its newest event up to a position; of an invitation its own event.
struct NotifyingRoom {
  memory::RoomNum room = 0;
  bool invited = false;
  StreamPos newest = 0;
};
/// All that have such an event.
std::vector<NotifyingRoom> notifying_rooms(store::Connection&, std::string_view user_id, StreamPos upto);
/// What a room's timeline says of its newest events up to a position, newest first, without the events.
struct FlaggedPos {
  StreamPos pos = 0;
  std::uint32_t flags = 0;
};
std::vector<FlaggedPos> timeline_flags(store::Connection&, memory::RoomNum room, StreamPos upto, std::size_t limit);

struct RelationRow {
  StreamPos parent = 0;
  StreamPos pos = 0;
  std::string rel_type;
  std::string type;
  std::string sender;
};
/// Relations to one event with after < pos <= upto, ascending or descending; empty filters match all.
std::vector<RelationRow> relations(store::Connection&, StreamPos parent, std::string_view rel_type,
                                   std::string_view type, StreamPos after, StreamPos upto, std::size_t limit,
                                   bool newest_first);
/// How many there are with after < pos <= upto; of all, or by sender.
std::int64_t count_relations(store::Connection&, StreamPos parent, std::string_view rel_type, StreamPos after,
                             StreamPos upto);
struct RelationsOf {
  std::string sender;
  std::int64_t count = 0;
};
std::vector<RelationsOf> count_relations_by_sender(store::Connection&, StreamPos parent, std::string_view rel_type,
                                                   StreamPos after, StreamPos upto);
bool has_relation_by(store::Connection&, StreamPos parent, std::string_view rel_type, std::string_view sender,
                     StreamPos upto);

/// Positions of a room's answers in threads with pos < before, newest first.
std::vector<StreamPos> thread_answers(store::Connection&, memory::RoomNum room, StreamPos before, std::size_t limit);

/// The first event of a room after a position, or the last one at or before it, with its time.
struct TimedEvent {
  StreamPos pos = 0;
  std::int64_t ts_ms = 0;
};
std::optional<TimedEvent> first_after(store::Connection&, memory::RoomNum room, StreamPos pos);
std::optional<TimedEvent> last_upto(store::Connection&, memory::RoomNum room, StreamPos pos);

}  // namespace troupe::homeserver::sync::history_store
