// The JSON shapes of /api/v1 and of seed 000's face, as JSON Schema text. The route table validates bodies with them
// and /api/openapi.json carries them; the console's TypeScript types are generated from there.
//
// Routes (all under /api/v1 unless said otherwise; errors are problem+json; times are RFC 3339 UTC strings; lists take
// ?from=&limit= and answer {items, total, next_from?}; `operator`, `admin` name the least role):
//   POST   /session                  NewSession → Me, sets the cookie (open)      GET /session → Me     DELETE /session
//   → 204 GET    /overview                 → Overview GET    /users?search=&from=&limit=          → UserPage (operator)
//   POST   /users                    NewUser → CreatedUser (admin)
//   GET    /users/{user_id}          → User (operator)          PATCH /users/{user_id}  UserPatch → User (admin)
//   POST   /users/{user_id}/password NewPassword → 204 (admin, or the account itself with its current password)
//   POST   /users/{user_id}/deactivate  Confirm (the user id again) → User (admin)
//   GET    /bots?search=&from=&limit= → BotPage     POST /bots  NewBot → CreatedBot (operator)
//   GET    /bots/{bot_id} → Bot      PATCH /bots/{bot_id}  BotPatch → Bot (operator)
//   DELETE /bots/{bot_id}?confirm={bot_id} → 204 (operator)
//   POST   /bots/{bot_id}/start → Bot (operator)      POST /bots/{bot_id}/stop → Bot (operator)
//   GET    /bots/{bot_id}/history?from=&limit= → BotHistoryPage    GET /bots/{bot_id}/rooms → BotRooms
//   GET    /brains → BrainKinds
//   GET    /keys → ApiKeys           POST /keys  NewApiKey → CreatedApiKey     DELETE /keys/{key_id} → 204
//   GET    /audit?from=&limit=&search= → AuditPage (admin)
//   POST   /rooms NewRoom → RoomCreated (admin)       GET /rooms/{room_id}?user_id= → Room (admin)
//   POST   /rooms/{room_id}/send  RoomSend → RoomSent     POST /rooms/{room_id}/invite | /join  RoomMember → 204
//   (admin) GET    /rooms/{room_id}/messages?user_id=&limit= → RoomMessages (admin) GET    /live  text/event-stream,
//   resumes with Last-Event-ID (or ?since=). Events:
//            hello {cursor}          first, always          reset {}   too far behind: fetch the lists again
//            bot   {bot_id, event, bot?: Bot}  something changed; without `bot` it was deleted
//            users {}                accounts changed: fetch the list again
//          and a comment line every 15 s.
//   /api/openapi.json   /docs   /health → Health   /metrics   /  /ui/…  (outside /api/v1)
// Seed 000's face ({"detail": …}, operator): POST /create_bot /start_bot /stop_bot /create_user /create_regular_user
//   /create_bot_user, GET /bots /users, and the same under /bots/… and /users/….
#pragma once
#include <string_view>

namespace troupe::console::schema {

/// A named schema, for $ref as #/components/schemas/<name>.
struct Named {
  std::string_view name;
  std::string_view text;
};

inline constexpr std::string_view kMe =
    R"({"type":"object","required":["id","user_id","display_name","role","kind","tenant_id","by"],
"properties":{"id":{"type":"integer"},"user_id":{"type":"string","description":"Matrix user id; empty for a service."},
"display_name":{"type":"string"},"role":{"$ref":"#/components/schemas/Role"},"kind":{"type":"string","enum":["person","bot","service"]},
"tenant_id":{"type":"integer"},"by":{"type":"string","enum":["cookie","key","local"]},
"scopes":{"type":"array","items":{"type":"string"}},"expires_at":{"type":"string","format":"date-time"}}})";

inline constexpr std::string_view kRole = R"({"type":"string","enum":["member","operator","admin"]})";

inline constexpr std::string_view kNewSession =
    R"({"type":"object","required":["user","password"],"additionalProperties":false,
