// The JSON shapes of /api/v1 and of seed 000's faces, as JSON Schema text. The route table validates bodies with them
// and /api/openapi.json carries them; the console's TypeScript types are generated from there.
//
// Routes (all under /api/v1 unless said otherwise; errors are problem+json; times are RFC 3339 UTC strings; lists take
// ?from=&limit= and answer {items, total, next_from?}; `operator`, `admin` name the least role):
//   POST   /session  NewSession → Me, sets the cookie (open)     GET /session → Me     DELETE /session → 204
//   GET    /overview → Overview
//   GET    /users?search=&kind=&role=&state=&sort= → UserPage (operator)      GET /users/export → CSV (operator)
//   POST   /users  NewUser → 201 CreatedUser (admin)
//   GET    /users/{user_id} → User (operator)                PATCH /users/{user_id}  UserPatch → User (admin)
//   POST   /users/{user_id}/password  NewPassword → 204, or 200 GeneratedPassword (admin; the account itself with its
//          current password)
//   POST   /users/{user_id}/deactivate  Confirm (the user id again) → User (admin)
//   POST   /users/{user_id}/lock | /unlock → User (admin)
//   GET    /users/{user_id}/sessions → UserSessions          DELETE /users/{user_id}/sessions[/{device_id}] → 204
//          (admin, or one's own account)
//   POST   /users/import?join=ROOM&dry_run=true  CSV → 202 ImportStarted (admin)    GET /users/import → UserImports
//   GET    /users/import/{import_id} → UserImport (admin)    DELETE → 202 UserImport (admin): ends after its step
//   GET    /tenants → Tenants    POST /tenants  NewTenant → 201 Tenant    PATCH /tenants/{tenant_id}  NewTenant →
//   Tenant GET    /settings → Settings (admin) GET    /bots?search= → BotPage                           POST /bots
//   NewBot → 201 CreatedBot (operator) GET    /bots/{bot_id} → Bot                              PATCH /bots/{bot_id}
//   BotPatch → Bot (operator) DELETE /bots/{bot_id}?confirm={bot_id} → 204 (operator) POST   /bots/{bot_id}/start |
//   /stop | /restart → Bot (operator) GET    /bots/{bot_id}/history → BotHistoryPage           GET /bots/{bot_id}/rooms
//   → BotRooms GET    /bots/{bot_id}/logs?after=&limit=&search= → BotLog (operator) GET /bots/{bot_id}/logs/live?after=
//   text/event-stream: `line` BotLogLine (operator) GET    /bots/{bot_id}/usage?hours= → BotUsage GET
//   /bots/{bot_id}/chat?limit= → ChatMessages         POST /bots/{bot_id}/chat  ChatText → ChatSent GET
//   /bots/{bot_id}/chat/live  text/event-stream: `message` ChatMessage, `typing` {typing} GET    /bots/{bot_id}/hooks →
//   Hooks                      POST /bots/{bot_id}/hooks  NewHook → 201 CreatedHook DELETE
//   /bots/{bot_id}/hooks/{hook_id} → 204 (all three: operator) GET    /brains → BrainKinds POST /brains/{kind}/test
//   BrainTest → BrainTested (operator) GET    /lifecycle → Lifecycle GET    /keys → ApiKeys       POST /keys  NewApiKey
//   → 201 CreatedApiKey     DELETE /keys/{key_id} → 204 GET    /audit?search=&actor=&action=&target=&since=&until= →
//   AuditPage (admin)      GET /audit/export → CSV (admin) POST   /rooms  NewRoom → 201 RoomCreated (admin)         GET
//   /rooms/{room_id}?user_id= → Room (admin) POST   /rooms/{room_id}/send  RoomSend → RoomSent        POST
//   /rooms/{room_id}/invite | /join  RoomMember → 204 GET    /rooms/{room_id}/messages?user_id=&limit= → RoomMessages
//   (admin) GET    /live  text/event-stream, resumes with Last-Event-ID (or ?since=). Events:
//            hello {cursor}          first, always          reset {}   too far behind: fetch the lists again
//            bot   {bot_id, event, bot?: Bot}  something changed; without `bot` it was deleted
//            users {}                accounts changed: fetch the list again
//            import UserImport without `errors`: one's progress (admin)
//          and a comment line every 15 s.
//   /api/openapi.json   /docs   /health → Health   /metrics   /  /ui/…  (outside /api/v1)
// Seed 000's first face ({"detail": …}, operator): POST /create_bot /start_bot /stop_bot /create_user
//   /create_regular_user /create_bot_user, GET /bots /users, and the same under /bots/… and /users/….
// Its later face (forms, {"error": …} and {"success", "message"}): POST /login, GET /logout, GET|POST /api/bots,
//   POST /api/bot/{id}/action, GET /api/bot/{id}/logs, POST /api/create_user.
#pragma once
#include "console/shapes/schema.h"
#include "console/shapes/schemas_bots.h"
#include "console/shapes/schemas_rooms.h"
#include "console/shapes/schemas_seed.h"
#include "console/shapes/schemas_users.h"

namespace troupe::console::schema {

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

inline constexpr std::string_view kSettings =
    R"({"type":"object","required":["items"],"properties":{"items":{"type":"array",
"items":{"type":"object","required":["key","value","source","secret","help"],"properties":{"key":{"type":"string"},
"value":{"type":"string","description":"A secret is \"set\" or empty."},
"source":{"type":"string","description":"default, a file with its line, or the name of an environment variable or flag."},
"secret":{"type":"boolean"},"help":{"type":"string"}}}}}})";

/// Shapes of this file by name.
inline constexpr Named kCommonShapes[] = {
    {"ApiKey", kApiKey},       {"ApiKeys", kApiKeys},   {"NewApiKey", kNewApiKey}, {"CreatedApiKey", kCreatedApiKey},
    {"AuditPage", kAuditPage}, {"Overview", kOverview}, {"Health", kHealth},       {"Settings", kSettings},
};

}  // namespace troupe::console::schema
