#include "meetings/whisper/http_upstream.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "base/log.h"
#include "base/retry.h"
#include "meetings/whisper/cutter.h"
#include "net/http/form_writer.h"

namespace troupe::meetings::whisper {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kStep = 4'096;
constexpr std::size_t kMostAnswer = 1024 * 1024;
constexpr milliseconds kHttpLook{250};
constexpr int kTooMany = 429;

bool is_worth_a_repeat(int status) { return status == kTooMany || status >= 500; }

milliseconds asked_pause(const net::client::ClientResponse& response, milliseconds most) {
  const auto text = response.headers.get("retry-after");
  std::int64_t seconds = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (wrong != std::errc() || seconds < 0) return milliseconds(0);
  return std::min(milliseconds(std::min<std::int64_t>(seconds, 3'600) * 1'000), most);
}

}  // namespace

Form transcription_form(std::string_view wav, std::string_view model, std::string_view language) {
  net::http::FormWriter form;
  form.field("model", model);
  if (!language.empty()) form.field("language", language);
  form.field("response_format", "verbose_json");
  form.field("temperature", "0");
  form.file("file", "piece.wav", "audio/wav", wav);
  auto type = form.content_type();
  return {.body = std::move(form).finish(), .type = std::move(type)};
}

Result<std::vector<Heard>> read_transcription(std::string_view body, std::int64_t piece_ms) {
  boost::system::error_code broken;
  auto value = json::parse(body, broken);
  if (broken || !value.is_object()) {
    return Error(Errc::unavailable, "The transcription server's answer is not JSON.");
  }
  auto& object = value.get_object();
  // The same members as WhisperLive's segments, but numbers, and complete.
  std::vector<Heard> out;
  if (const auto* segments = object.if_contains("segments"); segments != nullptr && segments->is_array()) {
    json::object frame{{"uid", ""}, {"segments", *segments}};
    out = read_server_word(json::serialize(frame), "").segments;
  }
  const auto* text = object.if_contains("text");
  if (out.empty() && text != nullptr && text->is_string() && !text->get_string().empty()) {
    out.push_back({.start_ms = 0, .end_ms = piece_ms, .text = std::string(text->get_string())});
  }
  std::string language;
  // Some servers say it in full ("english"), which is no code.
  constexpr std::size_t kLongestCode = 3;
  if (const auto* told = object.if_contains("language");
      told != nullptr && told->is_string() && told->get_string().size() <= kLongestCode) {
    language = told->get_string();
  }
  for (auto& one : out) {
    one.completed = true;
    one.end_ms = std::min(one.end_ms, std::max(piece_ms, one.start_ms + 1));
    if (one.language.empty()) one.language = language;
  }
  return out;
}

asio::awaitable<std::vector<Heard>> HttpUpstream::transcribe(Channel& channel, Tape::Piece piece,
                                                             std::optional<TimePoint>& finish) {
  const auto form = transcription_form(wav_of(piece.samples), options_.model, channel.language);
  for (std::int64_t tried = 0; tried < options_.tries && !channel.stop; ++tried) {
    net::client::ClientRequest request(net::client::Trust::configured);
    request.method = "POST";
    request.url = options_.url;
    request.headers.add("Content-Type", form.type);
    if (!options_.key.empty()) request.headers.add("Authorization", "Bearer " + options_.key);
    request.body = form.body;
    request.first_byte_timeout = request.total_timeout = options_.answer;
    request.max_body_bytes = kMostAnswer;
    auto asking = client_.send(std::move(request));
    const auto response = co_await std::move(asking);
    auto pause = base::doubled(options_.first_pause, tried, options_.longest_pause);
    std::string why;
    if (response && response->status == 200) {
      auto heard = read_transcription(response->body, ms_of(static_cast<std::int64_t>(piece.samples.size())));
      if (heard) {
        standing_.well();
        for (auto& one : *heard) {
          one.start_ms += ms_of(piece.at);
          one.end_ms += ms_of(piece.at);
          if (one.language.empty()) one.language = channel.language;
        }
        co_return *std::move(heard);
      }
      why = heard.error().message();
    } else if (response) {
      why = "the transcription server answers " + std::to_string(response->status);
      pause = std::max(pause, asked_pause(*response, options_.longest_pause));
    } else {
      why = response.error().message();
    }
    standing_.trouble(why);
    channel.metrics.server_errors.add();
    base::log_warning("meetings", "a piece of sound was not transcribed", {{"why", why}, {"try", tried + 1}});
    if (response && !is_worth_a_repeat(response->status)) break;
    const auto until = Clock::now() + pause;
    while (!channel.stop && Clock::now() < until) {
      if (channel.tape.ended() && !finish) finish = Clock::now() + options_.finish;
      if (finish && Clock::now() >= *finish) co_return std::vector<Heard>();
      const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
      static_cast<void>(co_await channel.wake.wait(std::clamp(left, milliseconds(1), kHttpLook)));
    }
  }
  co_return std::vector<Heard>();
}

asio::awaitable<void> HttpUpstream::run(Channel& channel) {
  Cutter cutter;
  std::optional<TimePoint> finish;
  while (!channel.stop) {
    auto sound = channel.tape.take(kStep);
    std::optional<Tape::Piece> piece;
    const bool last = sound.samples.empty() && channel.tape.ended();
    if (!sound.samples.empty()) {
      piece = cutter.push(sound);
    } else if (last) {
      piece = cutter.finish();
    } else {
      static_cast<void>(co_await channel.wake.wait(kHttpLook));
      continue;
    }
    if (piece) {
      auto asking = transcribe(channel, *std::move(piece), finish);
      const auto heard = co_await std::move(asking);
      channel.seam.reconnect();  // each answer begins anew
      auto fresh = channel.seam.take(heard);
      if (!fresh.empty()) channel.heard(std::move(fresh));
    }
    channel.tape.release(cutter.needed_from());
    if (last) co_return;
    if (channel.tape.ended() && !finish) finish = Clock::now() + options_.finish;
    if (finish && Clock::now() >= *finish) co_return;
  }
}

}  // namespace troupe::meetings::whisper
