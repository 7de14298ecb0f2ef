// Shapes of /api/v1: rooms.
#pragma once
#include "api/schema.h"

namespace troupe::console::schema {

inline constexpr std::string_view kNewRoom =
    R"({"type":"object","required":["creator"],"additionalProperties":false,"properties":{
"creator":{"type":"string","minLength":1,"maxLength":255},"name":{"type":"string","maxLength":255},
"topic":{"type":"string","maxLength":1000},
"alias":{"type":"string","maxLength":255,"description":"Its address: hall for #hall:your.server."},"public":{"type":"boolean"},
"invite":{"type":"array","maxItems":100,"items":{"type":"string","maxLength":255}}}})";

inline constexpr std::string_view kRoomCreated =
    R"({"type":"object","required":["room_id","canonical_alias"],"properties":{"room_id":{"type":"string"},
"canonical_alias":{"type":"string","description":"Empty: none."}}})";

inline constexpr std::string_view kRoom =
    R"({"type":"object","required":["room_id","name","canonical_alias","joined_members","encrypted"],
"properties":{"room_id":{"type":"string"},"name":{"type":"string"},"canonical_alias":{"type":"string"},
"joined_members":{"type":"integer"},"encrypted":{"type":"boolean"}}})";

inline constexpr std::string_view kRooms =
    R"({"type":"object","required":["items","total"],"properties":{"total":{"type":"integer"},
"items":{"type":"array","items":{"$ref":"#/components/schemas/Room"}}}})";

inline constexpr std::string_view kRoomSend =
    R"({"type":"object","required":["sender","text"],"additionalProperties":false,"properties":{
"sender":{"type":"string","minLength":1,"maxLength":255},"text":{"type":"string","minLength":1,"maxLength":50000},
"txn_id":{"type":"string","minLength":1,"maxLength":200,"description":"The same again sends nothing and answers the first event id."}}})";

inline constexpr std::string_view kRoomSent =
    R"({"type":"object","required":["event_id","duplicate"],"properties":{"event_id":{"type":"string"},"duplicate":{"type":"boolean"}}})";

inline constexpr std::string_view kRoomMember =
    R"({"type":"object","required":["user_id"],"additionalProperties":false,"properties":{
"user_id":{"type":"string","minLength":1,"maxLength":255},
"sender":{"type":"string","maxLength":255,"description":"Who invites; needed for an invite."}}})";

inline constexpr std::string_view kRoomMessages =
    R"({"type":"object","required":["items"],"properties":{"items":{"type":"array",
"items":{"type":"object","required":["event_id","sender","type","at","edited","content"],"properties":{"event_id":{"type":"string"},
"sender":{"type":"string"},"type":{"type":"string"},"at":{"type":"string","format":"date-time"},
"edited":{"type":"boolean","description":"The content came later than the message."},"content":{"type":"object"}}}}}})";

/// Shapes of this file by name.
inline constexpr api::Named kRoomShapes[] = {
    {"NewRoom", kNewRoom},
    {"RoomCreated", kRoomCreated},
    {"Room", kRoom},
    {"RoomSend", kRoomSend},
    {"RoomSent", kRoomSent},
    {"RoomMember", kRoomMember},
    {"RoomMessages", kRoomMessages},
    {"Rooms", kRooms},
};

}  // namespace troupe::console::schema
