#include "meetings/settings.h"

#include <algorithm>
#include <boost/json/parse.hpp>

#include "bus/redis_address.h"
#include "host/endpoint.h"
#include "meetings/summary/model.h"
#include "meetings/whisper/hearing.h"
#include "net/http/url.h"

namespace troupe::meetings {
namespace {

using S = MeetingSettings;

constexpr std::int64_t kDay = 86'400;

std::optional<std::string> wrong_base(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto url = net::http::Url::parse(text);
  if (!url || url->target != "/" || text.ends_with('/')) {
    return "must be an http or https address without a path: http://127.0.0.1:8001";
  }
  return std::nullopt;
}

std::optional<std::string> wrong_whisper_base(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto as_http = net::client::http_form(text);
  const auto url = net::http::Url::parse(as_http == text ? std::string() : as_http);
  if (!url || url->target != "/" || text.ends_with('/')) {
    return "must be a ws or wss address without a path: ws://troupe.example.org:9090";
  }
  return std::nullopt;
}

/// An address that is listened on, or none.
host::Value listener_or_none(std::string S::* member) {
  const auto wrong = [](const std::string& text) { return text.empty() ? std::nullopt : host::wrong_endpoint(text); };
  auto made = host::text(member, "host:port, or nothing", +wrong);
  made.is_listener = true;
  return made;
}

std::optional<std::string> wrong_object(const std::string& text) {
  if (text.empty()) return std::nullopt;
  boost::system::error_code broken;
  const auto read = boost::json::parse(text, broken);
  return !broken && read.is_object() ? std::nullopt : std::optional<std::string>("must be a JSON object");
}

std::optional<std::string> wrong_name(const std::string& text) {
  constexpr std::size_t kLongest = 100;
  return text.empty() || text.size() > kLongest ? std::optional<std::string>("must be 1 to 100 bytes long")
                                                : std::nullopt;
}

std::optional<std::string> wrong_localpart(const std::string& text) {
  constexpr std::size_t kLongest = 100;
  const bool fits = !text.empty() && text.size() <= kLongest && std::ranges::all_of(text, [](unsigned char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') ||
           std::string_view("._=-/+").contains(static_cast<char>(letter));
  });
  return fits ? std::nullopt : std::optional<std::string>("must be 1 to 100 of a-z, 0-9 and . _ = - / +");
}

std::optional<std::string> wrong_listen(const std::string& text) {
  if (text.empty() || text == "off") return std::nullopt;
  auto wrong = host::wrong_endpoint(text);
  return wrong ? std::optional(*wrong + ", or off") : std::nullopt;
}

std::optional<std::string> wrong_redis(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto address = bus::RedisAddress::parse(text);
  return address ? std::nullopt : std::optional("cannot be used: " + address.error().message());
}

}  // namespace

void review_settings(const host::Settings& settings, host::Review& review) {
  const auto& own = settings.of<MeetingSettings>();
  const auto models = fleet::models::server_endpoints(settings.of<fleet::models::ModelSettings>());
  for (const auto& name : own.summary_models) {
    if (!summary::chosen(models, {name}).empty()) continue;
    review.problems.push_back(
        {.fatal = false,
         .where = "meetings.summary_models",
         .message = name + " is no language model of this server: openai.model or [[assistant.models]] names none"});
  }
  const auto endpoint = host::parse_endpoint(own.redis_listen);
  if (endpoint && !host::is_loopback(endpoint->host)) {
    review.problems.push_back({.fatal = false,
                               .where = "redis.listen",
                               .message = own.redis_listen +
                                          " speaks without TLS: bots' passwords and what is said in calls can be read "
                                          "on the way. Use an address of a private network, such as the bots' own"});
  }
}

std::vector<host::Setting> setting_rows() {
  return {
      {.key = "meetings.driver",
       .environment = {"TROUPE_MEETINGS_DRIVER", "ORCHESTRATOR"},
       .value = host::text(&S::driver),
       .help = "the task driver that runs meeting bots, by name"},
      {.key = "meetings.bot_command",
       .value = host::list(&S::bot_command),
       .help = "the meeting bot: a program and its arguments, run once for each meeting; not set: workers/meeting-bot "
               "beside this program"},
      {.key = "meetings.bot_image",
       .environment = {"TROUPE_MEETINGS_BOT_IMAGE", "BOT_IMAGE_NAME"},
       .value = host::text(&S::bot_image),
       .help = "the meeting bot's image, for task drivers that take one"},
      {.key = "meetings.bot_driver_config",
       .value = host::text(&S::bot_driver_config, "a JSON object", &wrong_object),
       .help = "further driver_config of the meeting bot's task, as its driver takes it, with docker and podman: "
               "{\"shm_mb\": 1024}; members that the driver does not know make the start fail"},
      {.key = "meetings.bot_memory_mib",
       .value = host::number(&S::bot_memory_mib, {.least = 16, .most = 1'048'576, .unit = "MiB", .zero_too = true}),
       .help = "so much memory a meeting bot may have, where its driver limits that (process, docker, podman; others "
               "in their driver_config); 0: no limit"},
      {.key = "meetings.bot_name",
       .value = host::text(&S::bot_name, "1 to 100 bytes", &wrong_name),
       .help = "how the bot is called in a call, where whoever asks for it does not say"},
      {.key = "meetings.notice",
       .value = host::flag(&S::notice),
       .help =
           "the bot tells a call in its chat that it writes down what is said; off: the meeting's history says that "
           "nobody was told"},
      {.key = "meetings.scribe",
       .value = host::text(&S::scribe, "the local part of a user id, 1 to 100 bytes", &wrong_localpart),
       .help = "the account that writes transcripts into rooms, by its local part; made when it is needed first"},
      {.key = "meetings.callback_base",
       .environment = {"TROUPE_MEETINGS_CALLBACK_BASE", "CALLBACK_BASE_URL"},
       .value = host::text(&S::callback_base, "an http or https address", &wrong_base),
       .help = "where meeting bots reach this server; not set: the platform's listener, as this machine reaches it"},
      {.key = "meetings.homeserver_url",
       .value = host::text(&S::homeserver_url, "an http or https address", &wrong_base),
       .help = "where bots of Matrix calls reach the homeserver; not set: its listener, as this machine reaches it"},
      {.key = "meetings.jitsi_hosts",
       .value = host::list(&S::jitsi_hosts),
       .help = "Jitsi servers whose rooms are meetings, besides meet.jit.si"},
      {.key = "meetings.matrix_hosts",
       .value = host::list(&S::matrix_hosts),
       .help = "where meeting bots open rooms of Matrix: https://host/#/room/…; matrix: links at the first of them"},
      {.key = "meetings.max_concurrent_bots",
       .value = host::number(&S::max_concurrent_bots, {.least = 1, .most = 1'000, .unit = "bots"}),
       .help = "in meetings at once, of one person, 1 to 1000"},
      {.key = "meetings.attempts",
       .value = host::number(&S::attempts, {.least = 1, .most = 10}),
       .help = "how often a bot is started that does not get as far as the call, 1 to 10"},
      {.key = "meetings.retry_s",
       .value = host::number(&S::retry_s, {.least = 1, .most = 300, .unit = "seconds"}),
       .help = "before the second try, 1 to 300; grows fourfold, up to 300"},
      {.key = "meetings.start_timeout_s",
       .value = host::number(&S::start_timeout_s, {.least = 1, .most = 3'600, .unit = "seconds"}),
       .help = "for a bot to say that it is in the lobby or the call, 1 to 3600"},
      {.key = "meetings.admission_timeout_s",
       .value = host::number(&S::admission_timeout_s, {.least = 1, .most = kDay, .unit = "seconds"}),
       .help = "for a bot to be let in, 1 to 86400"},
      {.key = "meetings.max_time_s",
       .value = host::number(&S::max_time_s, {.least = 1, .most = kDay, .unit = "seconds"}),
       .help = "for a bot to be in a call, 1 to 86400"},
      {.key = "meetings.stop_grace_s",
       .value = host::number(&S::stop_grace_s, {.least = 0, .most = 600, .unit = "seconds"}),
       .help = "for a bot to leave before it is killed, 0 to 600"},
      {.key = "meetings.stop_timeout_s",
       .value = host::number(&S::stop_timeout_s, {.least = 1, .most = kDay, .unit = "seconds"}),
       .help = "for the task driver to take a bot away, before the meeting ends as error; it is tried on, 1 to 86400"},
      {.key = "meetings.vexa_listen",
       .value = host::listener(&S::vexa_listen),
       .help = "where Vexa's dialect listens besides the platform's listener: 127.0.0.1:8056; not set: nowhere"},
      {.key = "meetings.vexa_strict_a",
       .value = host::flag(&S::vexa_strict_a),
       .help =
           "statuses and names of Vexa 0.6 where later ones differ: 403 for missing keys and for limits, a number of "
           "0 bots that is no limit, completed for bots that were not let in"},
      {.key = "meetings.admin_api_token",
       .environment = {"TROUPE_MEETINGS_ADMIN_API_TOKEN", "ADMIN_API_TOKEN"},
       .value = host::text(&S::admin_api_token),
       .help = "whoever sends it as X-Admin-API-Key administers the users of Vexa's dialect; not set: nobody does",
       .secret = host::Secret::credential},
      {.key = "meetings.late_words_s",
       .value = host::number(&S::late_words_s, {.least = 10, .most = 600, .unit = "seconds"}),
       .help = "after a meeting's end, for a session of speech that nobody closes: what comes later is in no webhook, "
               "10 to 600"},
      {.key = "meetings.transcript_retention_days",
       .value = host::number(&S::transcript_retention_days, {.least = 0, .most = 3'650, .unit = "days"}),
       .help = "after a meeting's end its transcript is deleted; 0: it is kept, 0 to 3650"},
      {.key = "meetings.meeting_retention_days",
       .value = host::number(&S::meeting_retention_days, {.least = 0, .most = 3'650, .unit = "days"}),
       .help = "after its end a meeting is deleted with its history and its transcript; 0: it is kept, 0 to 3650"},
      {.key = "meetings.recordings",
       .value = host::flag(&S::recordings),
       .help = "whoever sends a bot may have the call recorded, each time they ask for it; false: nobody may"},
      {.key = "meetings.recording_retention_days",
       .value = host::number(&S::recording_retention_days, {.least = 0, .most = 3'650, .unit = "days"}),
       .help = "after a meeting's end its recordings are deleted; 0: they are kept, 0 to 3650"},
      {.key = "meetings.recordings_gib",
       .value = host::number(&S::recordings_gib, {.least = 0, .most = 1'048'576, .unit = "GiB"}),
       .help = "so much may a tenant keep of recordings, then no more is taken in; 0: as much as the disk takes, 0 to "
               "1048576"},
      {.key = "meetings.whisper_upstream",
       .environment = {"TROUPE_MEETINGS_WHISPER_UPSTREAM", "WHISPER_LIVE_URL"},
       .value = host::text(&S::whisper_upstream, "an address", &whisper::wrong_upstream),
       .help = "the server that turns calls into words: ws(s)://… of a WhisperLive server, or "
               "http(s)://…/v1/audio/transcriptions; not set: the built-in worker"},
      {.key = "meetings.whisper_key",
       .value = host::text(&S::whisper_key),
       .help = "shown to that server as a bearer token",
       .secret = host::Secret::yes},
      {.key = "meetings.whisper_model",
       .value = host::text(&S::whisper_model),
       .help = "the model that is asked of that server; not set: small of WhisperLive, else whisper-1"},
      {.key = "meetings.whisper_session_s",
       .value = host::number(&S::whisper_session_s, {.least = 30, .most = kDay, .unit = "seconds", .zero_too = true}),
       .help = "after so long a WhisperLive server cuts a connection, 30 to 86400; 0: it does not"},
      {.key = "meetings.whisper_listen",
       .value = listener_or_none(&S::whisper_listen),
       .help = "where meeting bots speak WhisperLive to this server, besides the platform's listener"},
      {.key = "meetings.whisper_base",
       .value = host::text(&S::whisper_base, "a ws or wss address", &wrong_whisper_base),
       .help = "where meeting bots reach that; not set: meetings.whisper_listen as this machine reaches it, or the "
               "platform's listener"},
      {.key = "meetings.summary_models",
       .value = host::list(&S::summary_models),
       .help = "which of the server's language models sum up what was said in a meeting, by name and in order (openai, "
               "or one of [[assistant.models]]); *: all of them; not set: nothing is summed up"},
      {.key = "meetings.summary_every_tenant",
       .value = host::flag(&S::summary_every_tenant),
       .help = "those models sum up the meetings of all tenants; false: of the default tenant alone, as the models are "
               "its own"},
      {.key = "meetings.transcriber_command",
       .value = host::list(&S::transcriber_command),
       .help = "the built-in worker: a program and its arguments that prints 'ready ws://127.0.0.1:PORT'; not set: "
               "the one that comes with the program"},
      {.key = "redis.listen",
       .value = host::text(&S::redis_listen, "host:port or off", &wrong_listen),
       .help = "where meeting bots hear commands as from a Redis; not set: a free port of this machine, where neither "
               "redis.url nor meetings.redis_url is set"},
      {.key = "meetings.redis_url",
       .value = host::text(&S::redis_url, "redis://…", &wrong_redis),
       .help = "the Redis that meeting bots are handed; not set: redis.listen, else redis.url"},
  };
}

}  // namespace troupe::meetings
