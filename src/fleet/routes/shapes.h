// Shapes of /api/v1: bots, their brains, logs, usage and hooks.
#pragma once
#include "api/schema.h"

namespace troupe::fleet::schema {

inline constexpr std::string_view kBrain =
    R"({"type":"object","required":["kind"],"additionalProperties":false,"properties":{
"kind":{"type":"string","minLength":1,"maxLength":32,"description":"One of GET /api/v1/brains."},
"config":{"type":"object","description":"As the kind's config_schema says; secrets are write-only."}}})";

inline constexpr std::string_view kBotState =
    R"({"type":"string","enum":["created","starting","running","degraded","exited","backing_off","crash_loop",
"stopping","stopped","failed","completed"]})";

inline constexpr std::string_view kBotTrouble =
    R"({"type":"object","required":["code","serious","text"],"properties":{
"code":{"type":"string","enum":["failed","crash_loop","degraded","backing_off","exited","answer_failed","check_failed"],
"description":"Its state, or answer_failed: the last answer failed, or check_failed: what it rests on did not pass the look at its start."},
"serious":{"type":"boolean","description":"It does not answer; else it may."},
"text":{"type":"string","description":"Why, for people; may be empty."}}})";

inline constexpr std::string_view kBot =
    R"({"type":"object","required":["id","bot_id","user_id","display_name","brain","flowise_url",
"desired_state","state","status_detail","since","restarts","rooms","turns","actions","created_at","updated_at","driver","restart",
"backoff","queue","tokens"],
"properties":{"id":{"type":"integer"},"bot_id":{"type":"string"},"user_id":{"type":"string"},"display_name":{"type":"string"},
"brain":{"$ref":"#/components/schemas/Brain"},"flowise_url":{"type":"string"},
"desired_state":{"type":"string","enum":["running","stopped","deleted"]},"state":{"$ref":"#/components/schemas/BotState"},
"status_detail":{"type":"string","description":"Why it is in this state, for people; may be empty."},
"since":{"type":"string","format":"date-time"},"restarts":{"type":"integer"},"rooms":{"type":"integer"},
"turns":{"type":"object","required":["answered","failed","skipped","pending"],"properties":{"answered":{"type":"integer"},
"failed":{"type":"integer"},"skipped":{"type":"integer"},"pending":{"type":"integer"}}},
"driver":{"type":"string","description":"The task driver that runs it: in_process, process, …"},
"restart":{"$ref":"#/components/schemas/RestartPolicy"},
"backoff":{"type":"object","required":["failures","crash_loop"],"properties":{"failures":{"type":"integer"},
"next_try_at":{"type":"string","format":"date-time"},"crash_loop":{"type":"boolean"}}},
"task":{"type":"object","required":["started_at"],"properties":{"pid":{"type":"integer"},
"started_at":{"type":"string","format":"date-time"},"ended_at":{"type":"string","format":"date-time"},
"exit":{"type":"string","description":"exit code 3, signal 9 (killed), …; not there while it runs."}}},
"queue":{"type":"integer","description":"Messages that wait for this bot."},
"last_error":{"type":"object","required":["at","text"],"properties":{"at":{"type":"string","format":"date-time"},
"text":{"type":"string"},"reference":{"type":"string","description":"The number that the room was told."}}},
"trouble":{"$ref":"#/components/schemas/BotTrouble","description":"Not there while all is well. An answer that succeeds ends it."},
"tokens":{"type":"object","required":["in","out"],"properties":{"in":{"type":"integer"},"out":{"type":"integer"}}},
"last_turn_at":{"type":"string","format":"date-time"},
"actions":{"type":"array","items":{"type":"string","enum":["start","stop","restart","delete"]},"description":"What may be done now."},
"created_at":{"type":"string","format":"date-time"},"updated_at":{"type":"string","format":"date-time"}}})";

inline constexpr std::string_view kBotPage = R"({"type":"object","required":["items","total"],"properties":{
"items":{"type":"array","items":{"$ref":"#/components/schemas/Bot"}},"total":{"type":"integer"},"next_from":{"type":"integer"}}})";

inline constexpr std::string_view kNewBot =
    R"({"type":"object","required":["bot_id","brain"],"additionalProperties":false,"properties":{
"bot_id":{"type":"string","minLength":1,"maxLength":64,"description":"a-z 0-9 . _ -; its account becomes @bot_<bot_id>:server."},
"display_name":{"type":"string","maxLength":256},"brain":{"$ref":"#/components/schemas/Brain"},
"flowise_url":{"type":"string","maxLength":2048},
"restart":{"$ref":"#/components/schemas/RestartPolicy"}}})";

inline constexpr std::string_view kCreatedBot = R"({"type":"object","required":["bot"],"properties":{
"bot":{"$ref":"#/components/schemas/Bot"},
"generated_secret":{"type":"string","description":"A secret that was made for the brain (webhook signing), shown this once."}}})";

