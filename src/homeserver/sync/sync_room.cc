#include "homeserver/sync/sync_room.h"

#include <algorithm>

#include "base/mutex.h"
#include "homeserver/account_data/account_data_store.h"
#include "homeserver/common/sync_token.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::sync {
namespace {

constexpr std::size_t kMaxHeroes = 5;
constexpr std::size_t kUsualMember = 300;  ///< bytes of a member's event as clients see it

/// The part of one room while it is being made.
class RoomPart {
 public:
  RoomPart(std::string& out, const SyncFrame& frame, const SyncRoomInput& input, StreamPos since, StreamPos upto,
           bool whole_state)
      : out_(out),
        frame_(frame),
        input_(input),
        since_(since),
        view_(input.room, frame.recipient, frame.connection, since, upto,
              whole_state ? RoomView::Take::but_members : RoomView::Take::entries),
        whole_state_(whole_state) {
    format_.federation = frame.filter.federation_format;
    if (frame.filter.event_fields) format_.only = &*frame.filter.event_fields;
  }

  RoomView& view() { return view_; }

  void pick() {
    const auto& filter = frame_.filter.room.timeline;
    const auto limit = std::min(filter.limit.value_or(kDefaultTimeline), kMaxTimeline);
    if (filter.matches_room(input_.room->id())) {
      timeline_ = pick_timeline(view_, since_, filter, limit);
    } else {
      timeline_.start = view_.upto() + 1;
    }
  }

  /// What lies between the token and the first event is not in the timeline, unless that is the room's first.
  void begin_after_gap() {
    const auto& events = timeline_.events;
    timeline_.limited |= !events.empty() && events.front()->event->type != "m.room.create";
  }

  /// State that changed after since_, by key: the newest value, and the newest before the timeline.
  void find_changes() { find_changes(view_.upto()); }

  /// The same, and all state that is shown, up to a position only: what the user who left may know.
  void find_changes(StreamPos upto) {
    state_upto_ = upto;
    const auto remember = [this](const memory::StoredEventPtr& stored) {
      const auto& event = *stored->event;
      auto& change = changes_[{event.type, *event.state_key}];
      change.last = stored;
      if (stored->pos < timeline_.start) {
        change.before_timeline = stored;
      } else if (!change.first_after) {
        change.first_after = stored;
      }
      members_changed_ |= event.type == kMember;
    };
    if (view_.tail_complete_after() <= since_) {
      for (const auto& stored : view_.tail()) {
        if (stored->pos > since_ && stored->pos <= upto && stored->event->is_state()) remember(stored);
      }
    } else if (!view_.need_sql()) {
      stored_changes_ = memory::event_store::state_changes(*frame_.connection, input_.room->num(), since_, upto);
      for (const auto& stored : stored_changes_) remember(stored);
    }
  }

  /// Who left and came back unseen has the members as they were before: lazily loaded ones are told when they changed.
  void find_changed_members() {
    const auto room = input_.room->num();
    if (lazy() && !view_.need_sql())
      stored_changes_ = memory::event_store::state_changes(*frame_.connection, room, frame_.since, view_.upto());
  }

  void collect_state() {
    if (!frame_.filter.room.state.matches_room(input_.room->id())) return;
    if (whole_state_) {
      collect_whole_state();
    } else {
      for (const auto& [key, change] : changes_) collect(after_timeline() ? change.last : before_timeline(change));
      if (lazy()) collect_lazy_members();
    }
  }

  bool lazy() const {
    return frame_.filter.room.state.lazy_load_members || frame_.filter.room.timeline.lazy_load_members;
  }
  bool members_changed() const { return members_changed_; }
  const TimelinePart& timeline() const { return timeline_; }
  bool has_state() const { return !state_.empty() || members_.size() > 1; }

  void append_timeline() {
    out_ += "\"timeline\":{\"events\":[";
    for (const auto& stored : timeline_.events) {
      matrix::append_separator(out_);
      view_.append(out_, *stored, format_);
    }
    out_ += timeline_.limited ? "],\"limited\":true,\"prev_batch\":\"" : "],\"limited\":false,\"prev_batch\":\"";
    out_ += page_token(timeline_.start - 1);
    out_ += "\"}";
  }

