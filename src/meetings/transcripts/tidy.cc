#include "meetings/transcripts/tidy.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/words.h"

namespace troupe::meetings::transcripts {
namespace {

constexpr std::array<std::string_view, 3> kMarkers{"[blank_audio]", "<no audio>", "<inaudible>"};
constexpr std::size_t kOverAndOver = 4;  ///< the same letter; more is noise
/// Pieces before that one is compared with: of several people who speak at once too.
constexpr std::size_t kNeighbours = 32;
constexpr std::int64_t kOverlapMs = 100;

/// Of ASCII: what is said in other letters is words.
bool is_one_letter(std::string_view text) {
  char letter = 0;
  std::size_t count = 0;
  for (const char c : base::ascii_lower(text)) {
    if (c < 'a' || c > 'z') {
      if (static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9')) return false;
      continue;
    }
    if (letter != 0 && c != letter) return false;
    letter = c;
    ++count;
  }
  return count > kOverAndOver;
}

bool overlap(const Segment& a, const Segment& b) {
  return std::min(a.until_ms, b.until_ms) > std::max(a.said_ms, b.said_ms);
}

bool is_within(const Segment& inner, const Segment& outer) {
  return inner.said_ms >= outer.said_ms && inner.until_ms <= outer.until_ms &&
         inner.until_ms - inner.said_ms < outer.until_ms - outer.said_ms;
}

/// Small ASCII letters and what stands in other letters, one space around each word.
std::string folded(std::string_view text) {
  std::string out(" ");
  for (const char c : base::ascii_lower(text)) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (is_word) {
      out += c;
    } else if (out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.back() != ' ') out += ' ';
  return out;
}

/// Whether what `part` says is in what `whole` says, in that order and without a gap.
bool repeats(const Segment& part, const Segment& whole) { return folded(whole.text).contains(folded(part.text)); }

}  // namespace

bool is_noise(std::string_view text) {
  const auto lower = base::ascii_lower(text);
  if (std::ranges::find(kMarkers, lower) != kMarkers.end()) return true;
  if (lower == "<3") return true;
  return base::words_of(text, 1).empty() || is_one_letter(text);
}

std::vector<Segment> tidy(std::vector<Segment> all) {
  std::vector<Segment> kept;
  for (auto& segment : all) {
    if (is_noise(segment.text)) continue;
    bool is_new = true;
    const auto first = kept.size() > kNeighbours ? kept.size() - kNeighbours : 0;
    for (auto at = kept.size(); at-- > first && is_new;) {
      auto& earlier = kept[at];
      if (earlier.who() != segment.who() || !overlap(earlier, segment)) continue;
      const auto shared = std::min(earlier.until_ms, segment.until_ms) - segment.said_ms;
      if (earlier.text == segment.text) {
        earlier.end_ms += std::max<std::int64_t>(0, segment.until_ms - earlier.until_ms);
        earlier.until_ms = std::max(earlier.until_ms, segment.until_ms);
        earlier.final = earlier.final && segment.final;
        earlier.changed = std::max(earlier.changed, segment.changed);
        is_new = false;
      } else if (shared > kOverlapMs && is_within(segment, earlier) && repeats(segment, earlier)) {
        is_new = false;
      } else if (shared > kOverlapMs && is_within(earlier, segment) && repeats(earlier, segment)) {
        kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(at));
      }
    }
    if (is_new) kept.push_back(std::move(segment));
  }
  return kept;
}

}  // namespace troupe::meetings::transcripts
