// Voice messages of bots become text where meetings' speech does: at a server with OpenAI's POST
// /v1/audio/transcriptions.
#pragma once
#include <functional>
#include <string>

#include "fleet/types/transcriber.h"
#include "net/client/client.h"

namespace troupe::meetings::voice {

/// Where such a server is.
struct SpeechServer {
  std::string url;    ///< http or https, whole
  std::string key{};  ///< shown as a bearer token; empty: none
  std::string model = "whisper-1";
};

/// The built-in transcriber's, from where it listens (ws://HOST:PORT). Error: unavailable (it is no such address).
Result<SpeechServer> built_in(std::string_view address);

struct VoicePatience {
  int tries = 4;  ///< a server that is busy, or just begins
  std::chrono::milliseconds first_pause{500};
  std::chrono::milliseconds longest_pause{5'000};
  std::chrono::milliseconds answer{90'000};
};

class VoiceTranscriber final : public fleet::Transcriber {
 public:
  /// Where to ask now; the built-in one is started by that.
  using Find = std::function<Task<SpeechServer>()>;
  /// `client` and what `find` uses outlive it.
  VoiceTranscriber(net::client::HttpClient& client, Find find, VoicePatience patience = {})
      : client_(client), find_(std::move(find)), patience_(patience) {}

  Task<std::string> transcribe(std::string recording) override;

 private:
  Task<std::string> ask(const std::string& recording);

  net::client::HttpClient& client_;
  Find find_;
  VoicePatience patience_;
};

}  // namespace troupe::meetings::voice