  void append_state() {
    out_ += ",\"";
    out_ += frame_.state_after_key.empty() ? std::string_view("state") : frame_.state_after_key;
    out_ += "\":{\"events\":[";
    // By type, as all state lies in memory.
    const auto after = std::ranges::find_if(state_, [](const auto& stored) { return stored->event->type > kMember; });
    for (auto stored = state_.begin(); stored != after; ++stored) append_state(**stored);
    if (members_.size() > 1) {
      matrix::append_separator(out_);
      out_.append(members_, 1);
    }
    for (auto stored = after; stored != state_.end(); ++stored) append_state(**stored);
    out_ += "]}";
  }

  void append_state(const memory::StoredEvent& stored) {
    matrix::append_separator(out_);
    view_.append_state(out_, stored, format_);
  }

  /// Appends the room's account data; says whether there was any.
  bool append_account_data() {
    out_ += ",\"account_data\":{\"events\":[";
    bool any = false;
    const auto& filter = frame_.filter.room.account_data;
    const auto append = [&](const account_data::account_data_store::AccountDataRow& row) {
      if (!filter.matches_type(row.type) || !filter.matches_room(input_.room->id())) return;
      matrix::append_separator(out_);
      out_ += "{\"type\":";
      matrix::append_json_string(out_, row.type);
      out_ += ",\"content\":";
      out_ += row.content;
      out_ += '}';
      any = true;
    };
    if (since_ == 0 && frame_.since != 0 && !view_.need_sql()) {  // newly joined: all there is of the room
      for (const auto& row : account_data::account_data_store::account_data_of_room(
               *frame_.connection, frame_.recipient.user_id, input_.room->num())) {
        append(row);
      }
    } else if (input_.account_data) {
      for (const auto& row : *input_.account_data) append(row);
    }
    out_ += "]}";
    return any;
  }

  /// Appends typing and receipts; says whether there were any. `own_receipt`: the user has read more.
  bool append_ephemeral(bool& own_receipt, SyncRoomOutcome& outcome) {
    const auto& filter = frame_.filter.room.ephemeral;
    const bool wanted = filter.matches_room(input_.room->id());
    std::string receipts;
    if (!frame_.services.receipts.append_since(receipts, frame_.connection, input_.room, frame_.recipient.user_id,
                                               since_, view_.upto(), own_receipt)) {
      view_.need_sql();
    }
    std::optional<std::vector<std::string>> typing;
    const bool look = frame_.ephemeral_news || frame_.typing_anew || since_ == 0;
    if (look && wanted && filter.matches_type("m.typing")) {
      typing =
          frame_.services.typing.changed_since(input_.room->num(), since_ == 0 ? std::nullopt : frame_.typing_since);
      if (!typing && frame_.typing_anew) typing.emplace();
    }
    out_ += ",\"ephemeral\":{\"events\":[";
    bool any = false;
    if (typing) {
      any = true;
      outcome.typing = !typing->empty();
      out_ += "{\"type\":\"m.typing\",\"content\":{\"user_ids\":[";
      for (const auto& user : *typing) {
        matrix::append_separator(out_);
        matrix::append_json_string(out_, user);
      }
      out_ += "]}}";
    }
    if (!receipts.empty() && wanted && filter.matches_type("m.receipt")) {
      any = true;
      matrix::append_separator(out_);
      out_ += "{\"type\":\"m.receipt\",\"content\":{";
      out_ += receipts;
      out_ += "}}";
    }
    out_ += "]}";
    return any;
  }

