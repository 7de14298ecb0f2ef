#include "homeserver/sliding/sliding_room.h"

#include <algorithm>
#include <map>
#include <set>

#include "homeserver/common/sync_token.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::sliding {
namespace {

constexpr std::size_t kMostHeroes = 5;
constexpr std::string_view kName = "m.room.name";
constexpr std::string_view kAvatar = "m.room.avatar";

std::string_view text_of(const memory::StoredEventPtr& stored, std::string_view key) {
  return stored ? matrix::find_string(stored->event->content, key).value_or("") : std::string_view();
}

void append_member(std::string& out, std::string_view key, std::string_view text) {
  matrix::append_key(out, key);
  matrix::append_json_string(out, text);
}

void append_member(std::string& out, std::string_view key, std::int64_t number) {
  matrix::append_key(out, key);
  matrix::append_number(out, number);
}

void append_flag(std::string& out, std::string_view key, bool value) {
  matrix::append_key(out, key);
  out += value ? "true" : "false";
}

std::uint16_t small(std::int64_t number) {
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(number, 0, UINT16_MAX));
}

/// The part of one room while it is being made.
class Part {
 public:
  Part(const SlidingFrame& frame, const SlidingRoomInput& input)
      : frame_(frame), input_(input), room_(input.listed.room) {
    if (input.before) {
      outcome_.now = *input.before;
      since_ = shown_upto(*input.before, frame.since);
    }
    outcome_.now.room = room_->num();
  }

  SlidingRoomOutcome make(std::string& out) {
    const auto rollback = out.size();
    matrix::append_separator(out);
    matrix::append_json_string(out, room_->id());
    out += ":{";
    switch (input_.listed.part) {
      case RoomPart::joined:
        joined(out);
        break;
      case RoomPart::invited:
      case RoomPart::knocked:
        stripped(out);
        break;
      case RoomPart::gone:
        gone(out);
        break;
    }
    if (outcome_.shown && frame_.shape == SlidingShape::accepted) append_lists(out);
    out += '}';
    if (!outcome_.shown || outcome_.incomplete) out.resize(rollback);
    outcome_.now.part = input_.listed.part;
    return std::move(outcome_);
  }

 private:
  bool is_new_part() const { return !input_.before || input_.before->part != input_.listed.part; }
  bool unstable() const { return frame_.shape == SlidingShape::unstable; }

  // A room that the user is in.

  void joined(std::string& out) {
    const auto& listed = input_.listed;
    bool initial = is_new_part();
    if (!initial && listed.member_pos > since_) {  // perhaps they were out meanwhile
      sync::RoomView now(room_, frame_.recipient, frame_.connection, since_, frame_.upto);
      initial = !now.joined_throughout(since_);
      if (now.incomplete()) {
        outcome_.incomplete = true;
        return;
      }
    }
    if (initial) since_ = 0;
    const std::size_t known = initial ? 0 : input_.before->timeline_limit;
    const bool expanded = !initial && input_.timeline_limit > known;
    const bool widened = !initial && input_.wanted_before;
    const bool direct_changed = initial ? listed.direct : listed.direct != input_.before->has(SentRoom::kDirect);
    const bool moved = listed.last > since_;
    const bool counted = initial || moved || room_->last_pos() > since_ || frame_.other_settings;
    if (!initial && !expanded && !widened && !direct_changed && !moved && !counted) return;

    sync::RoomView view(room_, frame_.recipient, frame_.connection, expanded ? 0 : since_, frame_.upto);
    sync::UnreadCount unread{.notifications = outcome_.now.notifications, .highlights = outcome_.now.highlights};
    if (counted) {
      const auto counts =
          frame_.services.unread.count(frame_.connection, room_, frame_.recipient.user_id, listed.member_pos,
                                       frame_.upto, [&view] { return view.joined_at(); });
      if (counts) {
        unread = counts->total();
      } else {
        view.need_sql();
      }
    }
    const bool other_counts = initial || small(unread.notifications) != outcome_.now.notifications ||
                              small(unread.highlights) != outcome_.now.highlights;

    sync::TimelinePart timeline;
    timeline.start = frame_.upto + 1;
    if (moved || expanded) {
      timeline = sync::pick_timeline(view, expanded ? 0 : since_, sync::EventFilter{}, input_.timeline_limit);
    }
    if (!initial) find_changes(view);
    collect_state(view, initial, timeline);
    const bool news = !timeline.events.empty() || timeline.limited || !state_.empty() || members_changed_;
    outcome_.shown = initial || expanded || direct_changed || (other_counts && unstable()) || news;
    outcome_.incomplete = view.incomplete();
    if (!outcome_.shown || outcome_.incomplete) return;

    outcome_.initial = initial;
    if (initial) append_flag(out, "initial", true);
    append_names(out, initial);
    if (direct_changed) append_flag(out, "is_dm", listed.direct);
    if (!state_.empty() || initial) append_state(out, view);
    if (moved || expanded) append_timeline(out, view, timeline, expanded);
    if (initial || members_changed_) {
      append_member(out, "joined_count", static_cast<std::int64_t>(view.joined_count()));
      append_member(out, "invited_count", static_cast<std::int64_t>(view.invited_count()));
    }
    if (initial || moved) append_bump_stamp(out);
    if (unstable() && other_counts) {
      append_member(out, "notification_count", unread.notifications);
      append_member(out, "highlight_count", unread.highlights);
    }
    outcome_.incomplete |= view.incomplete();
    remember(unread, timeline, initial || expanded);
  }

