#include "host/worker_program.h"
#include "meetings/set_up.h"
#include "meetings/voice/voice_transcriber.h"
#include "meetings/whisper/hearing.h"
#include "meetings/whisper/meeting_record.h"
#include "meetings/whisper/whisper_routes.h"

namespace troupe::meetings {
namespace {

/// What is said is waited for, but not longer than what comes after a meeting waits for it.
whisper::FrontLimits limits_of(const MeetingSettings& settings) {
  constexpr std::chrono::seconds kToStoreIt{5};
  whisper::FrontLimits limits;
  limits.finish =
      std::min(limits.finish, std::chrono::milliseconds(std::chrono::seconds(settings.late_words_s) - kToStoreIt));
  return limits;
}

/// The transcriber that comes with the program, or what is configured.
std::vector<std::string> transcriber_of(const MeetingSettings& settings) {
  if (!settings.transcriber_command.empty()) return settings.transcriber_command;
  const auto worker = host::find_worker("transcriber");
  auto command = worker ? host::node_command(*worker, "main.mjs") : std::nullopt;
  if (!command) return {};
  // It hears as many as the front lets in: whoever was told READY is heard.
  command->insert(command->end(),
                  {"--listen", "127.0.0.1:0", "--max-clients", std::to_string(whisper::FrontLimits{}.sessions)});
  return *std::move(command);
}

/// Bots' voice messages become words where calls do. A WhisperLive server takes no files: there they stay files, and so
/// they do where the built-in worker is not installed.
void set_up_voice(const Ground& ground, whisper::Hearing& hearing) {
  auto& [c, settings, bell, lease] = ground;
  auto* registry = c.find<fleet::TranscriberRegistry>();
  const bool is_built_in = settings.whisper_upstream.empty() && !transcriber_of(settings).empty();
  if (registry == nullptr || (!is_built_in && !settings.whisper_upstream.starts_with("http"))) return;
  voice::SpeechServer server{.url = settings.whisper_upstream, .key = settings.whisper_key};
  if (!settings.whisper_model.empty()) server.model = settings.whisper_model;
  auto find = [&hearing, is_built_in, server]() -> Task<voice::SpeechServer> {
    if (!is_built_in) co_return server;
    CO_TRY(const auto address, co_await hearing.worker_address());
    co_return voice::built_in(address);
  };
  registry->set(c.make<voice::VoiceTranscriber>(c.http(), std::move(find)));
}

}  // namespace

void set_up_hearing(const Ground& ground, life::Meetings& meetings, transcripts::Transcripts& transcripts,
                    net::route::CredentialGuard& guard) {
  auto& [c, settings, bell, lease] = ground;
  const auto& sockets = c.make<std::unique_ptr<net::client::WebSocketClient>>(
      net::client::WebSocketClient::make({.allowed_private = c.settings().allowed_private_addresses}));
  auto& record = c.make<whisper::MeetingRecord>(meetings, transcripts);
  auto& hearing = c.make<whisper::Hearing>(
      whisper::Hearing::Uses{.sockets = *sockets,
                             .http = c.http(),
                             .programs = c.find<runtime::sandbox::Programs>(),
                             .home = c.io().next().get_executor(),
                             .record = record,
                             .clock = c.clock(),
                             .guard = guard,
                             .metrics = c.metrics()},
      whisper::HearingOptions{.upstream = settings.whisper_upstream,
                              .key = settings.whisper_key,
                              .model = settings.whisper_model,
                              .session_limit = std::chrono::seconds(settings.whisper_session_s),
                              .command = transcriber_of(settings),
                              .folder = (c.settings().data_dir / "transcriber").string()},
      limits_of(settings));
  whisper::add_platform_route(c.routes(), hearing.front());
  if (!settings.whisper_listen.empty()) {
    c.listen(whisper::whisper_listener(), settings.whisper_listen);
    whisper::add_whisper_routes(c.routes(), hearing.front(), hearing.upstream(), c.clock());
  }
  // Where no bot is configured there may be the one that comes with the program: it is heard, or it is not here.
  const bool has_bot = !settings.bot_command.empty() || !settings.bot_image.empty();
  c.health("transcription", [&hearing, has_bot]() -> std::optional<std::string> {
    if (!has_bot && hearing.front().counts().sessions == 0) return std::nullopt;
    return hearing.trouble();
  });
  c.on_stop([&hearing] { return hearing.stop(); });
  set_up_voice(ground, hearing);
}

}  // namespace troupe::meetings
