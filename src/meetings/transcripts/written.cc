#include "meetings/transcripts/written.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/html.h"

namespace troupe::meetings::transcripts {
namespace {

/// 01:02:03, then `between` and the milliseconds where there is one.
std::string clock_time(std::int64_t ms, char between = '\0') {
  auto text = fmt::format("{:02}:{:02}:{:02}", ms / 3'600'000, ms / 60'000 % 60, ms / 1'000 % 60);
  if (between != '\0') text += fmt::format("{}{:03}", between, ms % 1'000);
  return text;
}

/// Blank lines end a cue, and other control characters are for nobody.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    if (!is_blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

/// SubRip has no escapes: what players take for markup or for a time's arrow gets another sign.
std::string for_srt(std::string_view text) {
  std::string out;
  for (const char c : one_line(text)) {
    if (c == '<') {
      out += "‹";
    } else if (c == '>') {
      out += "›";
    } else if (c == '{') {
      out += '(';
    } else if (c == '}') {
      out += ')';
    } else {
      out += c;
    }
  }
  return out;
}

/// WebVTT, #webvtt-cue-text-span
std::string for_vtt(std::string_view text) { return base::markup_escape(one_line(text)); }

}  // namespace

std::string_view to_string(Format format) {
  switch (format) {
    case Format::text:
      return "text";
    case Format::srt:
      return "srt";
    case Format::vtt:
      return "vtt";
    case Format::json:
      break;
  }
  return "json";
}

std::optional<Format> parse_format(std::string_view text) {
  const auto found = std::ranges::find(kFormats, text, [](Format format) { return to_string(format); });
  return found == kFormats.end() ? std::nullopt : std::optional(*found);
}

std::string_view media_type(Format format) {
  switch (format) {
    case Format::text:
      return "text/plain; charset=utf-8";
    case Format::srt:
      return "application/x-subrip; charset=utf-8";
    case Format::vtt:
      return "text/vtt; charset=utf-8";
    case Format::json:
      break;
  }
  return "application/json";
}

std::string written(const std::vector<Segment>& segments, base::UnixMs origin, Format format) {
  if (!segments.empty()) origin = std::min(origin, segments.front().said_ms);
  std::string out = format == Format::vtt ? "WEBVTT\n" : "";
  std::int64_t number = 0;
  for (const auto& segment : segments) {
    const auto from = segment.said_ms - origin;
    const auto until = std::max(segment.until_ms - origin, from + 1);
    if (format == Format::text) {
      const auto who = one_line(segment.speaker);
      out += fmt::format("[{}] {}{}{}\n", clock_time(from), who, who.empty() ? "" : ": ", one_line(segment.text));
    } else if (format == Format::srt) {
      const auto who = for_srt(segment.speaker);
      out += fmt::format("{}{}\n{} --> {}\n{}{}{}\n", number == 0 ? "" : "\n", number + 1, clock_time(from, ','),
                         clock_time(until, ','), who, who.empty() ? "" : ": ", for_srt(segment.text));
    } else if (format == Format::vtt) {
      const auto who = for_vtt(segment.speaker);
      out += fmt::format("\n{} --> {}\n{}{}\n", clock_time(from, '.'), clock_time(until, '.'),
                         who.empty() ? "" : "<v " + who + ">", for_vtt(segment.text));
    }
    ++number;
  }
  return out;
}

}  // namespace troupe::meetings::transcripts