"properties":{"user":{"type":"string","minLength":1,"maxLength":255,"description":"Local part or full Matrix user id."},
"password":{"type":"string","minLength":1,"maxLength":512}}})";

inline constexpr std::string_view kUser = R"({"type":"object",
"required":["id","user_id","username","display_name","kind","role","deactivated","locked","created_at"],
"properties":{"id":{"type":"integer"},"user_id":{"type":"string"},"username":{"type":"string"},"display_name":{"type":"string"},
"avatar_url":{"type":"string"},"kind":{"type":"string","enum":["person","bot","service"]},"role":{"$ref":"#/components/schemas/Role"},
"deactivated":{"type":"boolean"},"locked":{"type":"boolean"},"created_at":{"type":"string","format":"date-time"}}})";

inline constexpr std::string_view kUserPage = R"({"type":"object","required":["items","total"],"properties":{
"items":{"type":"array","items":{"$ref":"#/components/schemas/User"}},"total":{"type":"integer"},"next_from":{"type":"integer"}}})";

inline constexpr std::string_view kNewUser =
    R"({"type":"object","required":["username"],"additionalProperties":false,"properties":{
"username":{"type":"string","minLength":1,"maxLength":200,"description":"Local part: a-z 0-9 . _ = - / +"},
"password":{"type":"string","minLength":8,"maxLength":512,"description":"Left out: one is made and returned once."},
"display_name":{"type":"string","maxLength":256},"role":{"$ref":"#/components/schemas/Role"}}})";

inline constexpr std::string_view kCreatedUser = R"({"type":"object","required":["user"],"properties":{
"user":{"$ref":"#/components/schemas/User"},"generated_password":{"type":"string","description":"Shown this once."}}})";

inline constexpr std::string_view kUserPatch = R"({"type":"object","additionalProperties":false,"properties":{
"display_name":{"type":"string","maxLength":256},"role":{"$ref":"#/components/schemas/Role"}}})";

inline constexpr std::string_view kNewPassword =
    R"({"type":"object","required":["password"],"additionalProperties":false,"properties":{
"password":{"type":"string","minLength":8,"maxLength":512},"current_password":{"type":"string","maxLength":512},
"logout_devices":{"type":"boolean","description":"End all sessions of the account. Default true."}}})";

inline constexpr std::string_view kConfirm =
    R"({"type":"object","required":["confirm"],"additionalProperties":false,"properties":{
"confirm":{"type":"string","minLength":1,"maxLength":255,"description":"The id of what is about to go, typed again."}}})";

inline constexpr std::string_view kBrain =
    R"({"type":"object","required":["kind"],"additionalProperties":false,"properties":{
"kind":{"type":"string","minLength":1,"maxLength":32,"description":"One of GET /api/v1/brains."},
"config":{"type":"object","description":"As the kind's config_schema says; secrets are write-only."}}})";

inline constexpr std::string_view kBotState =
    R"({"type":"string","enum":["created","starting","running","degraded","exited","backing_off","crash_loop","stopping","stopped","failed"]})";

inline constexpr std::string_view kBot =
    R"({"type":"object","required":["id","bot_id","user_id","display_name","brain","flowise_url",
"desired_state","state","status_detail","since","restarts","rooms","turns","actions","created_at","updated_at"],
"properties":{"id":{"type":"integer"},"bot_id":{"type":"string"},"user_id":{"type":"string"},"display_name":{"type":"string"},
"brain":{"$ref":"#/components/schemas/Brain"},"flowise_url":{"type":"string"},
"desired_state":{"type":"string","enum":["running","stopped","deleted"]},"state":{"$ref":"#/components/schemas/BotState"},
"status_detail":{"type":"string","description":"Why it is in this state, for people; may be empty."},
"since":{"type":"string","format":"date-time"},"restarts":{"type":"integer"},"rooms":{"type":"integer"},
"turns":{"type":"object","required":["answered","failed","skipped","pending"],"properties":{"answered":{"type":"integer"},
"failed":{"type":"integer"},"skipped":{"type":"integer"},"pending":{"type":"integer"}}},
"last_turn_at":{"type":"string","format":"date-time"},
"actions":{"type":"array","items":{"type":"string","enum":["start","stop","restart","delete"]},"description":"What may be done now."},
"created_at":{"type":"string","format":"date-time"},"updated_at":{"type":"string","format":"date-time"}}})";