inline constexpr std::string_view kBotPatch = R"({"type":"object","additionalProperties":false,"properties":{
"display_name":{"type":"string","maxLength":256},"brain":{"$ref":"#/components/schemas/Brain"},
"flowise_url":{"type":"string","maxLength":2048},
"restart":{"$ref":"#/components/schemas/RestartPolicy"}}})";

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
"items":{"type":"object","required":["kind","title","description","testable","config_schema"],"properties":{"kind":{"type":"string"},
"title":{"type":"string"},"description":{"type":"string"},
"testable":{"type":"boolean","description":"It has something to connect to: POST /api/v1/brains/{kind}/test."},
"off":{"type":"string","description":"Why none can be made on this server; not there: it can."},
"config_schema":{"type":"object","description":"JSON Schema of brain.config; properties may carry title, description, default, writeOnly."}}}}}})";

inline constexpr std::string_view kLifecycle =
    R"({"type":"object","required":["states","transitions"],"properties":{
"states":{"type":"array","items":{"$ref":"#/components/schemas/BotState"}},
"transitions":{"type":"array","items":{"type":"object","required":["from","event","to"],"properties":{
"from":{"$ref":"#/components/schemas/BotState"},"event":{"type":"string"},"to":{"$ref":"#/components/schemas/BotState"}}}}}})";

inline constexpr std::string_view kBotLogLine =
    R"({"type":"object","required":["seq","at","level","source","text"],"properties":{"seq":{"type":"integer"},
"at":{"type":"string","format":"date-time"},"level":{"type":"string","enum":["info","warning","error"]},
"source":{"type":"string","description":"lifecycle, brain, stdout, stderr"},"text":{"type":"string"}}})";

inline constexpr std::string_view kBotLog =
    R"({"type":"object","required":["items","next_after"],"properties":{
"items":{"type":"array","items":{"$ref":"#/components/schemas/BotLogLine"},"description":"Oldest first."},
"next_after":{"type":"integer","description":"Ask with ?after= this for what comes next."}}})";

inline constexpr std::string_view kBotUsage =
    R"({"type":"object","required":["items"],"properties":{"items":{"type":"array","description":"By hour, oldest first.",
"items":{"type":"object","required":["at","answered","failed","skipped","latency_ms","tokens_in","tokens_out"],"properties":{
"at":{"type":"string","format":"date-time"},"answered":{"type":"integer"},"failed":{"type":"integer"},"skipped":{"type":"integer"},
"latency_ms":{"type":"integer","description":"Mean of the answered ones."},"tokens_in":{"type":"integer"},
"tokens_out":{"type":"integer"}}}}}})";

inline constexpr std::string_view kBrainTest =
    R"({"type":"object","required":["config"],"additionalProperties":false,"properties":{
"config":{"type":"object","description":"As for the bot itself; what is left out of the secrets is taken from bot_id."},
"bot_id":{"type":"string","maxLength":64}}})";

inline constexpr std::string_view kBrainTested =
    R"({"type":"object","required":["ok","outcome","summary","took_ms","details"],"properties":{
"ok":{"type":"boolean","description":"The outcome is good."},"outcome":{"$ref":"#/components/schemas/TestOutcome"},
"summary":{"type":"string"},"took_ms":{"type":"integer"},"details":{"type":"array","items":{"type":"object","required":["ok","outcome","text"],
"properties":{"ok":{"type":"boolean"},"outcome":{"$ref":"#/components/schemas/TestOutcome"},"text":{"type":"string"}}}}}})";

inline constexpr std::string_view kTestOutcome =
    R"({"type":"string","enum":["good","unsure","bad"],
"description":"good: asked for real, and it works. unsure: something answers. bad: it cannot work as it is."})";

inline constexpr std::string_view kHooks =
    R"({"type":"object","required":["items","total"],"properties":{"total":{"type":"integer"},
"items":{"type":"array","items":{"$ref":"#/components/schemas/Hook"}}}})";

inline constexpr std::string_view kCreatedHook =
    R"({"type":"object","required":["hook","url"],"properties":{"hook":{"$ref":"#/components/schemas/Hook"},
"url":{"type":"string","description":"Where to post to. It is the secret, shown this once."}}})";

/// Shapes of this file by name.
inline constexpr api::Named kBotShapes[] = {
    {"Brain", kBrain},           {"BotState", kBotState},       {"Bot", kBot},
    {"BotTrouble", kBotTrouble}, {"BotPage", kBotPage},         {"NewBot", kNewBot},
    {"CreatedBot", kCreatedBot}, {"BotPatch", kBotPatch},       {"BotHistoryPage", kBotHistoryPage},
    {"BotRooms", kBotRooms},     {"BrainKinds", kBrainKinds},   {"Lifecycle", kLifecycle},
    {"BotLogLine", kBotLogLine}, {"BotLog", kBotLog},           {"BotUsage", kBotUsage},
    {"BrainTest", kBrainTest},   {"BrainTested", kBrainTested}, {"TestOutcome", kTestOutcome},
    {"Hooks", kHooks},           {"CreatedHook", kCreatedHook},
};

}  // namespace troupe::fleet::schema