  void remember(const sync::UnreadCount& unread, const sync::TimelinePart& timeline, bool whole_timeline) {
    auto& now = outcome_.now;
    now.notifications = small(unread.notifications);
    now.highlights = small(unread.highlights);
    now.flags =
        static_cast<std::uint8_t>((now.flags & ~SentRoom::kDirect) | (input_.listed.direct ? SentRoom::kDirect : 0));
    // After a gap the client has no more than what was shown now.
    const auto limit = static_cast<std::uint16_t>(input_.timeline_limit);
    now.timeline_limit = whole_timeline || timeline.limited ? limit : std::max(now.timeline_limit, limit);
    if (outcome_.initial) now.flags &= static_cast<std::uint8_t>(~(SentRoom::kAccountData | SentRoom::kReceipts));
    for (const auto& stored : timeline.events) {
      outcome_.timeline.push_back(stored->event->event_id);
      outcome_.kept.push_back(stored);
    }
  }

  /// State that changed after since_, the newest of each key.
  void find_changes(sync::RoomView& view) {
    const auto take = [&](const memory::StoredEventPtr& stored) {
      changes_[{stored->event->type, *stored->event->state_key}] = stored;
      members_changed_ |= stored->event->type == sync::kMember;
      named_ |= stored->event->type == kName || stored->event->type == kAvatar;
    };
    if (view.tail_complete_after() <= since_) {
      for (const auto& stored : view.tail()) {
        if (stored->pos > since_ && stored->event->is_state()) take(stored);
      }
    } else if (input_.listed.last > since_ && !view.need_sql()) {
      for (const auto& stored :
           memory::event_store::state_changes(*frame_.connection, room_->num(), since_, frame_.upto)) {
        take(stored);
      }
    }
  }

  void collect_state(sync::RoomView& view, bool initial, const sync::TimelinePart& timeline) {
    const auto& wanted = input_.wanted;
    const auto keep = [&](const memory::StoredEventPtr& stored) {
      if (stored && seen_.insert(stored->pos).second) state_.push_back(stored);
    };
    for (const auto& [key, stored] : changes_) {
      if (wanted.wants(key.first, key.second)) keep(stored);
    }
    if (initial || input_.wanted_before) {
      for (auto& stored : wanted.pick(*room_, initial ? nullptr : input_.wanted_before))
        keep(view.value_at(std::move(stored), frame_.upto));
    }
    if (!wanted.lazy_members()) return;
    std::set<std::string_view> people;
    for (const auto& stored : timeline.events) {
      people.insert(stored->event->sender);
      if (stored->event->type == sync::kMember && stored->event->state_key) people.insert(*stored->event->state_key);
    }
    if (!initial && !timeline.limited) {
      for (const auto& [key, stored] : changes_) {
        if (key.first == sync::kMember) keep(stored);
      }
    }
    for (const auto user : people) keep(view.state_at(sync::kMember, user, frame_.upto));
  }

