// The story of a room, what the specification's rule (Client-Server API #room-history-visibility) says of it, and the
// table of pasts. Only tests include this.
#pragma once
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace troupe::homeserver::sync {

/// One event, as it was made. A marker is a text that occurs nowhere but in this event.
struct Told {
  std::string event_id{};
  std::string marker{};  ///< empty: nothing to look for
  std::string type{};
  std::optional<std::string> state_key{};
  std::string visibility{};  ///< of the room once the event is in
  std::string membership{};  ///< bob's once the event is in
  bool bobs = false;         ///< his own membership
  bool widens = false;       ///< it changes the visibility: whoever may see either side of it sees it
  char phase = 0;            ///< a, b, c … for messages; of what was said before his past began: earlier than a
  std::string relation{};    ///< m.thread, m.replace, m.reference of the first message
  std::string redacts{};     ///< event id
};

using Marks = std::set<std::string>;

/// All of them in a text: "mk", digits, "x", digits, "z".
inline Marks marks_in(std::string_view text) {
  Marks marks;
  const auto digits = [text](std::size_t at) {
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at;
  };
  for (auto at = text.find("mk"); at != text.npos; at = text.find("mk", at + 1)) {
    const auto x = digits(at + 2);
    if (x == at + 2 || !text.substr(x).starts_with('x')) continue;
    const auto z = digits(x + 1);
    if (z > x + 1 && text.substr(z).starts_with('z')) marks.emplace(text.substr(at, z + 1 - at));
  }
  return marks;
}

/// The specification's rule, by the story alone.
class Oracle {
 public:
  Oracle(const std::vector<Told>& story, bool forgot) : story_(story), forgot_(forgot) {}

  bool joined_now() const { return story_.back().membership == "join"; }
  bool open_now() const { return story_.back().visibility == "world_readable"; }
  bool ever_in() const { return !forgot_ && joins_from(0); }
  /// Whether the room's routes answer at all.
  bool lets_in() const { return open_now() || ever_in(); }

  bool visible(std::size_t i) const {
    const auto& event = story_[i];
    if (event.bobs) return true;
    if (sees(event.visibility, i)) return true;
    return event.widens && i > 0 && sees(story_[i - 1].visibility, i);
  }

  /// Up to which event the present-state routes answer.
  std::optional<std::size_t> state_now() const {
    if (joined_now() || open_now()) return story_.size() - 1;
    if (forgot_) return std::nullopt;
    for (auto i = story_.size(); i-- > 0;) {
      if (ceases(i)) return i;
    }
    return std::nullopt;
  }

  /// The room's state once the event is in: markers by type and key.
  std::map<std::pair<std::string, std::string>, std::string> state_at(std::size_t i) const {
    std::map<std::pair<std::string, std::string>, std::string> state;
    for (std::size_t j = 0; j <= i; ++j) {
      if (story_[j].state_key) state[{story_[j].type, *story_[j].state_key}] = story_[j].marker;
    }
    return state;
  }

  /// Every marker that he may come to know by any way through the room.
  Marks known() const {
    Marks marks;
    for (std::size_t i = 0; i < story_.size(); ++i) {
      if (visible(i)) marks.insert(story_[i].marker);
      const bool state_readable = member_at(i) || story_[i].visibility == "world_readable" ||
                                  (story_[i].visibility == "shared" && !forgot_ && joins_from(i)) ||
                                  (!forgot_ && ceases(i));
      if (!state_readable) continue;
      for (const auto& [key, marker] : state_at(i)) marks.insert(marker);
    }
    marks.erase("");
    return marks;
  }

 private:
  bool joins_from(std::size_t i) const {
    return std::any_of(story_.begin() + static_cast<std::ptrdiff_t>(i), story_.end(),
                       [](const Told& told) { return told.membership == "join"; });
  }
  bool member_at(std::size_t i) const { return !forgot_ && story_[i].membership == "join"; }
  bool ceases(std::size_t i) const {
    return i > 0 && story_[i - 1].membership == "join" && story_[i].membership != "join";
  }
  bool sees(std::string_view visibility, std::size_t i) const {
    if (visibility == "world_readable") return true;
    if (forgot_) return false;
    if (story_[i].membership == "join") return true;
    if (visibility == "shared" && joins_from(i)) return true;
    return visibility == "invited" && story_[i].membership == "invite";
  }

  const std::vector<Told>& story_;
  const bool forgot_;
};

/// What bob does, or what is done to him, with something going on in the room before, between and after.
struct Past {
  const char* name;
  std::vector<const char*> steps;
  /// The phases of which he sees the messages, by rule; in order of kVisibilities. "-": the routes answer 403.
  std::vector<const char*> sees;
};
inline const std::vector<std::string> kVisibilities{"world_readable", "shared", "invited",
                                                    "joined",         "opened", "closed"};

inline const std::vector<Past> kPasts{
    // the visibility of "opened" goes from joined to world_readable before the last phase, of "closed" the other way
    {"never there", {}, {"a", "-", "-", "-", "a", "-"}},
    {"invited", {"invite"}, {"ab", "-", "-", "-", "b", "-"}},
    {"declined", {"invite", "leave"}, {"abc", "-", "-", "-", "c", "-"}},
    {"knocked", {"knock"}, {"ab", "-", "-", "-", "b", "-"}},
    {"knocked and withdrew", {"knock", "leave"}, {"abc", "-", "-", "-", "c", "-"}},
    {"banned, never in", {"ban"}, {"ab", "-", "-", "-", "b", "-"}},
    {"in", {"invite", "join"}, {"abc", "abc", "bc", "c", "c", "abc"}},
    {"left", {"invite", "join", "leave"}, {"abcd", "abc", "bc", "c", "cd", "abc"}},
    {"removed", {"invite", "join", "kick"}, {"abcd", "abc", "bc", "c", "cd", "abc"}},
    {"banned", {"invite", "join", "ban"}, {"abcd", "abc", "bc", "c", "cd", "abc"}},
    {"left, then banned", {"invite", "join", "leave", "ban"}, {"abcde", "abc", "bc", "c", "ce", "abcd"}},
    {"left and forgot", {"invite", "join", "leave", "forget"}, {"abcde", "-", "-", "-", "e", "-"}},
    {"came back", {"invite", "join", "leave", "invite", "join"}, {"abcdef", "abcdef", "bcef", "cf", "cf", "abcdef"}},
    {"left, invited again", {"invite", "join", "leave", "invite"}, {"abcde", "abc", "bce", "c", "ce", "abcd"}},
    {"left, declined a second time",
     {"invite", "join", "leave", "invite", "leave"},
     {"abcdef", "abc", "bce", "c", "cf", "abcde"}},
};

}  // namespace troupe::homeserver::sync
