#include "homeserver/sync/visibility.h"

#include <algorithm>

#include "base/mutex.h"
#include "homeserver/sync/bundles.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::sync {
namespace {

constexpr std::string_view kVisibility = "m.room.history_visibility";
constexpr std::string_view kMembershipKey = "membership";
constexpr std::string_view kVisibilityKey = "history_visibility";

memory::StoredEventPtr find_by_pos(const std::vector<memory::StoredEventPtr>& events, StreamPos pos) {
  const auto found = std::ranges::lower_bound(events, pos, {}, [](const memory::StoredEventPtr& e) { return e->pos; });
  return found != events.end() && (*found)->pos == pos ? *found : nullptr;
}

/// How much a visibility shows; for comparing two of them.
constexpr int kJoined = 0;
constexpr int kInvited = 1;
constexpr int kShared = 2;
constexpr int kWorldReadable = 3;
int openness(std::string_view visibility) {
  if (visibility == "world_readable") return kWorldReadable;
  if (visibility == "invited") return kInvited;
  if (visibility == "joined") return kJoined;
  return kShared;  // whatever is absent or unknown, too
}

}  // namespace

std::string_view membership_in(const memory::StoredEvent& stored) {
  return matrix::find_string(stored.event->content, "membership").value_or("");
}

RoomView::RoomView(memory::RoomPtr room, const Recipient& recipient, store::Connection* connection, StreamPos after,
                   StreamPos upto, Take state)
    : room_(std::move(room)), recipient_(recipient), connection_(connection), upto_(upto) {
  take(after, state);
  if (state != Take::whole) return;
  walk_members([this](const memory::Members::Member& member) { state_.push_back(member.event()); });
}

void RoomView::take(StreamPos after, Take state) {
  const auto upto = upto_;
  const base::ReadLock lock(room_->mutex());
  const auto& tail = room_->tail();
  tail_complete_after_ = room_->tail_complete_after();
  auto first = tail.end();
  while (first != tail.begin() && (*std::prev(first))->pos > after) --first;
  tail_.reserve(static_cast<std::size_t>(tail.end() - first));
  for (auto it = first; it != tail.end() && (*it)->pos <= upto; ++it) {
    tail_.push_back(*it);
    const auto before = (*it)->replaces;
    if (!before || *before > after) continue;
    const auto found = std::lower_bound(tail.begin(), first, *before,
                                        [](const memory::StoredEventPtr& e, StreamPos pos) { return e->pos < pos; });
    if (found != first && (*found)->pos == *before) replaced_.push_back(*found);
  }
  tail_complete_after_ = std::max(tail_complete_after_, after);
  std::ranges::sort(replaced_, {}, [](const memory::StoredEventPtr& e) { return e->pos; });
  if (state != Take::entries) {
    for (const auto& [type, entries] : room_->other_state()) {
      for (const auto& [key, stored] : entries) state_.push_back(stored);
    }
  }
  joined_count_ = room_->joined_count();
  invited_count_ = room_->invited_count();
  start_membership(*room_);
  start_history(visibility_, room_->state_event(kVisibility, ""), kVisibilityKey);
}

// In pieces: the room's lock is what whoever writes waits for. Who came in between two of them is newer than upto().
void RoomView::walk_members(const std::function<void(const memory::Members::Member&)>& take) const {
  constexpr std::size_t kPiece = 512;
  std::string last;
  for (bool more = true; more;) {
    more = false;
    std::size_t taken = 0;
    const base::ReadLock lock(room_->mutex());
    room_->members().walk(
        [&](const memory::Members::Member& member) {
          take(member);
          if (++taken < kPiece) return true;
          last = member.user_id();
          more = true;
          return false;
        },
        last);
  }
}

std::vector<memory::StoredEventPtr> RoomView::members_at(
    StreamPos upto, const std::function<void(const memory::Members::Member&)>& take) const {
  std::vector<memory::StoredEventPtr> others;
  walk_members([&](const memory::Members::Member& member) {
    if (member.pos() > upto)
      others.push_back(member.event());
    else
      take(member);
  });
  return others;
}

