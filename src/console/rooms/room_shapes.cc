#include "console/rooms/room_shapes.h"

namespace troupe::api {

using console::people::MadeRoom;
using console::rooms::ChatMessage;
using console::rooms::ChatMessages;
using console::rooms::ChatTextBody;
using console::rooms::NewRoomBody;
using console::rooms::RoomMemberBody;
using console::rooms::RoomSendBody;
using matrix::RoomMessage;
using matrix::SentEvent;
using ChatSent = console::rooms::BotChat::Sent;

namespace {

constexpr std::string_view kSameAgain = "The same again sends nothing and answers the first event id.";

}  // namespace

Shape<NewRoomBody> make_shape(Of<NewRoomBody>) {
  return Shape<NewRoomBody>::request(
      "NewRoom",
      {member<&NewRoomBody::creator>("creator", {.least = 1, .most = 255}),
       member<&NewRoomBody::name>("name", {.most = 255, .may_lack = true}),
       member<&NewRoomBody::topic>("topic", {.most = 1000, .may_lack = true}),
       member<&NewRoomBody::alias>(
           "alias", {.description = "Its address: hall for #hall:your.server.", .most = 255, .may_lack = true}),
       member<&NewRoomBody::is_public>("public", {.may_lack = true}),
       member<&NewRoomBody::invite>("invite", {.most = 100, .each_most = 255, .may_lack = true})});
}

Shape<MadeRoom> make_shape(Of<MadeRoom>) {
  return Shape<MadeRoom>::answer(
      "RoomCreated", {member<&MadeRoom::room_id>("room_id"),
                      member<&MadeRoom::canonical_alias>("canonical_alias", {.description = "Empty: none."})});
}

Shape<RoomSendBody> make_shape(Of<RoomSendBody>) {
  return Shape<RoomSendBody>::request(
      "RoomSend", {member<&RoomSendBody::sender>("sender", {.least = 1, .most = 255}),
                   member<&RoomSendBody::text>("text", {.least = 1, .most = 50'000}),
                   member<&RoomSendBody::txn_id>("txn_id", {.description = kSameAgain, .least = 1, .most = 200})});
}

Shape<SentEvent> make_shape(Of<SentEvent>) {
  return Shape<SentEvent>::answer(
      "RoomSent", {member<&SentEvent::event_id>("event_id"), member<&SentEvent::duplicate>("duplicate")});
}

Shape<RoomMemberBody> make_shape(Of<RoomMemberBody>) {
  return Shape<RoomMemberBody>::request(
      "RoomMember",
      {member<&RoomMemberBody::user_id>("user_id", {.least = 1, .most = 255}),
       member<&RoomMemberBody::sender>("sender", {.description = "Who invites; needed for an invite.", .most = 255})});
}

Shape<RoomMessage> make_shape(Of<RoomMessage>) {
  return Shape<RoomMessage>::part(
      {member<&RoomMessage::event_id>("event_id"), member<&RoomMessage::sender>("sender"),
       member<&RoomMessage::type>("type"), time<&RoomMessage::origin_server_ts>("at"),
       member<&RoomMessage::edited>("edited", {.description = "The content came later than the message."}),
       member<&RoomMessage::content>("content")});
}

Shape<ChatTextBody> make_shape(Of<ChatTextBody>) {
  return Shape<ChatTextBody>::request(
      "ChatText", {member<&ChatTextBody::text>("text", {.least = 1, .most = 20'000}),
                   member<&ChatTextBody::txn_id>("txn_id", {.description = kSameAgain, .least = 1, .most = 100})});
}

Shape<ChatSent> make_shape(Of<ChatSent>) {
  return Shape<ChatSent>::answer("ChatSent",
                                 {member<&ChatSent::room_id>("room_id"), member<&ChatSent::event_id>("event_id")});
}

Shape<ChatMessage> make_shape(Of<ChatMessage>) {
  return Shape<ChatMessage>::answer(
      "ChatMessage",
      {member<&ChatMessage::event_id>("event_id"), member<&ChatMessage::sender>("sender"),
       member<&ChatMessage::body>("body"), time<&ChatMessage::at_ms>("at"), member<&ChatMessage::edited>("edited"),
       member<&ChatMessage::html>("html", {.description = "As it was sent: not safe to show without cleaning."}),
       member<&ChatMessage::replaces>("replaces",
                                      {.description = "Live only: the event whose text this is the new text of."}),
       member<&ChatMessage::msgtype>("msgtype", {.may_lack = true})});
}

Shape<ChatMessages> make_shape(Of<ChatMessages>) {
  return Shape<ChatMessages>::answer(
      "ChatMessages",
      {member<&ChatMessages::items>("items", {.description = "Oldest first."}),
       member<&ChatMessages::typing>("typing", {.description = "The bot is at work on an answer."}),
       member<&ChatMessages::room_id>("room_id", {.description = "Not there before the first message."})});
}

}  // namespace troupe::api

namespace troupe::console::rooms {

void add_room_shapes(const api::Kit& kit) {
  api::add_shapes_of<NewRoomBody, people::MadeRoom, matrix::RoomSummary, RoomSendBody, matrix::SentEvent,
                     RoomMemberBody, ChatTextBody, BotChat::Sent, ChatMessage, ChatMessages>(kit);
  api::add_shape(kit, "Rooms", api::list_schema<matrix::RoomSummary>());
  api::add_shape(kit, "RoomMessages", api::items_schema<matrix::RoomMessage>());
}

}  // namespace troupe::console::rooms