inline constexpr std::string_view kBotPage = R"({"type":"object","required":["items","total"],"properties":{
"items":{"type":"array","items":{"$ref":"#/components/schemas/Bot"}},"total":{"type":"integer"},"next_from":{"type":"integer"}}})";

inline constexpr std::string_view kNewBot =
    R"({"type":"object","required":["bot_id","brain"],"additionalProperties":false,"properties":{
"bot_id":{"type":"string","minLength":1,"maxLength":64,"description":"a-z 0-9 . _ -; its account becomes @bot_<bot_id>:server."},
"display_name":{"type":"string","maxLength":256},"brain":{"$ref":"#/components/schemas/Brain"},
"flowise_url":{"type":"string","maxLength":2048}}})";

inline constexpr std::string_view kCreatedBot = R"({"type":"object","required":["bot"],"properties":{
"bot":{"$ref":"#/components/schemas/Bot"},
"generated_secret":{"type":"string","description":"A secret that was made for the brain (webhook signing), shown this once."}}})";

inline constexpr std::string_view kBotPatch = R"({"type":"object","additionalProperties":false,"properties":{
"display_name":{"type":"string","maxLength":256},"brain":{"$ref":"#/components/schemas/Brain"},
"flowise_url":{"type":"string","maxLength":2048}}})";

inline constexpr std::string_view kBotHistoryPage = R"({"type":"object","required":["items","total"],"properties":{
"items":{"type":"array","items":{"type":"object","required":["id","at","event","from","to","cause","actor"],"properties":{
"id":{"type":"integer"},"at":{"type":"string","format":"date-time"},"event":{"type":"string"},"from":{"type":"string"},
"to":{"type":"string"},"cause":{"type":"string"},"actor":{"type":"string"}}}},
"total":{"type":"integer"},"next_from":{"type":"integer"}}})";

inline constexpr std::string_view kBotRooms =
    R"({"type":"object","required":["items","total"],"properties":{"total":{"type":"integer"},
"items":{"type":"array","items":{"type":"object","required":["room_id","name","joined_members","encrypted"],"properties":{
"room_id":{"type":"string"},"name":{"type":"string"},"joined_members":{"type":"integer"},"encrypted":{"type":"boolean"}}}}}})";

inline constexpr std::string_view kBrainKinds =
    R"({"type":"object","required":["items"],"properties":{"items":{"type":"array",
"items":{"type":"object","required":["kind","title","description","config_schema"],"properties":{"kind":{"type":"string"},
"title":{"type":"string"},"description":{"type":"string"},
"config_schema":{"type":"object","description":"JSON Schema of brain.config; properties may carry title, description, default, writeOnly."}}}}}})";

inline constexpr std::string_view kApiKey =
    R"({"type":"object","required":["id","name","prefix","role","scopes","owner","created_at"],
"properties":{"id":{"type":"integer"},"name":{"type":"string"},"prefix":{"type":"string"},"role":{"$ref":"#/components/schemas/Role"},
"scopes":{"type":"array","items":{"type":"string"},"description":"Empty: everything its role may."},"owner":{"type":"string"},
"created_at":{"type":"string","format":"date-time"},"last_used_at":{"type":"string","format":"date-time"},
"expires_at":{"type":"string","format":"date-time"}}})";

inline constexpr std::string_view kApiKeys = R"({"type":"object","required":["items","total"],"properties":{
"items":{"type":"array","items":{"$ref":"#/components/schemas/ApiKey"}},"total":{"type":"integer"}}})";

inline constexpr std::string_view kNewApiKey =
    R"({"type":"object","required":["name"],"additionalProperties":false,"properties":{
