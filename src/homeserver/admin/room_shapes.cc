#include "homeserver/admin/room_shapes.h"

#include "matrix/ids.h"

namespace troupe::api {

using namespace homeserver::admin;  // NOLINT(google-build-using-namespace): every shape of this file is of it

namespace {

constexpr std::int64_t kLongestId = matrix::kMaxIdBytes;
constexpr Facts kNullIfNone{.or_null = true};

/// Of what a reader writes: an object, or a list of objects, of the specification's.
using Object = boost::json::object;
using Objects = std::vector<boost::json::object>;

/// The members that an entry of the list has, in an answer of `T` that holds the entry at `Where`.
template <auto... Where>
std::vector<MemberRow> entry_rows() {
  return {member<Where..., &RoomEntry::room_id>("room_id"),
          member<Where..., &RoomEntry::name>("name", kNullIfNone),
          member<Where..., &RoomEntry::canonical_alias>("canonical_alias", kNullIfNone),
          member<Where..., &RoomEntry::joined_members>("joined_members"),
          member<Where..., &RoomEntry::joined_local_members>("joined_local_members"),
          member<Where..., &RoomEntry::version>("version"),
          member<Where..., &RoomEntry::creator>("creator"),
          member<Where..., &RoomEntry::encryption>("encryption", kNullIfNone),
          member<Where..., &RoomEntry::federatable>("federatable"),
          member<Where..., &RoomEntry::is_public>("public"),
          member<Where..., &RoomEntry::join_rules>("join_rules", kNullIfNone),
          member<Where..., &RoomEntry::guest_access>("guest_access", kNullIfNone),
          member<Where..., &RoomEntry::history_visibility>("history_visibility", kNullIfNone),
          member<Where..., &RoomEntry::state_events>("state_events"),
          member<Where..., &RoomEntry::room_type>("room_type", kNullIfNone)};
}

}  // namespace

Shape<RoomEntry> make_shape(Of<RoomEntry>) { return Shape<RoomEntry>::part(entry_rows()); }

Shape<RoomEntries> make_shape(Of<RoomEntries>) {
  return Shape<RoomEntries>::part({member<&RoomEntries::rooms>("rooms"), member<&RoomEntries::offset>("offset"),
                                   member<&RoomEntries::total_rooms>("total_rooms"),
                                   member<&RoomEntries::next_batch>("next_batch"),
                                   member<&RoomEntries::prev_batch>("prev_batch")});
}

Shape<RoomDetails> make_shape(Of<RoomDetails>) {
  return [] {
    auto rows = entry_rows<&RoomDetails::entry>();
    rows.push_back(member<&RoomDetails::topic>("topic", kNullIfNone));
    rows.push_back(member<&RoomDetails::avatar>("avatar", kNullIfNone));
    rows.push_back(member<&RoomDetails::joined_local_devices>("joined_local_devices"));
    rows.push_back(member<&RoomDetails::forgotten>("forgotten"));
    rows.push_back(member<&RoomDetails::tombstoned>("tombstoned"));
    rows.push_back(member<&RoomDetails::replacement_room>("replacement_room", kNullIfNone));
    return Shape<RoomDetails>::part(std::move(rows));
  }();
}

Shape<MemberList> make_shape(Of<MemberList>) {
  return Shape<MemberList>::part(
      {member<&MemberList::members>("members"),
       made<[](const MemberList& list) { return static_cast<std::int64_t>(list.members.size()); }>("total")});
}

Shape<Extremity> make_shape(Of<Extremity>) {
  return Shape<Extremity>::part(
      {member<&Extremity::event_id>("event_id"),
       member<&Extremity::state_group>("state_group", {.description = "the position that the state is read at"}),
       member<&Extremity::depth>("depth"), member<&Extremity::received_ts>("received_ts")});
}

Shape<Extremities> make_shape(Of<Extremities>) {
  return Shape<Extremities>::part(
      {made<[](const Extremities& found) { return static_cast<std::int64_t>(found.results.size()); }>("count"),
       member<&Extremities::results>("results")});
}

Shape<DeletedExtremities> make_shape(Of<DeletedExtremities>) {
  return Shape<DeletedExtremities>::part({member<&DeletedExtremities::deleted>("deleted")});
}

Shape<RoomIdAnswer> make_shape(Of<RoomIdAnswer>) {
  return Shape<RoomIdAnswer>::part({member<&RoomIdAnswer::room_id>("room_id")});
}

Shape<BlockedBy> make_shape(Of<BlockedBy>) {
  return Shape<BlockedBy>::part({member<&BlockedBy::block>("block"), member<&BlockedBy::user_id>("user_id")});
}

Shape<EventPage> make_shape(Of<EventPage>) {
  return Shape<EventPage>::part(
      {made<[](const EventPage&) { return Objects(); }>("chunk"),
       made<[](const EventPage&) { return std::string(); }>("start"),
       made<[](const EventPage&) { return std::optional<std::string>(); }>("end", {.may_lack = true}),
       made<[](const EventPage&) { return Objects(); }>("state", {.may_lack = true})});
}

Shape<EventContext> make_shape(Of<EventContext>) {
  return Shape<EventContext>::part({made<[](const EventContext&) { return std::string(); }>("start"),
                                    made<[](const EventContext&) { return std::string(); }>("end"),
                                    made<[](const EventContext&) { return Object(); }>("event"),
                                    made<[](const EventContext&) { return Objects(); }>("events_before"),
                                    made<[](const EventContext&) { return Objects(); }>("events_after"),
                                    made<[](const EventContext&) { return Objects(); }>("state")});
}

Shape<NearestEvent> make_shape(Of<NearestEvent>) {
  return Shape<NearestEvent>::part({made<[](const NearestEvent&) { return std::string(); }>("event_id"),
                                    made<[](const NearestEvent&) { return std::int64_t{0}; }>("origin_server_ts")});
}

Shape<StateList> make_shape(Of<StateList>) {
  return Shape<StateList>::part({made<[](const StateList&) { return Objects(); }>("state")});
}

Shape<FetchedEvent> make_shape(Of<FetchedEvent>) {
  return Shape<FetchedEvent>::part({made<[](const FetchedEvent&) { return Object(); }>("event")});
}

Shape<JoinBody> make_shape(Of<JoinBody>) {
  return Shape<JoinBody>::matrix_request({member<&JoinBody::user_id>("user_id", {.most = kLongestId})});
}

Shape<RoomAdminBody> make_shape(Of<RoomAdminBody>) {
  return Shape<RoomAdminBody>::matrix_request({member<&RoomAdminBody::user_id>("user_id", {.most = kLongestId})});
}

Shape<Block> make_shape(Of<Block>) { return Shape<Block>::matrix_request({member<&Block::block>("block")}); }

}  // namespace troupe::api
