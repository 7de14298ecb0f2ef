// A server with OpenAI's POST /v1/audio/transcriptions as upstream: pieces of sound, each a request.
#pragma once
#include "meetings/whisper/upstream.h"
#include "net/client/client.h"

namespace troupe::meetings::whisper {

struct HttpOptions {
  std::string url;    ///< http or https, whole
  std::string key{};  ///< shown as a bearer token; empty: none
  std::string model = "whisper-1";
  std::int64_t tries = 6;  ///< of one piece; then it is given up
  std::chrono::milliseconds first_pause{500};
  std::chrono::milliseconds longest_pause{10'000};
  std::chrono::milliseconds answer{60'000};
  std::chrono::milliseconds finish{60'000};  ///< after the session's end
};

/// The body of such a request, and what its Content-Type says.
struct Form {
  std::string body{};
  std::string type{};
};
Form transcription_form(std::string_view wav, std::string_view model, std::string_view language);

/// What such a server answers, its times counted from the piece's begin; without times it is one segment as long as
/// the piece. Error: unavailable (not understood).
Result<std::vector<Heard>> read_transcription(std::string_view body, std::int64_t piece_ms);

class HttpUpstream final : public Upstream {
 public:
  /// `client` outlives this.
  HttpUpstream(net::client::HttpClient& client, HttpOptions options) : client_(client), options_(std::move(options)) {}

  asio::awaitable<void> run(Channel& channel) override;
  std::optional<std::string> trouble() const override { return standing_.get(); }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// Its words, or nothing: it was given up.
  asio::awaitable<std::vector<Heard>> transcribe(Channel& channel, Tape::Piece piece, std::optional<TimePoint>& finish);

  net::client::HttpClient& client_;
  HttpOptions options_;
  Standing standing_;
};

}  // namespace troupe::meetings::whisper