std::vector<memory::StoredEventPtr> RoomView::append_members(std::string& out, StreamPos upto,
                                                             const EventFormat& format, const MemberFilter& wanted,
                                                             const std::set<std::string_view>* only) {
  std::vector<memory::StoredEventPtr> others;
  const bool plain = !format.federation && !format.only;
  const auto add = [&](const memory::Members::Member& member) {
    if (!plain || !member.is_plain() || member.pos() > upto) {
      others.push_back(member.event());
    } else if (wanted(member.user_id(), member.sender(), member.membership())) {
      matrix::append_separator(out);
      append_member(out, member, recipient_, format.room_id);
    }
  };
  if (!only) {
    walk_members(add);
    return others;
  }
  const base::ReadLock lock(room_->mutex());
  for (const auto user : *only)
    if (const auto member = room_->members().find(user)) add(*member);
  return others;
}

memory::StoredEventPtr RoomView::event_at(StreamPos pos) {
  if (auto found = find_by_pos(tail_, pos)) return found;
  if (auto found = find_by_pos(replaced_, pos)) return found;
  if (!connection_) {
    incomplete_ = true;
    return nullptr;
  }
  return memory::event_store::load_event(*connection_, pos);
}

memory::StoredEventPtr RoomView::value_at(memory::StoredEventPtr newest, StreamPos at) {
  auto value = std::move(newest);
  while (value && value->pos > at) value = value->replaces ? event_at(*value->replaces) : nullptr;
  return value;
}

memory::StoredEventPtr RoomView::state_at(std::string_view type, std::string_view state_key, StreamPos at) {
  memory::StoredEventPtr newest;
  {
    const base::ReadLock lock(room_->mutex());
    newest = room_->state_event(type, state_key);
  }
  if (!newest || newest->pos <= at) return newest;
  if (connection_) return memory::event_store::state_entry_at(*connection_, room_->num(), at, type, state_key);
  return value_at(std::move(newest), at);
}

std::vector<memory::StoredEventPtr> RoomView::state_at(StreamPos at, std::string_view type) {
  std::vector<memory::StoredEventPtr> found;
  found.reserve(state_.size());
  for (const auto& newest : state_) {
    if (!type.empty() && newest->event->type != type) continue;
    if (auto value = value_at(newest, at)) found.push_back(std::move(value));
  }
  return found;
}

void RoomView::start_membership(const memory::Room& room) {
  const auto member = room.members().find(recipient_.user_id);
  if (!member) return;
  membership_.changes.push_back({member->pos(), std::string(member->membership()), member->replaces()});
  membership_.whole = !member->replaces();
}

void RoomView::start_history(History& history, const memory::StoredEventPtr& newest, std::string_view content_key) {
  if (!newest) return;
  history.changes.push_back({newest->pos,
                             std::string(matrix::find_string(newest->event->content, content_key).value_or("")),
                             newest->replaces});
  history.whole = !newest->replaces;
}

void RoomView::extend_history(History& history, StreamPos down_to, std::string_view content_key) {
  while (!history.whole && history.changes.back().pos > down_to) {
    const auto before = event_at(*history.changes.back().replaces);
    if (!before) {  // not in memory, or damaged data: there is nothing older to be had
      history.whole = true;
      return;
    }
    start_history(history, before, content_key);
  }
}

std::string_view RoomView::value_in(History& history, StreamPos pos, std::string_view content_key) {
  extend_history(history, pos, content_key);
  for (const auto& change : history.changes) {
    if (change.pos <= pos) return change.value;
  }
  return {};
}

std::string_view RoomView::membership_at(StreamPos pos) {
  const auto membership = value_in(membership_, std::min(pos, upto_), kMembershipKey);
  return membership.empty() ? "leave" : membership;
}

