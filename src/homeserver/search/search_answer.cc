#include "homeserver/search/search_answer.h"

#include <algorithm>
#include <map>
#include <set>

#include "homeserver/common/sync_token.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::search {
namespace {

/// Rooms of a page whose state is shown.
constexpr std::size_t kMaxStateRooms = 10;
/// Events around a result that are passed over because the user may not see them.
constexpr std::size_t kPassedOver = 20;
/// From this size on results come without what was said around them (its `start` and `end` are there), and no more
/// rooms show their state.
constexpr std::size_t kMostWithContext = 2UL * 1024 * 1024;

class Answer {
 public:
  Answer(std::string& out, SearchRooms& rooms, const SearchRequest& request)
      : out_(out), rooms_(rooms), request_(request) {}

  void append(const SearchFound& found) {
    out_ += "{\"search_categories\":{\"room_events\":{\"count\":";
    matrix::append_number(out_, static_cast<std::int64_t>(found.count));
    out_ += ",\"highlights\":[";
    for (const auto& word : request_.words) {
      matrix::append_separator(out_);
      matrix::append_json_string(out_, word);
    }
    out_ += "],\"results\":[";
    for (const auto& hit : found.hits) {
      matrix::append_separator(out_);
      append_hit(hit);
    }
    out_ += ']';
    if (request_.include_state) append_state(found.hits);
    if (request_.group_by_room || request_.group_by_sender) append_groups(found.hits);
    if (!found.next_batch.empty()) {
      matrix::append_key(out_, "next_batch");
      matrix::append_json_string(out_, found.next_batch);
    }
    out_ += "}}}";
  }

 private:
  void append_event(sync::RoomView& view, const memory::StoredEvent& stored) {
    if (request_.include_state) people_[view.room().num()].insert(stored.event->sender);
    view.append(out_, stored, {.room_id = view.room().id()});
  }

  void append_hit(const SearchHit& hit) {
    auto& view = *rooms_.view(hit.event->room);
    out_ += "{\"rank\":";
    matrix::append_number(out_, static_cast<std::int64_t>(hit.rank));
    out_ += ",\"result\":";
    append_event(view, *hit.event);
    if (request_.context) {
      out_ += ",\"context\":";
      append_context(view, *hit.event);
    }
    out_ += '}';
  }

  /// What the user sees next to the result, the nearest first.
  std::vector<memory::StoredEventPtr> around(sync::RoomView& view, StreamPos pos, std::int64_t limit, bool before) {
    std::vector<memory::StoredEventPtr> shown;
    if (limit == 0) return shown;
    const auto wanted = static_cast<std::size_t>(limit);
    auto events = memory::event_store::timeline(*view.connection(), view.room().num(), before ? 0 : pos,
                                                before ? pos - 1 : view.upto(), wanted + kPassedOver, before);
    if (before) std::ranges::reverse(events);
    for (auto& stored : events) {
      if (shown.size() == wanted) break;
      if (view.shows(*stored)) shown.push_back(std::move(stored));
    }
    return shown;
  }

  void append_list(sync::RoomView& view, std::string_view name, const std::vector<memory::StoredEventPtr>& events) {
    matrix::append_key(out_, name);
    out_ += '[';
    for (const auto& stored : events) {
      matrix::append_separator(out_);
      append_event(view, *stored);
    }
    out_ += ']';
  }

  void append_context(sync::RoomView& view, const memory::StoredEvent& stored) {
    const bool fits = out_.size() < kMostWithContext;
    const auto before = around(view, stored.pos, fits ? request_.context->before_limit : 0, true);
    const auto after = around(view, stored.pos, fits ? request_.context->after_limit : 0, false);
    out_ += "{\"start\":\"";
    out_ += page_token((before.empty() ? stored.pos : before.back()->pos) - 1);
    out_ += "\",\"end\":\"";
    out_ += page_token(after.empty() ? stored.pos : after.back()->pos);
    out_ += '"';
    append_list(view, "events_before", before);
    append_list(view, "events_after", after);
    if (request_.context->include_profile) append_profiles(view, stored, before, after);
    out_ += '}';
  }

