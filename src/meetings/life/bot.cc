#include "meetings/life/bot.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace troupe::meetings::life {
namespace {

namespace json = boost::json;

constexpr std::int64_t kNobodyCameMs = 120'000;
constexpr std::int64_t kLeftAloneMs = 60'000;

/// What Vexa's bots read (their `BOT_CONFIG`), without what is empty.
json::object config(const Meeting& meeting, const Attempt& attempt, const std::string& url, const std::string& token,
                    const std::string& redis_url, const BotProgram& program, const Timing& timing) {
  json::object made{{"meeting_id", meeting.id},
                    {"platform", to_string(meeting.platform)},
                    {"meetingUrl", url},
                    {"botName", meeting.bot_name},
                    {"token", token},
                    {"nativeMeetingId", meeting.native_id},
                    {"connectionId", attempt.connection_id},
                    {"task", to_string(meeting.task)},
                    {"container_name", attempt.task_id},
                    {"automaticLeave",
                     {{"waitingRoomTimeout", lobby_time(meeting, timing).count()},
                      {"noOneJoinedTimeout", meeting.leave.nobody_came_ms.value_or(kNobodyCameMs)},
                      {"everyoneLeftTimeout", meeting.leave.left_alone_ms.value_or(kLeftAloneMs)}}},
                    // Its bots put /status_change in the place of /exited.
                    {"botManagerCallbackUrl", program.callback_base + "/bots/internal/callback/" + token + "/exited"}};
  if (!redis_url.empty()) made["redisUrl"] = redis_url;
  if (!meeting.language.empty()) made["language"] = meeting.language;
  if (meeting.recording) {
    made["recordingEnabled"] = true;
    made["captureModes"] = json::array{"audio"};
    made["recordingUploadUrl"] = program.callback_base + "/bots/internal/recording/" + token;
  }
  return made;
}

/// The same for Vexa's newer bots (0.12), which refuse members they do not know and say everything at one address.
json::object newer(json::object told, const std::string& callback_base, const std::string& token) {
  told.erase("botManagerCallbackUrl");
  told.erase("matrix");
  told["meetingApiCallbackUrl"] = callback_base + "/bots/internal/callback/" + token + "/lifecycle";
  return told;
}

bool takes_image(const runtime::TaskDriver& driver) {
  boost::system::error_code ec;
  const auto schema = json::parse(driver.config_schema(), ec);
  const auto* properties = !ec && schema.is_object() ? schema.get_object().if_contains("properties") : nullptr;
  return properties && properties->is_object() && properties->get_object().contains("image");
}

}  // namespace

Result<runtime::TaskSpec> bot_spec(const Meeting& meeting, const Attempt& attempt, const std::string& url,
                                   const std::string& token, const BotProgram& program, const Timing& timing,
                                   const runtime::TaskDriver& driver, const std::string& redis_url,
                                   const json::object& matrix) {
  runtime::TaskSpec spec;
  spec.id = attempt.task_id;
  spec.argv = program.command;
  const bool may_have_image = takes_image(driver);
  const bool has_image = may_have_image && !program.image.empty();
  if (spec.argv.empty() && !may_have_image) spec.argv = program.own_command;
  if (driver.name() == program.driver) spec.driver_config = program.driver_config;
  if (has_image) spec.driver_config["image"] = program.image;
  if (driver.capabilities().limits) spec.limits.memory_bytes = program.memory_bytes;
  if (spec.argv.empty() && !has_image) {
    return Error(Errc::invalid_param,
                 "No bot is configured, and none came with this program: set meetings.bot_command or "
                 "meetings.bot_image.");
  }
  auto told = config(meeting, attempt, url, token, redis_url, program, timing);
  if (!matrix.empty()) told["matrix"] = matrix;
  spec.environment["BOT_CONFIG"] = json::serialize(told);
  spec.environment["VEXA_BOT_CONFIG"] = json::serialize(newer(std::move(told), program.callback_base, token));
  if (!program.whisper_url.empty()) spec.environment["WHISPER_LIVE_URL"] = program.whisper_url;
  if (!program.notice) spec.environment["MEETING_BOT_NOTICE"] = "off";
  return spec;
}

Ending ending_of(const runtime::TaskStatus& status, bool active) {
  if (status.state == runtime::TaskState::lost || !status.exit) return {.reason = Reason::lost, .raw = "lost"};
  const auto& exit = *status.exit;
  if (exit.oom_killed) return {.reason = Reason::oom, .raw = exit.text()};
  if (!exit.success()) return {.reason = Reason::bot_failed, .raw = exit.text()};
  if (active) return {.reason = Reason::left_alone, .raw = "no_callback", .good = true};
  return {.reason = Reason::join_failure, .raw = "no_callback"};
}

}  // namespace troupe::meetings::life