  /// The name, or the people that stand in for it, and the avatar.
  void append_names(std::string& out, bool initial) {
    if (!initial && !named_ && !members_changed_) return;
    std::string_view name;
    std::string_view avatar;
    memory::StoredEventPtr name_event;
    memory::StoredEventPtr avatar_event;
    std::vector<memory::StoredEventPtr> heroes;
    {
      const base::ReadLock lock(room_->mutex());
      name_event = room_->state_event(kName, "");
      avatar_event = room_->state_event(kAvatar, "");
      name = text_of(name_event, "name");
      avatar = text_of(avatar_event, "url");
      if (name.empty() || (avatar.empty() && input_.listed.direct)) heroes = pick_people();
    }
    if (avatar.empty() && input_.listed.direct && heroes.size() == 1) avatar = text_of(heroes.front(), "avatar_url");
    if (!name.empty()) {
      if (initial || named_) append_member(out, "name", name);
    } else {
      if (!unstable() && (initial || named_)) {
        matrix::append_key(out, "name");
        out += "null";
      }
      append_heroes(out, heroes);
    }
    if (!avatar.empty()) append_member(out, "avatar", avatar);
  }

  /// Members first, then those who left; by user id, so that the choice stays. Under the room's lock.
  std::vector<memory::StoredEventPtr> pick_people() const {
    std::vector<memory::StoredEventPtr> here;
    std::vector<memory::StoredEventPtr> gone;
    room_->members().walk([&](const memory::Members::Member& member) {
      if (member.user_id() == frame_.recipient.user_id) return true;
      const auto membership = member.membership();
      if (membership == "join" || membership == "invite") {
        here.push_back(member.event());
      } else if (gone.size() < kMostHeroes && (membership == "leave" || membership == "ban")) {
        gone.push_back(member.event());
      }
      return here.size() < kMostHeroes;
    });
    return here.empty() ? gone : here;
  }

  static void append_heroes(std::string& out, const std::vector<memory::StoredEventPtr>& heroes) {
    matrix::append_key(out, "heroes");
    out += '[';
    for (const auto& hero : heroes) {
      matrix::append_separator(out);
      out += '{';
      append_member(out, "user_id", *hero->event->state_key);
      const auto name = text_of(hero, "displayname");
      const auto avatar = text_of(hero, "avatar_url");
      if (!name.empty()) append_member(out, "displayname", name);
      if (!avatar.empty()) append_member(out, "avatar_url", avatar);
      out += '}';
    }
    out += ']';
  }

  void append_state(std::string& out, sync::RoomView& view) {
    matrix::append_key(out, "required_state");
    out += '[';
    for (const auto& stored : state_) {
      matrix::append_separator(out);
      view.append_state(out, *stored, sync::EventFormat{});
    }
    out += ']';
  }

  void append_timeline(std::string& out, sync::RoomView& view, const sync::TimelinePart& timeline, bool expanded) {
    matrix::append_key(out, "timeline");
    out += '[';
    std::int64_t live = 0;
    for (const auto& stored : timeline.events) {
      matrix::append_separator(out);
      view.append(out, *stored, sync::EventFormat{});
      if (frame_.since != 0 && stored->pos > frame_.since) ++live;
    }
    out += ']';
    append_member(out, "prev_batch", page_token(timeline.start - 1));
    append_flag(out, "limited", timeline.limited);
    append_member(out, "num_live", live);
    if (expanded) append_flag(out, unstable() ? "unstable_expanded_timeline" : "expanded_timeline", true);
  }

  void append_bump_stamp(std::string& out) {
    const auto stamp = frame_.facts.bump_stamp(frame_.connection, *room_);
    if (!stamp) {
      outcome_.incomplete = true;
      return;
    }
    if (since_ == 0 || *stamp > since_) append_member(out, "bump_stamp", *stamp);
  }

  // An invite or a knock.

