#include "meetings/vexa_live/frames.h"

#include <boost/json/serialize.hpp>
#include <set>

#include "base/utc.h"
#include "meetings/transcripts/tidy.h"
#include "net/http/json_body.h"

namespace troupe::meetings::vexa_live {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostIdBytes = 255;
constexpr std::int64_t kMsPerSecond = 1'000;

/// "2025-10-04T11:50:35.100000", and its zone where clients expect one.
std::string micros(base::UnixMs time, std::string_view zone) {
  const auto ms = std::to_string(kMsPerSecond + (time % kMsPerSecond));
  return base::utc_text(time, base::kIsoSeconds) + "." + ms.substr(1) + "000" + std::string(zone);
}
std::string zoned(base::UnixMs time) { return micros(time, "+00:00"); }

double seconds_of(std::int64_t ms) { return static_cast<double>(ms) / static_cast<double>(kMsPerSecond); }

json::value word_or_null(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

std::string_view mapping_word(SpeakerMapping mapping) {
  switch (mapping) {
    case SpeakerMapping::mapped:
      return "MAPPED";
    case SpeakerMapping::several:
      return "MULTIPLE_CONCURRENT_SPEAKERS";
    case SpeakerMapping::no_events:
      return "NO_SPEAKER_EVENTS";
    case SpeakerMapping::unknown:
      break;
  }
  return "UNKNOWN";
}

json::object call_object(const CallName& call) {
  return {{"platform", to_string(call.platform)}, {"native_id", call.native_id}};
}

json::object meeting_object(const Named& meeting) {
  auto object = call_object(meeting.call);
  if (meeting.is_v1) object["id"] = meeting.id;
  return object;
}

json::object mutable_segment(const Segment& segment) {
  return {{"start", seconds_of(segment.start_ms)},         {"text", segment.text},
          {"end_time", seconds_of(segment.end_ms)},        {"language", word_or_null(segment.language)},
          {"updated_at", zoned(segment.updated_ms)},       {"session_uid", segment.session_uid},
          {"speaker", word_or_null(segment.speaker)},      {"speaker_mapping_status", mapping_word(segment.mapping)},
          {"absolute_start_time", zoned(segment.said_ms)}, {"absolute_end_time", zoned(segment.until_ms)}};
}

json::object finalized_segment(const Segment& segment) {
  return {{"start", seconds_of(segment.start_ms)},
          {"end", seconds_of(segment.end_ms)},
          {"text", segment.text},
          {"language", word_or_null(segment.language)},
          {"speaker", word_or_null(segment.speaker)},
          {"session_uid", segment.session_uid}};
}

json::object v1_segment(const Segment& segment) {
  return {{"segment_id", segment.id},
          {"speaker", word_or_null(segment.speaker)},
          {"text", segment.text},
          {"start", seconds_of(segment.start_ms)},
          {"end", seconds_of(segment.end_ms)},
          {"language", word_or_null(segment.language)},
          {"completed", segment.final},
          {"absolute_start_time", zoned(segment.said_ms)},
          {"absolute_end_time", zoned(segment.until_ms)}};
}

json::array all(const std::vector<Segment>& segments, json::object (*one)(const Segment&)) {
  json::array out;
  for (const auto& segment : segments) out.push_back(one(segment));
  return out;
}

std::string segments_frame(std::string_view type, const Named& meeting, json::array segments, base::UnixMs now) {
  return json::serialize(json::object{{"type", type},
                                      {"meeting", meeting_object(meeting)},
                                      {"payload", {{"segments", std::move(segments)}}},
                                      {"ts", zoned(now)}});
}

std::optional<CallName> read_call(const json::value& given) {
  const auto* object = given.if_object();
  if (!object) return std::nullopt;
  const auto* platform = object->if_contains("platform");
  const auto* id = object->if_contains("native_id");
  if (!id) id = object->if_contains("native_meeting_id");
  if (!platform || !platform->is_string() || !id || !id->is_string()) return std::nullopt;
  const auto known = parse_platform(platform->get_string());
  const auto& text = id->get_string();
  if (!known || text.empty() || text.size() > kMostIdBytes) return std::nullopt;
  return CallName{.platform = *known, .native_id = std::string(text)};
}

}  // namespace

Result<Command> read_command(std::string_view text) {
  const auto parsed = text.size() > kMostCommandBytes ? Error(Errc::too_large, "") : net::http::parse_json(text);
  if (!parsed || !parsed->is_object()) return Error(Errc::invalid_param, "invalid_json");
  const auto& object = parsed->get_object();
  const auto* action = object.if_contains("action");
  Command command;
  if (action && *action == "ping") return command;
  const bool subscribes = action && *action == "subscribe";
  if (!subscribes && !(action && *action == "unsubscribe")) return Error(Errc::invalid_param, "unknown_action");
  command.kind = subscribes ? Command::Kind::subscribe : Command::Kind::unsubscribe;
  const auto* list = object.if_contains("meetings");
  if (!list || !list->is_array() || list->get_array().empty() || list->get_array().size() > kMostCallsAtOnce) {
    return Error(Errc::invalid_param, subscribes ? "invalid_subscribe_payload" : "invalid_unsubscribe_payload");
  }
  for (std::size_t i = 0; i < list->get_array().size(); ++i) {
    if (auto call = read_call(list->get_array()[i])) {
      command.calls.push_back(*std::move(call));
    } else {
      command.problems.push_back("meetings[" + std::to_string(i) + "] needs platform and native_id");
    }
  }
  if (const auto* protocol = object.if_contains("protocol")) command.is_v1 = *protocol == "v1";
  return command;
}

std::string error_frame(std::string_view code, const std::vector<std::string>& details) {
  json::object frame{{"type", "error"}, {"error", code}};
  if (!details.empty()) frame["details"] = json::array(details.begin(), details.end());
  return json::serialize(frame);
}

std::string calls_frame(std::string_view type, const std::vector<CallName>& calls) {
  json::array list;
  for (const auto& call : calls) list.push_back(call_object(call));
  return json::serialize(json::object{{"type", type}, {"meetings", std::move(list)}});
}

std::string pong_frame() { return R"({"type":"pong"})"; }

std::string status_frame(const Named& meeting, std::string_view status, base::UnixMs at_ms) {
  json::object frame{{"type", "meeting.status"},
                     {"meeting", meeting_object(meeting)},
                     {"payload", {{"status", status}}},
                     {"ts", micros(at_ms, "")}};
  if (meeting.is_v1) frame["user_id"] = meeting.user_id;
  return json::serialize(frame);
}

std::string mutable_frame(const Named& meeting, const std::vector<Segment>& segments, base::UnixMs now) {
  return segments_frame("transcript.mutable", meeting, all(segments, &mutable_segment), now);
}

std::string finalized_frame(const Named& meeting, const std::vector<Segment>& segments, base::UnixMs now) {
  return segments_frame("transcript.finalized", meeting, all(segments, &finalized_segment), now);
}

std::string transcript_frame(const Named& meeting, const std::string& speaker, const std::vector<Segment>& confirmed,
                             const std::vector<Segment>& pending, base::UnixMs now) {
  return json::serialize(json::object{{"type", "transcript"},
                                      {"meeting", meeting_object(meeting)},
                                      {"speaker", word_or_null(speaker)},
                                      {"confirmed", all(confirmed, &v1_segment)},
                                      {"pending", all(pending, &v1_segment)},
                                      {"ts", zoned(now)}});
}

std::string retract_frame(const Named& meeting, const std::vector<std::string>& segment_ids) {
  return json::serialize(json::object{{"type", "transcript_retract"},
                                      {"meeting", meeting_object(meeting)},
                                      {"segment_ids", json::array(segment_ids.begin(), segment_ids.end())}});
}

std::string chat_frame(const Named& meeting, const ChatMessage& message) {
  return json::serialize(json::object{{"type", "chat_message"},
                                      {"meeting", meeting_object(meeting)},
                                      {"sender", word_or_null(message.sender)},
                                      {"text", message.text},
                                      {"is_from_bot", message.is_from_bot},
                                      {"ts", zoned(message.said_ms)}});
}

std::vector<std::string> Pending::frames(const Named& meeting, const std::vector<Segment>& changes, base::UnixMs now) {
  std::vector<std::string> out;
  std::vector<std::string> retracted;
  std::map<std::string, std::vector<Segment>> confirmed;
  std::set<std::string> touched;
  for (const auto& segment : changes) {
    if (const auto before = open_.find(segment.id); before != open_.end()) {
      // It may have been found meanwhile to be another's.
      touched.insert(before->second.speaker);
      open_.erase(before);
    }
    if (segment.retracted || transcripts::is_noise(segment.text)) {
      retracted.push_back(segment.id);
      continue;
    }
    touched.insert(segment.speaker);
    if (segment.final) {
      confirmed[segment.speaker].push_back(segment);
    } else {
      open_[segment.id] = segment;
    }
  }
  while (open_.size() > kMost) {
    open_.erase(std::ranges::min_element(open_, {}, [](const auto& entry) { return entry.second.changed; }));
  }
  for (const auto& speaker : touched) {
    std::vector<Segment> pending;
    for (const auto& [id, segment] : open_) {
      if (segment.speaker == speaker) pending.push_back(segment);
    }
    std::ranges::sort(pending, {}, &Segment::said_ms);
    out.push_back(transcript_frame(meeting, speaker, confirmed[speaker], pending, now));
  }
  if (!retracted.empty()) out.push_back(retract_frame(meeting, retracted));
  return out;
}

}  // namespace troupe::meetings::vexa_live