"name":{"type":"string","minLength":1,"maxLength":100},"role":{"$ref":"#/components/schemas/Role"},
"scopes":{"type":"array","maxItems":8,"items":{"type":"string","enum":["bots","users","admin","metrics","assistant"]}},
"expires_in_days":{"type":"integer","minimum":1,"maximum":3650}}})";

inline constexpr std::string_view kCreatedApiKey = R"({"type":"object","required":["key","token"],"properties":{
"key":{"$ref":"#/components/schemas/ApiKey"},"token":{"type":"string","description":"The key itself, shown this once."}}})";

inline constexpr std::string_view kAuditPage =
    R"({"type":"object","required":["items","total"],"properties":{"items":{"type":"array",
"items":{"type":"object","required":["id","at","actor","action","target"],"properties":{"id":{"type":"integer"},
"at":{"type":"string","format":"date-time"},"actor":{"type":"string"},"action":{"type":"string"},"target":{"type":"string"},
"detail":{"type":"object"},"request_id":{"type":"string"}}}},"total":{"type":"integer"},"next_from":{"type":"integer"}}})";

inline constexpr std::string_view kOverview = R"({"type":"object",
"required":["version","server_name","started_at","uptime_s","matrix_url","counts","checks","hints"],
"properties":{"version":{"type":"string"},"server_name":{"type":"string"},"started_at":{"type":"string","format":"date-time"},
"uptime_s":{"type":"integer"},"matrix_url":{"type":"string"},
"counts":{"type":"object","required":["users","bots","bots_running","bots_failed"],"properties":{"users":{"type":"integer"},
"bots":{"type":"integer"},"bots_running":{"type":"integer"},"bots_failed":{"type":"integer"}}},
"checks":{"type":"array","items":{"type":"object","required":["name","ok"],"properties":{"name":{"type":"string"},
"ok":{"type":"boolean"},"detail":{"type":"string"}}}},
"hints":{"type":"array","items":{"type":"object","required":["code","title","text"],"properties":{
"code":{"type":"string","enum":["make_user","make_bot","start_bot","invite_bot","bot_failed"]},
"title":{"type":"string"},"text":{"type":"string"},"link":{"type":"string"}}}}}})";

inline constexpr std::string_view kHealth =
    R"({"type":"object","required":["status","timestamp","version","uptime_s","checks"],
"properties":{"status":{"type":"string","enum":["healthy","unhealthy"]},"timestamp":{"type":"string","format":"date-time"},
"version":{"type":"string"},"uptime_s":{"type":"integer"},"error":{"type":"string"},
"checks":{"type":"object","additionalProperties":{"type":"object","required":["ok"],"properties":{"ok":{"type":"boolean"},
"detail":{"type":"string"}}}}}})";

inline constexpr std::string_view kNewRoom =
    R"({"type":"object","required":["creator"],"additionalProperties":false,"properties":{
"creator":{"type":"string","minLength":1,"maxLength":255},"name":{"type":"string","maxLength":255},
"topic":{"type":"string","maxLength":1000},"public":{"type":"boolean"},
"invite":{"type":"array","maxItems":100,"items":{"type":"string","maxLength":255}}}})";
inline constexpr std::string_view kRoomCreated =
    R"({"type":"object","required":["room_id"],"properties":{"room_id":{"type":"string"}}})";
inline constexpr std::string_view kRoom =
    R"({"type":"object","required":["room_id","name","canonical_alias","joined_members","encrypted"],
"properties":{"room_id":{"type":"string"},"name":{"type":"string"},"canonical_alias":{"type":"string"},
"joined_members":{"type":"integer"},"encrypted":{"type":"boolean"}}})";
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
"items":{"type":"object","required":["event_id","sender","type","at","content"],"properties":{"event_id":{"type":"string"},
"sender":{"type":"string"},"type":{"type":"string"},"at":{"type":"string","format":"date-time"},"content":{"type":"object"}}}}}})";

