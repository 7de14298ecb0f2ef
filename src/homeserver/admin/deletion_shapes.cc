#include "homeserver/admin/deletion_shapes.h"

#include "homeserver/rooms/room_service.h"
#include "matrix/ids.h"

namespace troupe::api {

using homeserver::admin::DeleteId;
using homeserver::admin::DeleteRoomBody;
using homeserver::admin::DeletionState;
using homeserver::admin::DeletionStates;
using homeserver::admin::PurgeHistoryBody;
using homeserver::admin::PurgeId;
using homeserver::admin::PurgeState;
using homeserver::admin::ShutdownRoom;
using homeserver::rooms::RoomService;

namespace {

constexpr std::int64_t kLongestMessage = 8192;

}  // namespace

Shape<DeleteRoomBody> make_shape(Of<DeleteRoomBody>) {
  return Shape<DeleteRoomBody>::matrix_request(
      {member<&DeleteRoomBody::new_room_user_id>(
           "new_room_user_id", {.description = "who makes the room that everybody is moved to; absent: nobody",
                                .most = matrix::kMaxIdBytes}),
       member<&DeleteRoomBody::room_name>("room_name", {.most = RoomService::kMaxNameBytes, .may_lack = true}),
       member<&DeleteRoomBody::message>("message", {.most = kLongestMessage, .may_lack = true}),
       member<&DeleteRoomBody::block>("block", {.may_lack = true}),
       member<&DeleteRoomBody::purge>("purge", {.may_lack = true}),
       member<&DeleteRoomBody::force_purge>("force_purge", {.may_lack = true})});
}

Shape<ShutdownRoom> make_shape(Of<ShutdownRoom>) {
  return Shape<ShutdownRoom>::part(
      {member<&ShutdownRoom::kicked_users>("kicked_users"),
       member<&ShutdownRoom::failed_to_kick_users>("failed_to_kick_users"),
       member<&ShutdownRoom::local_aliases>("local_aliases", {.description = "that lead to the new room now"}),
       member<&ShutdownRoom::new_room_id>("new_room_id", {.or_null = true})});
}

Shape<DeleteId> make_shape(Of<DeleteId>) { return Shape<DeleteId>::part({member<&DeleteId::delete_id>("delete_id")}); }

Shape<PurgeHistoryBody> make_shape(Of<PurgeHistoryBody>) {
  return Shape<PurgeHistoryBody>::matrix_request(
      {member<&PurgeHistoryBody::delete_local_events>(
           "delete_local_events",
           {.description = "also what was sent from here: without it nothing goes, as all was", .may_lack = true}),
       member<&PurgeHistoryBody::purge_up_to_event_id>("purge_up_to_event_id", {.most = matrix::kMaxIdBytes}),
       member<&PurgeHistoryBody::purge_up_to_ts>("purge_up_to_ts", {.least = 0, .most = 1LL << 53})});
}

Shape<PurgeId> make_shape(Of<PurgeId>) { return Shape<PurgeId>::part({member<&PurgeId::purge_id>("purge_id")}); }

Shape<PurgeState> make_shape(Of<PurgeState>) {
  return Shape<PurgeState>::part({member<&PurgeState::status>("status"), member<&PurgeState::error>("error")});
}

Shape<DeletionState> make_shape(Of<DeletionState>) {
  return Shape<DeletionState>::part(
      {member<&DeletionState::delete_id>("delete_id"), member<&DeletionState::room_id>("room_id"),
       member<&DeletionState::status>("status", {.one_of = homeserver::admin::kDeletionWords}),
       member<&DeletionState::error>("error", {.description = "why it failed"}),
       member<&DeletionState::shutdown_room>("shutdown_room")});
}

Shape<DeletionStates> make_shape(Of<DeletionStates>) {
  return Shape<DeletionStates>::part({member<&DeletionStates::results>("results")});
}

}  // namespace troupe::api