  void append_unread() {
    const auto counts =
        frame_.services.unread.count(frame_.connection, input_.room, frame_.recipient.user_id, input_.member_pos,
                                     view_.upto(), [this] { return view_.joined_at(); });
    if (!counts) {
      view_.need_sql();
      return;
    }
    const auto append = [this](const UnreadCount& count) {
      out_ += "{\"notification_count\":";
      matrix::append_number(out_, count.notifications);
      out_ += ",\"highlight_count\":";
      matrix::append_number(out_, count.highlights);
      out_ += '}';
    };
    out_ += ",\"unread_notifications\":";
    const bool by_thread = frame_.filter.room.timeline.unread_thread_notifications;
    append(by_thread ? counts->main : counts->total());
    if (!by_thread || counts->threads.empty()) return;
    out_ += ",\"unread_thread_notifications\":{";
    for (const auto& [root, count] : counts->threads) {
      matrix::append_separator(out_);
      matrix::append_json_string(out_, root);
      out_ += ':';
      append(count);
    }
    out_ += '}';
  }

  /// The people that a room without a name is named after: members first, then those who left. By user id: the choice
  /// is the same on every sync.
  void pick_heroes() {
    const base::ReadLock lock(input_.room->mutex());
    std::vector<std::string> gone;
    input_.room->members().walk([&](const memory::Members::Member& member) {
      const auto user = member.user_id();
      if (user == frame_.recipient.user_id) return true;
      const auto membership = member.membership();
      if (membership == "join" || membership == "invite") {
        heroes_.emplace_back(user);
      } else if (gone.size() < kMaxHeroes && (membership == "leave" || membership == "ban")) {
        gone.emplace_back(user);
      }
      return heroes_.size() < kMaxHeroes;
    });
    if (heroes_.empty()) heroes_ = std::move(gone);
  }

  void append_summary() {
    out_ += ",\"summary\":{\"m.heroes\":[";
    for (const auto& hero : heroes_) {
      matrix::append_separator(out_);
      matrix::append_json_string(out_, hero);
    }
    out_ += "],\"m.joined_member_count\":";
    matrix::append_number(out_, static_cast<std::int64_t>(view_.joined_count()));
    out_ += ",\"m.invited_member_count\":";
    matrix::append_number(out_, static_cast<std::int64_t>(view_.invited_count()));
    out_ += '}';
  }

  void report_all_members(SyncRoomOutcome& outcome) const {
    const base::ReadLock lock(input_.room->mutex());
    input_.room->members().walk([&](const memory::Members::Member& member) {
      const auto user = member.user_id();
      if (user != frame_.recipient.user_id && member.membership() == "join") outcome.joined.emplace_back(user);
      return true;
    });
  }

  void report_members(SyncRoomOutcome& outcome) {
    for (const auto& [key, change] : changes_) {
      if (key.first != kMember || key.second == frame_.recipient.user_id) continue;
      const auto membership = membership_in(*change.last);
      if (membership == "join") {
        outcome.joined.emplace_back(key.second);
      } else if (membership == "leave" || membership == "ban") {
        outcome.left.emplace_back(key.second);
      }
    }
  }

 private:
  struct Change {
    memory::StoredEventPtr last;
    memory::StoredEventPtr before_timeline;
    memory::StoredEventPtr first_after;  ///< the first one that is not before the timeline
  };

  bool after_timeline() const { return !frame_.state_after_key.empty(); }

  /// What `state` shows of a changed entry: its value where the timeline starts, or the newest one when the filter
  /// keeps that out of the timeline, because the client would never hear of it.
  memory::StoredEventPtr before_timeline(const Change& change) {
    if (!timeline_.shows(change.last->pos)) return change.last;
    const auto& before = change.before_timeline;
    return before && view_.knows_replaced(*change.first_after, *before) ? before : nullptr;
  }

  /// The same for an entry of the whole state, given its value at the end.
  memory::StoredEventPtr before_timeline(memory::StoredEventPtr value) {
    if (!timeline_.shows(value->pos)) return value;
    memory::StoredEventPtr next;
    while (value && value->pos >= timeline_.start) {
      next = std::move(value);
      value = next->replaces ? view_.event_at(*next->replaces) : nullptr;
    }
    return value && view_.knows_replaced(*next, *value) ? value : nullptr;
  }

  void collect(const memory::StoredEventPtr& stored) {
    if (!stored || !frame_.filter.room.state.matches(*stored->event)) return;
    state_.push_back(stored);
  }

