#include "meetings/voice/voice_transcriber.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>

#include "base/retry.h"
#include "net/http/form_writer.h"

namespace troupe::meetings::voice {
namespace {

constexpr std::size_t kMaxAnswerBytes = 1024 * 1024;

/// Servers know a file's kind by its name.
net::http::FormWriter form_of(const std::string& recording, const SpeechServer& server) {
  const bool wav = recording.starts_with("RIFF");
  net::http::FormWriter form;
  form.field("model", server.model);
  form.field("response_format", "json");
  form.file("file", wav ? "voice.wav" : "voice.ogg", wav ? "audio/wav" : "audio/ogg", recording);
  return form;
}

Result<std::string> words_in(const net::client::ClientResponse& response) {
  const auto status = std::to_string(response.status);
  switch (response.status) {
    case 200:
      break;
    case 400:
    case 415:
    case 422:
      return Error(Errc::invalid_param, "The recording is not understood.", response.body.substr(0, 200));
    case 413:
      return Error(Errc::too_large, "The recording is too large for the transcriber.");
    default:
      return Error(Errc::unavailable, "The transcriber answered with status " + status + ".");
  }
  boost::system::error_code broken;
  const auto answer = boost::json::parse(response.body, broken);
  const auto* object = broken ? nullptr : answer.if_object();
  const auto* text = object == nullptr ? nullptr : object->if_contains("text");
  if (text == nullptr || !text->is_string()) return Error(Errc::unavailable, "The transcriber's answer has no text.");
  const std::string_view words(text->get_string());
  const auto begin = words.find_first_not_of(" \n");
  if (begin == words.npos) return std::string();
  return std::string(words.substr(begin, words.find_last_not_of(" \n") - begin + 1));
}

}  // namespace

Result<SpeechServer> built_in(std::string_view address) {
  constexpr std::string_view kScheme = "ws://";
  if (!address.starts_with(kScheme)) return Error(Errc::unavailable, "The built-in transcriber has no address.");
  address.remove_prefix(kScheme.size());
  return SpeechServer{.url =
                          "http://" + std::string(address.substr(0, address.find('/'))) + "/v1/audio/transcriptions"};
}

Task<std::string> VoiceTranscriber::ask(const std::string& recording) {
  CO_TRY(const auto server, co_await find_());
  auto form = form_of(recording, server);
  net::client::ClientRequest request(net::client::Trust::configured);
  request.method = "POST";
  request.url = server.url;
  request.headers.add("Content-Type", form.content_type());
  if (!server.key.empty()) request.headers.add("Authorization", "Bearer " + server.key);
  request.body = std::move(form).finish();
  request.first_byte_timeout = request.total_timeout = patience_.answer;
  request.max_body_bytes = kMaxAnswerBytes;
  request.max_redirects = 0;
  CO_TRY(const auto response, co_await client_.send(std::move(request)));
  co_return words_in(response);
}

Task<std::string> VoiceTranscriber::transcribe(std::string recording) {
  for (int tried = 1;; ++tried) {
    auto words = co_await ask(recording);
    if (words || words.error().code() != Errc::unavailable || tried >= patience_.tries) co_return words;
    asio::steady_timer timer(co_await asio::this_coro::executor,
                             base::doubled(patience_.first_pause, tried - 1, patience_.longest_pause));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace troupe::meetings::voice
