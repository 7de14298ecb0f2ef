// Shapes of /api/v1: people, their accounts and sessions, bulk import, tenants.
#pragma once
#include "api/schema.h"

namespace troupe::console::schema {

inline constexpr std::string_view kMe =
    R"({"type":"object","required":["id","user_id","display_name","role","kind","tenant_id","by"],
"properties":{"id":{"type":"integer"},"user_id":{"type":"string","description":"Matrix user id; empty for a service."},
"display_name":{"type":"string"},"role":{"$ref":"#/components/schemas/Role"},"kind":{"type":"string","enum":["person","bot","service"]},
"tenant_id":{"type":"integer"},"by":{"type":"string","enum":["cookie","key","local"]},
"scopes":{"type":"array","items":{"type":"string"}},"expires_at":{"type":"string","format":"date-time"}}})";

inline constexpr std::string_view kNewSession =
    R"({"type":"object","required":["user","password"],"additionalProperties":false,
"properties":{"user":{"type":"string","minLength":1,"maxLength":255,"description":"Local part or full Matrix user id."},
"password":{"type":"string","minLength":1,"maxLength":512}}})";

inline constexpr std::string_view kUser =
    R"({"type":"object",
"required":["id","user_id","username","display_name","kind","role","deactivated","locked","tenant_id","created_at"],
"properties":{"id":{"type":"integer"},"user_id":{"type":"string"},"username":{"type":"string"},"display_name":{"type":"string"},
"avatar_url":{"type":"string"},"kind":{"type":"string","enum":["person","bot","service"]},"role":{"$ref":"#/components/schemas/Role"},
"deactivated":{"type":"boolean","description":"Closed for ever; the name stays taken."},
"locked":{"type":"boolean","description":"Can do nothing until it is unlocked."},"tenant_id":{"type":"integer"},
"created_at":{"type":"string","format":"date-time"}}})";

inline constexpr std::string_view kUserPage = R"({"type":"object","required":["items","total"],"properties":{
"items":{"type":"array","items":{"$ref":"#/components/schemas/User"}},"total":{"type":"integer"},"next_from":{"type":"integer"}}})";

inline constexpr std::string_view kNewUser =
    R"({"type":"object","required":["username"],"additionalProperties":false,"properties":{
"username":{"type":"string","minLength":1,"maxLength":200,"description":"Local part: a-z 0-9 . _ = - / +"},
"password":{"type":"string","minLength":8,"maxLength":512,"description":"Left out: one is made and returned once."},
"display_name":{"type":"string","maxLength":256},"role":{"$ref":"#/components/schemas/Role"}}})";

inline constexpr std::string_view kCreatedUser = R"({"type":"object","required":["user"],"properties":{
"user":{"$ref":"#/components/schemas/User"},"generated_password":{"type":"string","description":"Shown this once."}}})";

inline constexpr std::string_view kUserPatch =
    R"({"type":"object","additionalProperties":false,"properties":{
"display_name":{"type":"string","maxLength":256},"role":{"$ref":"#/components/schemas/Role"},
"tenant_id":{"type":"integer","minimum":1}}})";

inline constexpr std::string_view kNewPassword =
    R"({"type":"object","additionalProperties":false,"properties":{
"password":{"type":"string","minLength":8,"maxLength":512,"description":"Or else `generate`."},
"generate":{"type":"boolean","description":"Make a random password and answer it once (administrators)."},
"current_password":{"type":"string","maxLength":512,"description":"Needed for one's own account."},
"logout_devices":{"type":"boolean","description":"End all sessions of the account. Default true."},
"revoke_keys":{"type":"boolean","description":"Revoke all API keys of the account, too. Default false: keys outlive a password."}}})";

inline constexpr std::string_view kGeneratedPassword =
    R"({"type":"object","required":["password"],"properties":{"password":{"type":"string","description":"Shown this once."}}})";

inline constexpr std::string_view kConfirm =
    R"({"type":"object","required":["confirm"],"additionalProperties":false,"properties":{
"confirm":{"type":"string","minLength":1,"maxLength":255,"description":"The id of what is about to go, typed again."}}})";

inline constexpr std::string_view kUserSessions =
    R"({"type":"object","required":["items","total"],"properties":{"total":{"type":"integer"},
"items":{"type":"array","items":{"type":"object","required":["device_id","kind","display_name"],"properties":{
"device_id":{"type":"string","description":"Of a console session: console:<number>."},
"kind":{"type":"string","enum":["matrix","console"]},"display_name":{"type":"string"},
"last_seen_at":{"type":"string","format":"date-time"},"last_seen_ip":{"type":"string"}}}}}})";

inline constexpr std::string_view kImportStarted =
    R"({"type":"object","required":["import_id","total"],"properties":{"import_id":{"type":"string"},"total":{"type":"integer"}}})";

inline constexpr std::string_view kUserImport =
    R"({"type":"object",
"required":["import_id","state","dry_run","total","done","created","existed","failed","joined","errors","started_at"],
"properties":{"import_id":{"type":"string"},"state":{"type":"string","enum":["running","done","failed"]},
"dry_run":{"type":"boolean"},"room_id":{"type":"string"},"total":{"type":"integer","description":"Rows of the file."},
"done":{"type":"integer"},"created":{"type":"integer","description":"With dry_run: would be made."},
"existed":{"type":"integer"},"failed":{"type":"integer"},"joined":{"type":"integer","description":"Are in the room now."},
"passwords":{"type":"integer","description":"Made by this import (generate) and not taken yet; not there: none."},
"error":{"type":"string","description":"Why it stopped before its end; the same file again goes on from there."},
"reason":{"type":"string","enum":["cancelled","interrupted"],"description":"Of a failed one: somebody cancelled it, or its server stopped."},
"errors":{"type":"array","items":{"type":"object","required":["line","message"],"properties":{"line":{"type":"integer"},
"message":{"type":"string"}}}},
"started_at":{"type":"string","format":"date-time"},"finished_at":{"type":"string","format":"date-time"}}})";

inline constexpr std::string_view kUserImports =
    R"({"type":"object","required":["items","total"],"properties":{"total":{"type":"integer"},
"items":{"type":"array","items":{"$ref":"#/components/schemas/UserImport"}}}})";

inline constexpr std::string_view kTenants =
    R"({"type":"object","required":["items","total"],"properties":{"total":{"type":"integer"},
"items":{"type":"array","items":{"$ref":"#/components/schemas/Tenant"}}}})";

inline constexpr std::string_view kNewTenant =
    R"({"type":"object","required":["name"],"additionalProperties":false,
"properties":{"name":{"type":"string","minLength":1,"maxLength":100}}})";

/// Shapes of this file by name.
inline constexpr api::Named kUserShapes[] = {
    {"NewSession", kNewSession},
    {"Me", kMe},
    {"User", kUser},
    {"UserPage", kUserPage},
    {"NewUser", kNewUser},
    {"CreatedUser", kCreatedUser},
    {"UserPatch", kUserPatch},
    {"NewPassword", kNewPassword},
    {"GeneratedPassword", kGeneratedPassword},
    {"Confirm", kConfirm},
    {"UserSessions", kUserSessions},
    {"ImportStarted", kImportStarted},
    {"UserImport", kUserImport},
    {"UserImports", kUserImports},
    {"Tenants", kTenants},
    {"NewTenant", kNewTenant},
};

}  // namespace troupe::console::schema