// Seed 000's face (2025-12-20).
inline constexpr std::string_view kSeedCreateBot = R"({"type":"object",
"required":["bot_id","homeserver","user_id","password","flowise_url"],"properties":{"bot_id":{"type":"string"},
"homeserver":{"type":"string"},"user_id":{"type":"string"},"password":{"type":"string"},"flowise_url":{"type":"string"}}})";
inline constexpr std::string_view kSeedBotId =
    R"({"type":"object","required":["bot_id"],"properties":{"bot_id":{"type":"string"}}})";
inline constexpr std::string_view kSeedMessage =
    R"({"type":"object","required":["message"],"properties":{"message":{"type":"string"}}})";
inline constexpr std::string_view kSeedBots =
    R"({"type":"array","items":{"type":"object","required":["id","bot_id","homeserver","user_id",
"flowise_url","status","created_at"],"properties":{"id":{"type":"integer"},"bot_id":{"type":"string"},"homeserver":{"type":"string"},
"user_id":{"type":"string"},"flowise_url":{"type":"string"},"status":{"type":"string","enum":["created","running","stopped"]},
"created_at":{"type":"string"}}}})";
inline constexpr std::string_view kSeedCreateUser = R"({"type":"object","required":["username","password","user_type"],
"properties":{"username":{"type":"string"},"password":{"type":"string"},"user_type":{"type":"string"}}})";
inline constexpr std::string_view kSeedNewUser = R"({"type":"object","required":["username","password"],
"properties":{"username":{"type":"string"},"password":{"type":"string"}}})";
inline constexpr std::string_view kSeedUserMade = R"({"type":"object","required":["message","user_info"],"properties":{
"message":{"type":"string"},"user_info":{"type":"object","required":["id","username","user_type","admin"],"properties":{
"id":{"type":"integer"},"username":{"type":"string"},"user_type":{"type":"string"},"admin":{"type":"boolean"}}}}})";
inline constexpr std::string_view kSeedUsers = R"({"type":"array","items":{"type":"object",
"required":["id","username","user_type","admin","created_at"],"properties":{"id":{"type":"integer"},"username":{"type":"string"},
"user_type":{"type":"string"},"admin":{"type":"boolean"},"created_at":{"type":"string"}}}})";

/// A reference to a named schema, to declare a route with.
#define TROUPE_REF(name) R"({"$ref":"#/components/schemas/)" name R"("})"

inline constexpr Named kNamed[] = {
    {"Me", kMe},
    {"Role", kRole},
    {"NewSession", kNewSession},
    {"User", kUser},
    {"UserPage", kUserPage},
    {"NewUser", kNewUser},
    {"CreatedUser", kCreatedUser},
    {"UserPatch", kUserPatch},
    {"NewPassword", kNewPassword},
    {"Confirm", kConfirm},
    {"Brain", kBrain},
    {"BotState", kBotState},
    {"Bot", kBot},
    {"BotPage", kBotPage},
    {"NewBot", kNewBot},
    {"CreatedBot", kCreatedBot},
    {"BotPatch", kBotPatch},
    {"BotHistoryPage", kBotHistoryPage},
    {"BotRooms", kBotRooms},
    {"BrainKinds", kBrainKinds},
    {"ApiKey", kApiKey},
    {"ApiKeys", kApiKeys},
    {"NewApiKey", kNewApiKey},
    {"CreatedApiKey", kCreatedApiKey},
    {"AuditPage", kAuditPage},
    {"Overview", kOverview},
    {"Health", kHealth},
    {"NewRoom", kNewRoom},
    {"RoomCreated", kRoomCreated},
    {"Room", kRoom},
    {"RoomSend", kRoomSend},
    {"RoomSent", kRoomSent},
    {"RoomMember", kRoomMember},
    {"RoomMessages", kRoomMessages},
    {"SeedCreateBot", kSeedCreateBot},
    {"SeedBotId", kSeedBotId},
    {"SeedMessage", kSeedMessage},
    {"SeedBots", kSeedBots},
    {"SeedCreateUser", kSeedCreateUser},
    {"SeedNewUser", kSeedNewUser},
    {"SeedUserMade", kSeedUserMade},
    {"SeedUsers", kSeedUsers},
};

}  // namespace troupe::console::schema
