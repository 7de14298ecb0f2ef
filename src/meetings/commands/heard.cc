#include "meetings/commands/heard.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <charconv>
#include <cmath>

#include "base/encoding.h"
#include "base/utc.h"

namespace troupe::meetings::commands {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostOfWord = 256;
constexpr std::size_t kMostOfText = 16 * 1024;
constexpr double kLongestS = 1e7;  ///< four months: no call is so long
constexpr double kMsPerS = 1'000;
constexpr std::size_t kJsonDepth = 8;

Error bad(std::string_view what) { return Error(Errc::bad_json, std::string(what)); }

std::string text_of(const json::object& object, std::string_view key, std::size_t at_most = kMostOfWord) {
  const auto* value = object.if_contains(key);
  if (!value || !value->is_string() || value->get_string().size() > at_most) return {};
  return std::string(value->get_string());
}

Error too_large(std::string_view key, std::size_t at_most) {
  return Error(Errc::too_large, std::string(key) + " has more than " + std::to_string(at_most) + " bytes");
}

/// What is longer than it may be is refused: with nothing in its place it would be acknowledged and lost.
Result<Unit> check_sizes(const json::object& object, std::initializer_list<std::string_view> keys,
                         std::size_t at_most = kMostOfWord) {
  for (const auto key : keys) {
    const auto* value = object.if_contains(key);
    if (value && value->is_string() && value->get_string().size() > at_most) {
      return too_large(key, at_most);
    }
  }
  return Unit{};
}

std::optional<double> number_in(std::string_view text) {
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Seconds, as a number or as text, in milliseconds.
std::optional<std::int64_t> ms_of(const json::value* value) {
  std::optional<double> seconds;
  if (value && value->is_number()) seconds = value->to_number<double>();
  if (value && value->is_string()) seconds = number_in(value->get_string());
  if (!seconds || !std::isfinite(*seconds) || *seconds < 0 || *seconds > kLongestS) return std::nullopt;
  return std::llround(*seconds * kMsPerS);
}

/// "2026-01-02T03:04:27.000000Z", also with +00:00 or without a zone: they all mean UTC.
std::optional<base::UnixMs> time_of(std::string_view text) {
  constexpr std::size_t kSecondsEnd = 19;
  const auto seconds = base::read_utc(text, base::kIsoSeconds);
  if (!seconds || text.size() < kSecondsEnd) return std::nullopt;
  auto rest = text.substr(kSecondsEnd);
  std::int64_t ms = 0;
  if (rest.starts_with('.')) {
    const auto end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    const auto part = number_in("0" + std::string(rest.substr(0, end)));
    if (!part) return std::nullopt;
    ms = static_cast<std::int64_t>(*part * kMsPerS);
    rest.remove_prefix(end);
  }
  if (!rest.empty() && rest != "Z" && rest != "+00:00") return std::nullopt;
  return *seconds + ms;
}

/// Nothing: it is passed over, as Vexa's collector does.
std::optional<Speech> piece_of(const json::value& value) {
  const auto* object = value.if_object();
  if (!object) return std::nullopt;
  auto start = ms_of(object->if_contains("start")), end = ms_of(object->if_contains("end"));
  if (!end) end = ms_of(object->if_contains("end_time"));
  if (!start || !end) return std::nullopt;
  if (*end < *start) std::swap(*start, *end);
  Speech piece{.start_ms = *start,
               .end_ms = *end,
               .text = text_of(*object, "text", kMostOfText),
               .language = text_of(*object, "language", 16),
               .speaker = text_of(*object, "speaker"),
               .speaker_key = text_of(*object, "speaker_key"),
               .segment_id = text_of(*object, "segment_id")};
  const auto* completed = object->if_contains("completed");
  piece.completed = completed && completed->is_bool() && completed->get_bool();
  return piece;
}

/// Where its session began, of a piece that says when it was said.
std::optional<base::UnixMs> began_of(const json::value& value, std::int64_t start_ms) {
  const auto* object = value.if_object();
  const auto at = object ? time_of(text_of(*object, "absolute_start_time")) : std::nullopt;
  return at ? std::optional(*at - start_ms) : std::nullopt;
}

Result<Unit> read_pieces(const json::object& body, Heard& heard) {
  const auto* segments = body.if_contains("segments");
  if (!segments || !segments->is_array()) return bad("it has no segments");
  const auto& all = segments->get_array();
  if (all.size() > kMostPieces) return bad("it has too many segments");
  for (const auto& one : all) {
    auto piece = piece_of(one);
    if (!piece) continue;
    TRY(check_sizes(one.get_object(), {"text"}, kMostOfText));
    TRY(check_sizes(one.get_object(), {"speaker", "speaker_key", "segment_id"}));
    if (!heard.began_ms) heard.began_ms = began_of(one, piece->start_ms);
    // `{session}:{speaker}:{start}`
    if (heard.session.empty()) heard.session = piece->segment_id.substr(0, piece->segment_id.find(':'));
    heard.pieces.push_back(*std::move(piece));
  }
  return Unit{};
}

Result<Unit> read_retracted(const json::object& body, Heard& heard) {
  const auto* ids = body.if_contains("segment_ids");
  if (!ids || !ids->is_array() || ids->get_array().size() > kMostPieces) return bad("it has no segment_ids");
  for (const auto& id : ids->get_array()) {
    if (!id.is_string() || id.get_string().size() > kMostOfWord) return bad("a segment id is no short text");
    heard.retracted.emplace_back(id.get_string());
  }
  return Unit{};
}

void read_origin(const json::object& body, Heard& heard) {
  heard.token = text_of(body, "token");
  heard.session = text_of(body, "uid");
  if (heard.session.empty()) heard.session = text_of(body, "session_uid");
  heard.native_id = text_of(body, "native_meeting_id");
  const auto* meeting = body.if_contains("meeting_id");
  if (meeting && meeting->is_int64()) heard.meeting = meeting->get_int64();
}

}  // namespace

Result<Heard> read_segments(const Fields& fields) {
  const auto payload = std::ranges::find(fields, std::string_view("payload"), &Fields::value_type::first);
  if (payload == fields.end()) return bad("it has no payload");
  boost::system::error_code ec;
  const auto parsed = json::parse(payload->second, ec, {}, {.max_depth = kJsonDepth});
  if (ec || !parsed.is_object()) return bad("its payload is no JSON object");
  const auto& body = parsed.get_object();
  const auto type = text_of(body, "type");
  Heard heard;
  TRY(check_sizes(body, {"token", "uid", "session_uid", "native_meeting_id"}));
  read_origin(body, heard);
  if (type == "session_start") {
    heard.kind = Heard::Kind::session_start;
    heard.began_ms = time_of(text_of(body, "start_timestamp"));
  } else if (type == "session_end") {
    heard.kind = Heard::Kind::session_end;
  } else if (type == "transcription") {
    TRY(read_pieces(body, heard));
  } else if (type == "transcript_retract") {
    heard.kind = Heard::Kind::retract;
    TRY(read_retracted(body, heard));
  } else {
    return bad("its type is not known");
  }
  return heard;
}

Result<Heard> read_speaker(const Fields& fields) {
  constexpr std::array kRead{std::string_view("token"), std::string_view("uid"), std::string_view("participant_name"),
                             std::string_view("participant_id_meet")};
  for (const auto& [name, value] : fields) {
    if (value.size() > kMostOfWord && std::ranges::find(kRead, name) != kRead.end())
      return too_large(name, kMostOfWord);
  }
  const auto field = [&](std::string_view name) -> std::string {
    const auto found = std::ranges::find(fields, name, &Fields::value_type::first);
    const bool is_good = found != fields.end() && base::is_utf8(found->second);
    return is_good ? found->second : std::string();
  };
  Heard heard{.kind = Heard::Kind::speaker, .token = field("token"), .session = field("uid")};
  const auto type = field("event_type");
  if (type != "SPEAKER_START" && type != "SPEAKER_END") return bad("its event_type is not known");
  const auto at = number_in(field("relative_client_timestamp_ms"));
  if (!at || !std::isfinite(*at) || *at < 0 || *at > kLongestS * kMsPerS) return bad("it has no time");
  heard.event = {.at_ms = std::llround(*at),
                 .begins = type == "SPEAKER_START",
                 .name = field("participant_name"),
                 .key = field("participant_id_meet")};
  if (heard.event.name.empty() && heard.event.key.empty()) return bad("it names nobody");
  return heard;
}

}  // namespace troupe::meetings::commands
