// The JSON shapes of /api/v1 and of seed 000's faces, as JSON Schema text. The route table validates bodies with them
// and /api/openapi.json carries them; the console's TypeScript types are generated from there.
// Which routes there are stands in the *_routes.cc and, put together, in /api/openapi.json (/docs shows it). What that
// document does not say: errors are problem+json; times are RFC 3339 UTC strings; lists take ?from=&limit= and answer
// {items, total, next_from?}. The events of GET /api/v1/live:
//   hello {cursor}                     first, always
//   reset {}                           too far behind: fetch the lists again
//   bot {bot_id, event, bot?: Bot}     something changed; without `bot` it was deleted; event `trouble`: no step of its
//                                      life cycle, but its trouble came, changed or went
//   users {}                           accounts changed: fetch the list again
//   import UserImport                  without `errors`: one's progress (admin)
// and a comment line every 15 s.
//
// Seed 000's first face ({"detail": …}, operator): POST /create_bot /start_bot /stop_bot /create_user
//   /create_regular_user /create_bot_user, GET /bots /users, and the same under /bots/… and /users/….
// Its later face (forms, {"error": …} and {"success", "message"}): POST /login, GET /logout, GET|POST /api/bots,
//   POST /api/bot/{id}/action, GET /api/bot/{id}/logs, POST /api/create_user.
#pragma once
#include "api/schema.h"
#include "console/shapes/schemas_chat.h"
#include "console/shapes/schemas_rooms.h"
#include "console/shapes/schemas_seed.h"
#include "console/shapes/schemas_users.h"

namespace troupe::console::schema {

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
"required":["version","server_name","started_at","uptime_s","matrix_url","counts","troubled","checks","hints"],
"properties":{"version":{"type":"string"},"server_name":{"type":"string"},"started_at":{"type":"string","format":"date-time"},
"uptime_s":{"type":"integer"},"matrix_url":{"type":"string"},
"counts":{"type":"object","required":["users","bots","bots_running","bots_failed"],"properties":{"users":{"type":"integer"},
"bots":{"type":"integer"},"bots_running":{"type":"integer","description":"Also degraded ones."},
"bots_failed":{"type":"integer","description":"Failed, in a crash loop, or degraded."}}},
"troubled":{"type":"object","required":["total","items"],"properties":{"total":{"type":"integer"},
"items":{"type":"array","description":"The first ten bots with trouble, those that do not answer first. All: GET /api/v1/bots?state=troubled.",
"items":{"type":"object","required":["bot_id","display_name","state","trouble"],"properties":{"bot_id":{"type":"string"},
"display_name":{"type":"string"},"state":{"$ref":"#/components/schemas/BotState"},
"trouble":{"$ref":"#/components/schemas/BotTrouble"}}}}}},
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
inline constexpr api::Named kCommonShapes[] = {
    {"ApiKeys", kApiKeys},   {"NewApiKey", kNewApiKey}, {"CreatedApiKey", kCreatedApiKey}, {"AuditPage", kAuditPage},
    {"Overview", kOverview}, {"Health", kHealth},       {"Settings", kSettings},
};

}  // namespace troupe::console::schema
