// Shapes of seed 000's two faces: JSON (2025-12-20) and forms (2026-02-18).
#pragma once
#include "api/schema.h"

namespace troupe::console::schema {

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

inline constexpr std::string_view kSeedDone =
    R"({"type":"object","required":["success"],"properties":{"success":{"type":"boolean"},"message":{"type":"string"},
"error":{"type":"string"}}})";

inline constexpr std::string_view kSeedError =
    R"({"type":"object","required":["error"],"properties":{"error":{"type":"string"}}})";

inline constexpr std::string_view kSeedLogin =
    R"({"type":"object","properties":{"password":{"type":"string","maxLength":512},
"username":{"type":"string","maxLength":255,"description":"Default admin."}}})";

inline constexpr std::string_view kSeedFormBots =
    R"({"type":"array","items":{"type":"object","required":["id","bot_user_id","flowise_url","status","created_at"],
"properties":{"id":{"type":"integer"},"bot_user_id":{"type":"string"},"flowise_url":{"type":"string"},
"status":{"type":"string","enum":["created","running","stopped"]},"created_at":{"type":"string"}}}})";

inline constexpr std::string_view kSeedFormBot =
    R"({"type":"object","properties":{"bot_user_id":{"type":"string","maxLength":255},
"flowise_url":{"type":"string","maxLength":2048},"bot_password":{"type":"string","maxLength":512}}})";

inline constexpr std::string_view kSeedFormAction =
    R"({"type":"object","properties":{"action":{"type":"string","maxLength":100},"password":{"type":"string","maxLength":512}}})";

inline constexpr std::string_view kSeedFormUser =
    R"({"type":"object","properties":{"username":{"type":"string","maxLength":255},
"password":{"type":"string","maxLength":512},"is_admin":{"type":"string","maxLength":10}}})";

inline constexpr std::string_view kSeedLogs =
    R"({"type":"object","required":["success"],"properties":{"success":{"type":"boolean"},"logs":{"type":"string"},
"error":{"type":"string"}}})";

/// Shapes of this file by name.
inline constexpr api::Named kSeedShapes[] = {
    {"SeedCreateBot", kSeedCreateBot}, {"SeedBotId", kSeedBotId},           {"SeedMessage", kSeedMessage},
    {"SeedBots", kSeedBots},           {"SeedCreateUser", kSeedCreateUser}, {"SeedNewUser", kSeedNewUser},
    {"SeedUserMade", kSeedUserMade},   {"SeedUsers", kSeedUsers},           {"SeedDone", kSeedDone},
    {"SeedError", kSeedError},         {"SeedLogin", kSeedLogin},           {"SeedFormBots", kSeedFormBots},
    {"SeedFormBot", kSeedFormBot},     {"SeedFormAction", kSeedFormAction}, {"SeedFormUser", kSeedFormUser},
    {"SeedLogs", kSeedLogs},
};

}  // namespace troupe::console::schema