bool RoomView::joined_throughout(StreamPos since) {
  extend_history(membership_, since, kMembershipKey);
  for (const auto& change : membership_.changes) {
    if (change.pos > upto_) continue;
    if (change.value != "join") return false;
    if (change.pos <= since) return true;
  }
  return false;
}

StreamPos RoomView::joined_at() {
  StreamPos joined = 0;
  for (std::size_t i = 0; i < membership_.changes.size(); ++i) {
    const auto change = membership_.changes[i];
    if (change.pos <= upto_) {
      if (change.value != "join") break;
      joined = change.pos;
    }
    if (i + 1 == membership_.changes.size()) extend_history(membership_, change.pos - 1, kMembershipKey);
  }
  return joined;
}

bool RoomView::visible_as(int shown, StreamPos pos) {
  if (recipient_.sees_all || shown == kWorldReadable) return true;
  if (shown == kShared) {
    // Shared: whoever was a member then, or became one later. A later join is cheaper to see than the one at the event.
    for (const auto& change : membership_.changes) {
      if (change.pos <= upto_ && change.value == "join") return true;
      if (change.pos <= pos) return false;
    }
    extend_history(membership_, pos, kMembershipKey);
    return std::ranges::any_of(membership_.changes,
                               [&](const Change& change) { return change.pos <= upto_ && change.value == "join"; });
  }
  const auto membership = membership_at(pos);
  return membership == "join" || (shown == kInvited && membership == "invite");
}

bool RoomView::visible_at(StreamPos pos) {
  return visible_as(openness(value_in(visibility_, pos, kVisibilityKey)), pos);
}

bool RoomView::visible(const memory::StoredEvent& stored) {
  const auto& event = *stored.event;
  if (event.type == kMember && event.state_key == recipient_.user_id) return true;
  auto shown = openness(value_in(visibility_, stored.pos, kVisibilityKey));
  // The event that changes the visibility is seen by whoever may see either side of it.
  if (event.type == kVisibility && event.state_key == "") {
    shown = std::max(shown, openness(value_in(visibility_, stored.pos - 1, kVisibilityKey)));
  }
  return visible_as(shown, stored.pos);
}

bool RoomView::ignored(const memory::StoredEvent& stored) const {
  return recipient_.settings && !stored.event->is_state() && recipient_.settings->ignores(stored.event->sender);
}

std::pair<int, int> RoomView::openness_after(StreamPos pos) {
  const auto at_begin = openness(value_in(visibility_, pos, kVisibilityKey));
  std::pair found{at_begin, at_begin};
  for (const auto& change : visibility_.changes) {
    if (change.pos > upto_) continue;
    if (change.pos <= pos) break;
    const auto shown = openness(change.value);
    found = {std::max(found.first, shown), std::min(found.second, shown)};
  }
  return found;
}

std::optional<StreamPos> RoomView::left_at(StreamPos at) {
  extend_history(membership_, 0, kMembershipKey);
  auto ceased = at;
  for (const auto& change : membership_.changes) {
    if (change.pos > std::min(at, upto_)) continue;
    if (change.value == "join") return ceased;
    ceased = change.pos;
  }
  return std::nullopt;
}

StreamPos RoomView::visible_upto() {
  if (recipient_.sees_all || membership_at(upto_) == "join") return upto_;
  const auto ceased = left_at(upto_).value_or(0);
  // Whatever was open after they left, to readers or to invited people, is looked at event by event.
  if (openness_after(ceased).first == kWorldReadable) return upto_;
  StreamPos own = 0;
  for (const auto& change : membership_.changes) {
    if (change.pos > upto_ || change.pos < ceased) continue;
    if (change.value == "invite") return upto_;
    own = std::max(own, change.pos);
  }
  return own;
}

bool RoomView::sees_all_after(StreamPos pos) {
  if (recipient_.sees_all) return true;
  if (membership_at(upto_) != "join") return false;
  return joined_throughout(pos) || openness_after(pos).second >= kShared;
}

