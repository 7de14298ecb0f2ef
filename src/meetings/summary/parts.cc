#include "meetings/summary/parts.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "meetings/summary/answer.h"

namespace troupe::meetings::summary {
namespace {

constexpr std::size_t kPartsOfEnd = kMostParts / 4;
constexpr std::size_t kMostWhoBytes = 100;

std::string at_text(base::UnixMs ms) {
  constexpr base::UnixMs kHour = 3'600, kMinute = 60;
  const auto seconds = std::max<base::UnixMs>(ms, 0) / 1'000;
  return fmt::format("{}:{:02}:{:02}", seconds / kHour, seconds % kHour / kMinute, seconds % kMinute);
}

struct Part {
  std::string lines{};
  base::UnixMs from_ms = 0;
  base::UnixMs until_ms = 0;
};

}  // namespace

Parts split(const std::vector<Segment>& segments, std::size_t most) {
  std::vector<Part> all;
  const auto begin = segments.empty() ? 0 : segments.front().said_ms;
  for (const auto& segment : segments) {
    const auto at = segment.said_ms - begin;
    // What is longer than a part is gone on with on the next line. Escapes may make it longer: half of it is room.
    for (std::string_view rest = segment.text; !rest.empty();) {
      const auto text = beginning_of(rest, most / 2);
      rest.remove_prefix(text.size());
      auto line = boost::json::serialize(boost::json::object{
                      {"at", at_text(at)}, {"who", beginning_of(segment.speaker, kMostWhoBytes)}, {"text", text}}) +
                  "\n";
      if (all.empty() || all.back().lines.size() + line.size() > most) all.push_back({.from_ms = at});
      all.back().lines += line;
      all.back().until_ms = segment.until_ms - begin;
    }
  }
  Parts parts;
  if (all.size() > kMostParts) {
    const auto first = all.begin() + (kMostParts - kPartsOfEnd);
    const auto last = all.end() - kPartsOfEnd;
    parts.left_out = fmt::format("What was said from {} to {} is not in it: the transcript is too long.",
                                 at_text(first->from_ms), at_text(std::prev(last)->until_ms));
    all.erase(first, last);
  }
  for (auto& part : all) parts.lines.push_back(std::move(part.lines));
  return parts;
}

}  // namespace troupe::meetings::summary
