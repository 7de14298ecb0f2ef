// Which segments stand in which message of a thread, and what the messages say. Pure.
#pragma once
#include <boost/json/object.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "meetings/records/thread_store.h"
#include "meetings/types/speech.h"

namespace troupe::meetings::thread {

/// Of a message, before its marks; what is longer is cut, and stands in the transcript alone.
inline constexpr std::size_t kMostShownBytes = 6'000;
/// Where it would be longer, the plain text alone is sent: an edit has both twice, and an event 64 KiB.
inline constexpr std::size_t kMostHtmlBytes = 20'000;
/// A message that is so long is not gone on with.
inline constexpr std::size_t kFullBytes = 3'000;
/// Who is silent for so long begins a new message.
inline constexpr std::chrono::milliseconds kSilence{30'000};

/// A transcript as messages: what one person says without a break by another or a long silence is one. A segment stays
/// in the message it was put into, however it changes.
class Turns {
 public:
  /// `pieces`: where segments stood before.
  explicit Turns(const std::vector<records::ThreadPiece>& pieces);

  /// Takes a segment as it is now. Yields where it stands when that is new; the number may be one that was not there
  /// yet. Nothing: it is known, or has nothing to say.
  std::optional<records::ThreadPiece> take(const Segment& segment);
  /// In which message it stands. Nothing: in none.
  std::optional<std::int64_t> place_of(const Segment& segment) const;
  /// From 1.
  std::int64_t last() const { return last_; }
  /// When its first words were said.
  std::optional<base::UnixMs> began(std::int64_t number) const;
  /// Whether nothing in it changes by itself any more. (A late correction still may.)
  bool is_final(std::int64_t number) const;

  struct Said {
    std::string body;
    std::string html;  ///< empty: too long for that
  };
  /// `began_ms`: what times count from. `growing`: mark it so.
  Said said(std::int64_t number, base::UnixMs began_ms, bool growing) const;

 private:
  struct Turn {
    std::map<std::pair<base::UnixMs, std::int64_t>, Segment> pieces{};  ///< in the order in which they were said
    base::UnixMs first_ms = 0;
    base::UnixMs until_ms = 0;
    std::string who{};  ///< Segment::who
    std::size_t bytes = 0;
  };
  std::int64_t place_for(const Segment& segment) const;
  bool fits(const Turn& turn, const Segment& segment) const;
  static void measure(Turn& turn);

  std::map<std::int64_t, Turn> turns_;
  std::map<std::int64_t, std::int64_t> place_;  ///< by segment
  std::map<std::int64_t, base::UnixMs> said_;   ///< by segment: where it stands in its turn
  std::int64_t last_ = 0;
};

/// The root of the thread: which call, and how it stands.
std::string root_text(const Meeting& meeting);
/// The content of a message in a room that answers nobody, mentions nobody and is marked as a bot's.
boost::json::object content_of(const Turns::Said& said);
boost::json::object in_thread(boost::json::object content, std::string_view root, std::string_view before);
/// An edit of the message that `event_id` began.
boost::json::object edit_of(const boost::json::object& content, std::string_view event_id);

}  // namespace troupe::meetings::thread