  /// Users whose member events go along with a lazily loaded timeline.
  std::set<std::string_view> lazy_members() const {
    std::set<std::string_view> users;
    for (const auto& stored : timeline_.events) users.insert(stored->event->sender);
    if (whole_state_) users.insert(frame_.recipient.user_id);
    for (const auto& stored : stored_changes_)
      if (stored->event->type == kMember) users.insert(*stored->event->state_key);
    users.insert(heroes_.begin(), heroes_.end());
    return users;
  }

  void collect_whole_state() {
    const auto take = [this](const memory::StoredEventPtr& newest) {
      auto value = view_.value_at(newest, view_.upto());
      if (value && !after_timeline()) value = before_timeline(std::move(value));
      collect(value);
    };
    const auto& others = view_.state();
    const auto after = std::ranges::find_if(others, [](const auto& stored) { return stored->event->type > kMember; });
    std::for_each(others.begin(), after, take);
    // Whose event the timeline may show is looked at closely.
    const auto upto = after_timeline() ? view_.upto() : std::min(view_.upto(), timeline_.start - 1);
    const auto users = lazy() ? lazy_members() : std::set<std::string_view>();
    if (!lazy()) members_.reserve(view_.joined_count() * kUsualMember);
    for (const auto& newest : append_members(upto, lazy() ? &users : nullptr)) take(newest);
    std::for_each(after, others.end(), take);
  }

  void collect_lazy_members() {
    auto users = lazy_members();
    std::erase_if(users, [this](std::string_view user) {  // those are in `state` or in the timeline
      return changes_.contains({std::string(kMember), std::string(user)});
    });
    for (const auto& newest : append_members(state_upto_, &users))
      collect(view_.state_at(kMember, *newest->event->state_key, state_upto_));
  }

  /// RoomView::append_members as the filter says; a filter by content has a look at each.
  std::vector<memory::StoredEventPtr> append_members(StreamPos upto, const std::set<std::string_view>* only) {
    const auto& filter = frame_.filter.room.state;
    if (!filter.matches_type(kMember)) return {};
    return view_.append_members(
        members_, filter.contains_url ? StreamPos{0} : upto, format_,
        [&filter](std::string_view, std::string_view sender, std::string_view) {
          return filter.matches_sender(sender);
        },
        only);
  }

  std::string& out_;
  const SyncFrame& frame_;
  const SyncRoomInput& input_;
  StreamPos since_;
  RoomView view_;
  bool whole_state_;
  EventFormat format_;
  TimelinePart timeline_;
  std::map<std::pair<std::string, std::string>, Change> changes_;
  std::vector<memory::StoredEventPtr> stored_changes_;
  bool members_changed_ = false;
  StreamPos state_upto_ = 0;
  std::vector<memory::StoredEventPtr> state_;
  std::string members_ = "[";  ///< events of members, as they are appended
  std::vector<std::string> heroes_;
};

SyncRoomOutcome incomplete() {
  SyncRoomOutcome outcome;
  outcome.incomplete = true;
  return outcome;
}

void open_room(std::string& out, const memory::Room& room) {
  matrix::append_separator(out);
  matrix::append_json_string(out, room.id());
  out += ":{";
}

/// Whom the user shared the room with when they ceased to be a member.
void report_company(SyncRoomOutcome& outcome, const SyncFrame& frame, const SyncRoomInput& input, StreamPos ceased) {
  RoomView then(input.room, frame.recipient, frame.connection, frame.since, ceased);
  const auto add = [&](std::string_view user, std::string_view membership) {
    if (user != frame.recipient.user_id && membership == "join") outcome.left.emplace_back(user);
  };
  const auto others = then.members_at(
      ceased, [&](const memory::Members::Member& member) { add(member.user_id(), member.membership()); });
  for (const auto& newest : others)
    if (const auto value = then.value_at(newest, ceased)) add(*value->event->state_key, membership_in(*value));
  outcome.incomplete |= then.incomplete();
}

}  // namespace

