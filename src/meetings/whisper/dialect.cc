#include "meetings/whisper/dialect.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

namespace troupe::meetings::whisper {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestUid = 128;
constexpr std::size_t kLongestWord = 4 * 1024;
constexpr std::size_t kLongestName = 200;
constexpr std::size_t kLongestSpeakerId = 255;  ///< Matrix user ids
constexpr std::size_t kLongestLanguage = 16;
constexpr std::size_t kLongestSpeech = 16 * 1024;
constexpr std::size_t kMostSegments = 500;
constexpr double kMostSeconds = 6.0 * 24 * 3'600;
constexpr std::chrono::milliseconds kLongestWait{30'000};

std::optional<json::object> object_of(std::string_view text) {
  boost::system::error_code broken;
  auto value = json::parse(text, broken);
  if (broken || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

/// A text, or a number as text; empty where it is neither.
std::string text_of(const json::object& object, std::string_view key, std::size_t most = kLongestWord) {
  const auto* value = object.if_contains(key);
  if (value == nullptr) return {};
  if (value->is_int64()) return std::to_string(value->get_int64());
  if (!value->is_string() || value->get_string().size() > most) return {};
  return std::string(value->get_string());
}

/// A number, or a text that is one.
std::optional<double> number_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr) return std::nullopt;
  double number = 0;
  if (value->is_string()) {
    const auto& text = value->get_string();
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  } else if (value->is_number()) {
    number = value->to_number<double>();
  } else {
    return std::nullopt;
  }
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

/// Not longer than this, not cut inside a character, and without NUL, which no database takes.
std::string cut(std::string text, std::size_t most) {
  std::erase(text, '\0');
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  text.resize(most);
  return text;
}

std::optional<SpeakerEvent> speaker_of(const json::object& payload) {
  const auto type = text_of(payload, "event_type");
  const bool begins = type == "SPEAKER_START";
  const auto at = number_of(payload, "relative_client_timestamp_ms");
  if ((!begins && type != "SPEAKER_END") || !at) return std::nullopt;
  SpeakerEvent event{.at_ms = std::llround(std::clamp(*at, 0.0, kMostSeconds * 1'000)),
                     .begins = begins,
                     .name = cut(text_of(payload, "participant_name"), kLongestName),
                     .key = cut(text_of(payload, "participant_id_meet"), kLongestName)};
  if (event.key.empty()) event.key = event.name;
  if (event.key.empty()) return std::nullopt;
  return event;
}

std::string seconds_text(std::int64_t ms) { return fmt::format("{}.{:03}", ms / 1'000, ms % 1'000); }

std::optional<Heard> heard_of(const json::value& value) {
  if (!value.is_object()) return std::nullopt;
  const auto& object = value.get_object();
  auto start = number_of(object, "start");
  auto end = number_of(object, "end");
  if (!start || !end) return std::nullopt;
  if (*end < *start) std::swap(start, end);
  if (*start > kMostSeconds || *end < 0) return std::nullopt;
  const auto* completed = object.if_contains("completed");
  Heard heard{.start_ms = std::llround(std::max(*start, 0.0) * 1'000),
              .end_ms = std::llround(std::min(*end, kMostSeconds) * 1'000),
              .text = {},
              .language = cut(text_of(object, "language"), kLongestLanguage),
              .completed = completed != nullptr && completed->is_bool() && completed->get_bool()};
  if (const auto* text = object.if_contains("text"); text != nullptr && text->is_string()) {
    heard.text = cut(std::string(text->get_string()), kLongestSpeech);
  }
  if (heard.end_ms <= heard.start_ms) return std::nullopt;
  return heard;
}

ServerWord segments_of(const json::array& array) {
  ServerWord out{.kind = ServerWord::Kind::segments};
  const std::size_t from = array.size() > kMostSegments ? array.size() - kMostSegments : 0;
  for (std::size_t i = from; i < array.size(); ++i) {
    if (auto heard = heard_of(array[i])) out.segments.push_back(*std::move(heard));
  }
  std::ranges::sort(out.segments, {}, [](const Heard& one) { return std::pair(one.start_ms, one.end_ms); });
  return out;
}

Result<std::optional<Speaker>> session_speaker(const json::object& hello) {
  const auto* given = hello.if_contains("speaker");
  if (given == nullptr || given->is_null()) return std::optional<Speaker>();
  Speaker speaker;
  if (given->is_object()) {
    speaker = {.id = text_of(given->get_object(), "id", kLongestSpeakerId),
               .name = cut(text_of(given->get_object(), "name"), kLongestName)};
  }
  if (speaker.id.empty() || speaker.id.contains('\0')) {
    return Error(Errc::invalid_param, "speaker has an id of 1 to 255 bytes.");
  }
  if (speaker.name.empty()) speaker.name = speaker.id;
  return std::optional(std::move(speaker));
}

}  // namespace

std::string uid_of(std::string_view text) {
  if (text.size() > kMostOfText) return {};
  const auto object = object_of(text);
  return object ? text_of(*object, "uid", kLongestUid) : std::string();
}

Result<Hello> read_hello(std::string_view text, bool has_token) {
  const auto object = text.size() <= kMostOfText ? object_of(text) : std::nullopt;
  if (!object) return Error(Errc::invalid_param, "The first frame must be a JSON object of at most 16 KiB.");
  Hello hello{.uid = text_of(*object, "uid"),
              .token = text_of(*object, "token"),
              .platform = text_of(*object, "platform"),
              .meeting_id = text_of(*object, "meeting_id"),
              .language = text_of(*object, "language", kLongestLanguage),
              .task = text_of(*object, "task", kLongestLanguage)};
  std::string missing;
  const auto need = [&](std::string_view key, const std::string& value) {
    if (value.empty()) missing += (missing.empty() ? "" : ", ") + std::string(key);
  };
  need("uid", hello.uid);
  if (!has_token) {
    need("platform", hello.platform);
    need("meeting_url", text_of(*object, "meeting_url"));
    need("token", hello.token);
    need("meeting_id", hello.meeting_id);
  }
  if (!missing.empty()) return Error(Errc::invalid_param, "Missing required fields: " + missing);
  if (hello.uid.size() > kLongestUid) return Error(Errc::invalid_param, "uid may be 128 bytes long.");
  const auto form = text_of(*object, "audio_format");
  if (form == "int16") {
    hello.form = SampleForm::int16;
  } else if (form == "uint8") {
    hello.form = SampleForm::uint8;
  } else if (!form.empty() && form != "float32") {
    return Error(Errc::invalid_param, "audio_format is float32, int16 or uint8.");
  }
  TRY(hello.speaker, session_speaker(*object));
  return hello;
}

BotWord read_bot_word(std::string_view text) {
  const auto object = text.size() <= kMostOfText ? object_of(text) : std::nullopt;
  const auto* payload = object ? object->if_contains("payload") : nullptr;
  if (payload == nullptr || !payload->is_object()) return {};
  const auto type = text_of(*object, "type");
  if (type == "speaker_activity" || type == "speaker_activity_update") {
    if (auto event = speaker_of(payload->get_object())) {
      return {.kind = BotWord::Kind::speaker, .speaker = *std::move(event)};
    }
  }
  if (type == "session_control" && text_of(payload->get_object(), "event") == "LEAVING_MEETING") {
    return {.kind = BotWord::Kind::leaving};
  }
  return {};
}

std::string refusal_frame(std::string_view uid, std::string_view message) {
  return json::serialize(json::object{{"uid", uid}, {"status", "ERROR"}, {"message", message}});
}

std::string wait_frame(std::string_view uid, std::chrono::milliseconds pause) {
  return json::serialize(
      json::object{{"uid", uid}, {"status", "WAIT"}, {"message", static_cast<double>(pause.count()) / 60'000.0}});
}

std::string vexa_ready_frame(std::string_view uid) {
  return json::serialize(json::object{{"status", "SERVER_READY"}, {"uid", uid}});
}

std::string stock_ready_frame(std::string_view uid) {
  return json::serialize(json::object{{"uid", uid}, {"message", "SERVER_READY"}, {"backend", "troupe"}});
}

std::string segments_frame(std::string_view uid, const std::vector<Speech>& pieces) {
  json::array segments;
  for (const auto& piece : pieces) {
    json::object one{{"start", seconds_text(piece.start_ms)},
                     {"end", seconds_text(piece.end_ms)},
                     {"text", piece.text},
                     {"completed", piece.completed}};
    if (!piece.language.empty()) one["language"] = piece.language;
    segments.push_back(std::move(one));
  }
  return json::serialize(json::object{{"uid", uid}, {"segments", std::move(segments)}});
}

std::string server_hello(std::string_view uid, std::string_view language, std::string_view task,
                         std::string_view model) {
  json::object hello{{"uid", uid},
                     {"language", nullptr},
                     {"task", task.empty() ? std::string_view("transcribe") : task},
                     {"model", model},  // null ends a stock server's thread without a word
                     {"use_vad", true}};
  if (!language.empty()) hello["language"] = language;
  return json::serialize(hello);
}

ServerWord read_server_word(std::string_view text, std::string_view uid) {
  using Kind = ServerWord::Kind;
  const auto object = object_of(text);
  if (!object || text_of(*object, "uid") != uid) return {};
  const auto status = text_of(*object, "status");
  if (status == "WAIT") {
    const auto minutes = std::clamp(number_of(*object, "message").value_or(0), 0.0, 1.0);
    const std::chrono::milliseconds pause(std::llround(minutes * 60'000));
    return {.kind = Kind::wait, .pause = std::min(pause, kLongestWait)};
  }
  if (status == "ERROR" || status == "WARNING") {
    return {.kind = status == "ERROR" ? Kind::error : Kind::warning, .text = text_of(*object, "message")};
  }
  const auto message = text_of(*object, "message");
  if (message == "SERVER_READY" || status == "SERVER_READY") return {.kind = Kind::ready};
  if (message == "DISCONNECT") return {.kind = Kind::disconnect};
  if (const auto* segments = object->if_contains("segments"); segments != nullptr && segments->is_array()) {
    return segments_of(segments->get_array());
  }
  if (auto language = text_of(*object, "language", kLongestLanguage); !language.empty()) {
    return {.kind = Kind::language, .text = std::move(language)};
  }
  return {};
}

}  // namespace troupe::meetings::whisper