  /// The names of the senders as they were at the result; where the user may not know these, the newest that they may.
  void append_profiles(sync::RoomView& view, const memory::StoredEvent& stored,
                       const std::vector<memory::StoredEventPtr>& before,
                       const std::vector<memory::StoredEventPtr>& after) {
    std::set<std::string_view> senders{stored.event->sender};
    for (const auto* events : {&before, &after}) {
      for (const auto& event : *events) senders.insert(event->event->sender);
    }
    const auto then = view.readable_state(stored.pos);
    const auto known = then ? *then : view.readable_state().value_or(0);
    matrix::append_key(out_, "profile_info");
    out_ += '{';
    for (const auto sender : senders) {
      const auto member = view.state_at(sync::kMember, sender, known);
      matrix::append_key(out_, sender);
      boost::json::object profile;
      for (const auto* name : {"displayname", "avatar_url"}) {
        const auto text = member ? matrix::find_string(member->event->content, name) : std::nullopt;
        if (text) profile[name] = *text;
      }
      out_ += boost::json::serialize(profile);
    }
    out_ += '}';
  }

  /// What the rooms are, and of their members those who are shown: a room may have tens of thousands.
  void append_state(const std::vector<SearchHit>& hits) {
    std::set<memory::RoomNum> shown;
    matrix::append_key(out_, "state");
    out_ += '{';
    for (const auto& hit : hits) {
      if (shown.size() == kMaxStateRooms || out_.size() > kMostWithContext) break;
      if (!shown.insert(hit.event->room).second) continue;
      auto& view = *rooms_.view(hit.event->room);
      matrix::append_key(out_, view.room().id());
      out_ += '[';
      for (const auto& stored : rooms_.state(hit.event->room, people_[hit.event->room])) {
        if (out_.size() > kMostWithContext) break;
        matrix::append_separator(out_);
        view.append_state(out_, *stored, {.room_id = view.room().id()});
      }
      out_ += ']';
    }
    out_ += '}';
  }

  using Groups = std::map<std::string, std::vector<const SearchHit*>>;
  void append_group(std::string_view key, const Groups& groups, const std::vector<SearchHit>& hits) {
    matrix::append_key(out_, key);
    out_ += '{';
    for (const auto& [name, members] : groups) {
      matrix::append_key(out_, name);
      out_ += "{\"order\":";
      matrix::append_number(out_, members.front() - hits.data());  // by the best of each
      out_ += ",\"results\":[";
      for (const auto* hit : members) {
        matrix::append_separator(out_);
        matrix::append_json_string(out_, hit->event->event->event_id);
      }
      out_ += "]}";
    }
    out_ += '}';
  }

  void append_groups(const std::vector<SearchHit>& hits) {
    Groups by_room;
    Groups by_sender;
    for (const auto& hit : hits) {
      by_room[rooms_.view(hit.event->room)->room().id()].push_back(&hit);
      by_sender[hit.event->event->sender].push_back(&hit);
    }
    matrix::append_key(out_, "groups");
    out_ += '{';
    if (request_.group_by_room) append_group("room_id", by_room, hits);
    if (request_.group_by_sender) append_group("sender", by_sender, hits);
    out_ += '}';
  }

  std::string& out_;
  SearchRooms& rooms_;
  const SearchRequest& request_;
  std::map<memory::RoomNum, std::set<std::string>> people_;  ///< who sent what is shown
};

}  // namespace

std::string search_answer(const SearchFound& found, SearchRooms& rooms, const SearchRequest& request) {
  std::string out;
  Answer(out, rooms, request).append(found);
  return out;
}

}  // namespace troupe::homeserver::search