SyncRoomOutcome append_joined_room(std::string& out, const SyncFrame& frame, const SyncRoomInput& input) {
  SyncRoomOutcome outcome;
  auto since = frame.since;
  bool returned = false;
  if (since != 0 && input.member_pos > since) {
    RoomView now(input.room, frame.recipient, frame.connection, since, frame.upto);
    const bool joined = now.membership_at(frame.upto) == "join";
    outcome.newly_joined = joined && !now.joined_throughout(since);
    returned = outcome.newly_joined && now.membership_at(since) == "join";
    if (now.incomplete()) return incomplete();
    if (!joined) return outcome;  // joined after `upto`: next time
    if (outcome.newly_joined) since = 0;
  } else if (since == 0 && input.member_pos > frame.upto) {
    RoomView now(input.room, frame.recipient, frame.connection, frame.upto, frame.upto);
    const bool joined = now.membership_at(frame.upto) == "join";
    if (now.incomplete()) return incomplete();
    if (!joined) return outcome;
  }

  const auto rollback = out.size();
  const bool initial = since == 0;
  RoomPart part(out, frame, input, since, frame.upto, initial || frame.full_state);
  part.pick();
  if (outcome.newly_joined) {
    part.begin_after_gap();
    if (returned) part.find_changed_members();
    part.report_all_members(outcome);
  } else if (!initial) {
    part.find_changes();
    part.report_members(outcome);
  }
  const bool summary = initial || part.members_changed();
  if (summary) part.pick_heroes();
  part.collect_state();

  open_room(out, *input.room);
  part.append_timeline();
  part.append_state();
  bool own_receipt = false;
  const bool account_data = part.append_account_data();
  const bool ephemeral = part.append_ephemeral(own_receipt, outcome);
  if (summary) part.append_summary();
  outcome.shown = initial || frame.full_state || account_data || ephemeral || own_receipt || summary ||
                  !part.timeline().events.empty() || part.timeline().limited || part.has_state();
  if (outcome.shown && !part.view().incomplete()) part.append_unread();
  out += '}';
  outcome.incomplete = part.view().incomplete();
  if (!outcome.shown) out.resize(rollback);
  return outcome;
}

SyncRoomOutcome append_left_room(std::string& out, const SyncFrame& frame, const SyncRoomInput& input) {
  SyncRoomOutcome outcome;
  if (input.member_pos > frame.upto) return outcome;
  RoomView own(input.room, frame.recipient, frame.connection, frame.since, input.member_pos);
  const auto was = own.membership_at(frame.since);
  const auto last = own.membership_at(input.member_pos - 1);
  const bool already_out = (last == "leave" || last == "ban") && own.membership_at(input.member_pos) == "leave";
  // Who forgot the room hears that they left, and nothing of what was said or done there.
  const auto ceased = input.forgotten ? std::nullopt : own.left_at(input.member_pos);
  if (own.incomplete()) return incomplete();
  const bool first = frame.since == 0;
  if (!first && already_out && was != "join" && was != "invite" && was != "knock") return outcome;

  // What happened until they ceased to be a member is theirs to see. Of a room that they were not in since the last
  // sync, only their own member event is.
  const auto since = ceased && (first || was == "join") ? frame.since : input.member_pos - 1;
  RoomPart part(out, frame, input, since, input.member_pos, false);
  part.pick();
  if (ceased) {
    part.find_changes(*ceased);
    part.report_members(outcome);
    part.collect_state();
  }
  open_room(out, *input.room);
  part.append_timeline();
  part.append_state();
  out += ",\"account_data\":{\"events\":[]}}";
  if (!first && ceased && *ceased > frame.since) report_company(outcome, frame, input, *ceased);
  outcome.shown = true;
  outcome.incomplete |= part.view().incomplete();
  return outcome;
}

void append_gone_room(std::string& out, std::string_view room_id, StreamPos since) {
  matrix::append_separator(out);
  matrix::append_json_string(out, room_id);
  out += R"(:{"timeline":{"events":[],"limited":false,"prev_batch":")";
  out += page_token(since);
  out += R"("},"state":{"events":[]},"account_data":{"events":[]}})";
}

}  // namespace troupe::homeserver::sync
