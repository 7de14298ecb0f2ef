#include "meetings/thread/turns.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/html.h"
#include "base/unruly.h"
#include "fleet/answers/reply_content.h"
#include "meetings/thread/summary_text.h"
#include "meetings/transcripts/tidy.h"

namespace troupe::meetings::thread {
namespace {

constexpr std::size_t kMostNameBytes = 100;
/// How many messages back a segment may go that comes late.
constexpr int kLooksBack = 6;
/// Words that are heard anew may begin a little earlier than they did.
constexpr base::UnixMs kEarlier = 5'000;

std::string_view beginning(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  auto end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

/// On one line, without control characters.
std::string plain(std::string_view text, std::size_t most) {
  std::string out;
  for (auto rest = beginning(text, most); !rest.empty();) {
    const auto code = static_cast<unsigned char>(rest.front());
    const auto skipped = base::unruly(rest);
    if (skipped == 0 && code > 0x20 && code != 0x7f) {
      out += rest.front();
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
    rest.remove_prefix(std::max<std::size_t>(1, skipped));
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string clock_text(base::UnixMs ms) {
  constexpr base::UnixMs kHour = 3'600, kMinute = 60;
  const auto seconds = std::max<base::UnixMs>(ms, 0) / 1'000;
  if (seconds >= kHour) {
    return fmt::format("{}:{:02}:{:02}", seconds / kHour, seconds % kHour / kMinute, seconds % kMinute);
  }
  return fmt::format("{}:{:02}", seconds / kMinute, seconds % kMinute);
}

/// Anybody calls themselves as they like: no name becomes a link or a mention, in the name of who writes the thread.
std::string name_of(const Segment& segment) {
  const auto name = plain(segment.speaker, kMostNameBytes);
  return name.empty() ? "Somebody" : dead_text(name);
}

std::string state_words(const Meeting& meeting) {
  const auto& life = meeting.life;
  switch (life.state) {
    case State::requested:
      return "a bot is asked for";
    case State::starting:
      if (life.phase == Phase::awaiting_admission) return "the bot waits to be let in";
      if (life.phase == Phase::needs_help) return "the bot needs help to get in";
      return "a bot is on its way";
    case State::active:
      return "the bot is in the call and listens";
    case State::reconfiguring:
      return "the bot is told of another language or task";
    case State::stopping:
      return "the bot leaves";
    case State::completed:
      return "the call is over";
    case State::failed:
    case State::error:
      break;
  }
  const auto reason = to_string(life.reason);
  return reason.empty() ? "it failed" : fmt::format("it failed ({})", reason);
}

}  // namespace

Turns::Turns(const std::vector<records::ThreadPiece>& pieces) {
  for (const auto& piece : pieces) {
    place_[piece.segment] = piece.number;
    last_ = std::max(last_, piece.number);
  }
}

void Turns::measure(Turn& turn) {
  turn.bytes = 0;
  for (const auto& [key, piece] : turn.pieces) turn.bytes += piece.text.size() + 1;
  if (turn.pieces.empty()) return;
  turn.first_ms = turn.pieces.begin()->first.first;
  turn.until_ms = 0;
  for (const auto& [key, piece] : turn.pieces) turn.until_ms = std::max(turn.until_ms, piece.until_ms);
  turn.who = turn.pieces.rbegin()->second.who();
}

bool Turns::fits(const Turn& turn, const Segment& segment) const {
  if (turn.pieces.empty()) return true;  // all of it was taken back: what replaces it comes
  return turn.who == segment.who() && turn.bytes + segment.text.size() <= kFullBytes &&
         segment.said_ms >= turn.first_ms - kEarlier && segment.said_ms <= turn.until_ms + kSilence.count();
}

std::int64_t Turns::place_for(const Segment& segment) const {
  auto next_ms = std::numeric_limits<base::UnixMs>::max();
  int looks = 0;
  for (auto turn = turns_.rbegin(); turn != turns_.rend() && looks < kLooksBack; ++turn, ++looks) {
    if (segment.said_ms < next_ms && fits(turn->second, segment)) return turn->first;
    if (!turn->second.pieces.empty()) next_ms = turn->second.first_ms;
  }
  return last_ + 1;
}

std::optional<records::ThreadPiece> Turns::take(const Segment& segment) {
  const bool says =
      !segment.retracted && !transcripts::is_noise(segment.text) && !plain(segment.text, segment.text.size()).empty();
  const auto known = place_.find(segment.number);
  if (known == place_.end() && !says) return std::nullopt;
  const auto number = known != place_.end() ? known->second : place_for(segment);
  auto& turn = turns_[number];
  if (const auto said = said_.find(segment.number); said != said_.end()) {
    turn.pieces.erase({said->second, segment.number});
    said_.erase(said);
  }
  if (says) {
    turn.pieces[{segment.said_ms, segment.number}] = segment;
    said_[segment.number] = segment.said_ms;
  }
  measure(turn);
  if (known != place_.end()) return std::nullopt;
  last_ = std::max(last_, number);
  place_[segment.number] = number;
  return records::ThreadPiece{.meeting = segment.meeting, .segment = segment.number, .number = number};
}

std::optional<std::int64_t> Turns::place_of(const Segment& segment) const {
  const auto place = place_.find(segment.number);
  if (place == place_.end()) return std::nullopt;
  return place->second;
}

std::optional<base::UnixMs> Turns::began(std::int64_t number) const {
  const auto turn = turns_.find(number);
  if (turn == turns_.end() || turn->second.pieces.empty()) return std::nullopt;
  return turn->second.first_ms;
}

bool Turns::is_final(std::int64_t number) const {
  const auto turn = turns_.find(number);
  if (turn == turns_.end()) return true;
  return std::ranges::all_of(turn->second.pieces, [](const auto& piece) { return piece.second.final; });
}

Turns::Said Turns::said(std::int64_t number, base::UnixMs began_ms, bool growing) const {
  Said said;
  const auto turn = turns_.find(number);
  if (turn == turns_.end() || turn->second.pieces.empty()) return {.body = "(taken back)", .html = {}};
  std::string speaker;
  bool first = true, cut = false;
  for (const auto& [key, piece] : turn->second.pieces) {
    const auto name = name_of(piece);
    if (first || name != speaker) {
      const auto at = clock_text(piece.said_ms - began_ms);
      said.body += fmt::format("{}{} ({}):", first ? "" : "\n", name, at);
      said.html += fmt::format("{}<strong>{}</strong> ({}):", first ? "" : "<br>", base::html_escape(name), at);
    }
    first = false;
    speaker = name;
    const auto room = said.body.size() < kMostShownBytes ? kMostShownBytes - said.body.size() : 0;
    const auto text = plain(piece.text, room);
    said.body += " " + text;
    said.html += " " + base::html_escape(text);
    cut = piece.text.size() > room;
    if (cut) break;
  }
  if (growing || cut) {
    said.body += " …";
    said.html += " …";
  }
  if (said.html.size() > kMostHtmlBytes) said.html.clear();
  return said;
}

std::string root_text(const Meeting& meeting) {
  return fmt::format("Transcript of {}: {}.", plain(meeting.link, 1'000), state_words(meeting));
}

boost::json::object content_of(const Turns::Said& said) {
  boost::json::object content{
      {"msgtype", "m.notice"},
      {"body", said.body},
      {"m.mentions", boost::json::object()},
      // No bot is to answer what was said elsewhere.
      {fleet::answers::kBotMark, {{"bot", "meetings"}, {"hops", fleet::answers::kMaxHops}, {"answers", ""}}}};
  if (!said.html.empty()) {
    content["format"] = "org.matrix.custom.html";
    content["formatted_body"] = said.html;
  }
  return content;
}

boost::json::object in_thread(boost::json::object content, std::string_view root, std::string_view before) {
  content["m.relates_to"] = {{"rel_type", "m.thread"},
                             {"event_id", root},
                             {"is_falling_back", true},
                             {"m.in_reply_to", {{"event_id", before}}}};
  return content;
}

boost::json::object edit_of(const boost::json::object& content, std::string_view event_id) {
  return fleet::answers::edit_content(content, event_id);
}

}  // namespace troupe::meetings::thread