  void stripped(std::string& out) {
    const auto& listed = input_.listed;
    const bool direct_changed = listed.direct != outcome_.now.has(SentRoom::kDirect);
    const bool initial = is_new_part() || listed.member_pos > since_;
    if (!initial && !direct_changed) return;
    outcome_.shown = true;
    outcome_.initial = initial;
    if (direct_changed) append_flag(out, "is_dm", listed.direct);
    if (initial) {
      append_flag(out, "initial", true);
      const auto events = sync::stripped_state(*room_, frame_.recipient.user_id);
      const auto find = [&](std::string_view type) {
        const auto found =
            std::ranges::find(events, type, [](const memory::StoredEventPtr& e) { return e->event->type; });
        return found == events.end() ? memory::StoredEventPtr() : *found;
      };
      const auto name = text_of(find(kName), "name");
      const auto avatar = text_of(find(kAvatar), "url");
      if (!name.empty()) append_member(out, "name", name);
      if (!avatar.empty()) append_member(out, "avatar", avatar);
      if (name.empty()) append_heroes(out, inviters(events));
      // matrix-rust-sdk reads knocks there, too, and tells them by the member event.
      matrix::append_key(out, unstable() ? "invite_state" : "stripped_state");
      out += '[';
      for (const auto& stored : events) {
        matrix::append_separator(out);
        sync::append_stripped_event(out, *stored->event);
      }
      out += ']';
      {
        const base::ReadLock lock(room_->mutex());
        append_member(out, "joined_count", static_cast<std::int64_t>(room_->joined_count()));
        append_member(out, "invited_count", static_cast<std::int64_t>(room_->invited_count()));
      }
      append_member(out, "bump_stamp", listed.member_pos);
    }
    remember({}, {}, true);
  }

  std::vector<memory::StoredEventPtr> inviters(const std::vector<memory::StoredEventPtr>& events) const {
    std::vector<memory::StoredEventPtr> found;
    for (const auto& stored : events) {
      if (stored->event->type == sync::kMember && *stored->event->state_key != frame_.recipient.user_id)
        found.push_back(stored);
    }
    return found;
  }

  // A room that the user left, or was removed or banned from.

  void gone(std::string& out) {
    const auto& listed = input_.listed;
    if (!is_new_part() && listed.member_pos <= since_) return;
    const bool initial = !input_.before;
    const bool was_in = !listed.forgotten && (initial || input_.before->part == RoomPart::joined);
    const auto after = was_in ? since_ : listed.member_pos - 1;
    sync::RoomView view(room_, frame_.recipient, frame_.connection, after, listed.member_pos);
    const auto timeline =
        sync::pick_timeline(view, after, sync::EventFilter{}, std::max<std::size_t>(input_.timeline_limit, 1));
    if (const auto own = view.state_at(sync::kMember, frame_.recipient.user_id, listed.member_pos))
      state_.push_back(own);
    if (initial) {
      if (const auto ceased = view.left_at(listed.member_pos)) {
        const auto name = view.state_at(kName, "", *ceased);
        if (!text_of(name, "name").empty()) append_member(out, "name", text_of(name, "name"));
        const auto avatar = view.state_at(kAvatar, "", *ceased);
        if (!text_of(avatar, "url").empty()) append_member(out, "avatar", text_of(avatar, "url"));
      }
      append_flag(out, "initial", true);
      outcome_.initial = true;
    }
    outcome_.shown = true;
    append_state(out, view);
    append_timeline(out, view, timeline, false);
    append_member(out, "bump_stamp", listed.member_pos);
    if (unstable() && !initial) {
      append_member(out, "notification_count", std::int64_t{0});
      append_member(out, "highlight_count", std::int64_t{0});
    }
    outcome_.incomplete |= view.incomplete();
    remember({}, timeline, true);
  }

  void append_lists(std::string& out) const {
    static constexpr std::string_view kWords[] = {"join", "invite", "knock", "leave"};
    auto word = kWords[static_cast<std::size_t>(input_.listed.part)];
    if (input_.listed.part == RoomPart::gone) {
      const base::ReadLock lock(room_->mutex());
      if (room_->membership(frame_.recipient.user_id) == "ban") word = "ban";
    }
    append_member(out, "membership", word);
    matrix::append_key(out, "lists");
    out += '[';
    for (const auto name : input_.lists) {
      matrix::append_separator(out);
      matrix::append_json_string(out, name);
    }
    out += ']';
  }

  const SlidingFrame& frame_;
  const SlidingRoomInput& input_;
  const memory::RoomPtr& room_;
  StreamPos since_ = 0;
  SlidingRoomOutcome outcome_;
  std::map<std::pair<std::string, std::string>, memory::StoredEventPtr> changes_;
  bool members_changed_ = false;
  bool named_ = false;  ///< its name or avatar changed
  std::set<StreamPos> seen_;
  std::vector<memory::StoredEventPtr> state_;
};

}  // namespace

SlidingRoomOutcome append_sliding_room(std::string& out, const SlidingFrame& frame, const SlidingRoomInput& input) {
  return Part(frame, input).make(out);
}

}  // namespace troupe::homeserver::sliding