std::vector<std::pair<StreamPos, StreamPos>> RoomView::visible_spans(StreamPos after) {
  if (after >= upto_) return {};
  if (sees_all_after(after)) return {{after, upto_}};
  extend_history(membership_, after, kMembershipKey);
  extend_history(visibility_, after, kVisibilityKey);
  // Between two changes of either, all is visible or nothing.
  std::vector<StreamPos> starts{after + 1};
  for (const auto* history : {&membership_, &visibility_}) {
    for (const auto& change : history->changes) {
      if (change.pos > after && change.pos <= upto_) starts.push_back(change.pos);
    }
  }
  std::ranges::sort(starts);
  starts.erase(std::ranges::unique(starts).begin(), starts.end());
  std::vector<std::pair<StreamPos, StreamPos>> spans;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    if (!visible_at(starts[i])) continue;
    const auto end = i + 1 < starts.size() ? starts[i + 1] - 1 : upto_;
    if (!spans.empty() && spans.back().second == starts[i] - 1)
      spans.back().second = end;
    else
      spans.emplace_back(starts[i] - 1, end);
  }
  return spans;
}

std::optional<StreamPos> RoomView::readable_state(StreamPos at) {
  at = std::min(at, upto_);
  if (recipient_.sees_all) return at;
  const auto shown = openness(value_in(visibility_, at, kVisibilityKey));
  if (membership_at(at) == "join" || (shown >= kShared && visible_as(shown, at))) return at;
  return left_at(at);
}

bool RoomView::knows_replaced(const memory::StoredEvent& stored, const memory::StoredEvent& replaced) {
  return visible(replaced) || readable_state(stored.pos - 1).value_or(0) >= replaced.pos;
}

std::optional<StreamPos> RoomView::readable_state() {
  // Who forgot a room is a stranger to it, until somebody brings them in again.
  if (connection_ && membership_at(upto_) != "join" &&
      memory::event_store::is_forgotten(*connection_, recipient_.user_id, room_->num())) {
    membership_ = {};
  }
  return readable_state(upto_);
}

bool RoomView::may_read() { return readable_state().has_value(); }

memory::StoredEventPtr RoomView::with_pdu(const memory::StoredEvent& stored, const EventFormat& format) {
  if (!format.federation || !stored.event->pdu.empty() || need_sql()) return nullptr;
  return connection_ ? memory::event_store::load_event(*connection_, stored.pos) : nullptr;
}

void RoomView::append(std::string& out, const memory::StoredEvent& event, const EventFormat& format, bool bundles) {
  const auto loaded = with_pdu(event, format);
  const auto& stored = loaded ? *loaded : event;
  memory::StoredEventPtr replaced;
  memory::StoredEventPtr redaction;
  if (stored.replaces) replaced = event_at(*stored.replaces);
  // What stood there before is state from before the event: not of an invited person's to know.
  if (replaced && !knows_replaced(stored, *replaced)) replaced = nullptr;
  if (stored.redacted_by && *stored.redacted_by <= upto_) redaction = event_at(*stored.redacted_by);
  if (redaction && !visible(*redaction)) redaction = nullptr;  // who removed it, and why, was said after they left
  std::string relations;
  if (bundles && !stored.redacted_by && !stored.event->is_state())
    append_bundles(relations, *this, stored, {.room_id = format.room_id, .federation = format.federation});
  append_event(out, stored, recipient_, format,
               {.membership = membership_at(stored.pos),
                .replaced = replaced.get(),
                .redaction = redaction.get(),
                .relations = relations});
}

void RoomView::append_state(std::string& out, const memory::StoredEvent& stored, const EventFormat& format) {
  const auto loaded = with_pdu(stored, format);
  append_event(out, loaded ? *loaded : stored, recipient_, format, {});
}

}  // namespace troupe::homeserver::sync
