#include "homeserver/sync/unread.h"

#include <algorithm>
#include <ranges>

#include "homeserver/sync/history_store.h"
#include "homeserver/sync/push_outcome.h"

namespace troupe::homeserver::sync {
namespace {

/// Carries a state on, event by event, in ascending order.
class Counting {
 public:
  Counting(UnreadState& state, const std::string& user_id, const PushOutcomes& outcome)
      : state_(state), user_id_(user_id), outcome_(outcome) {}

  void add(const memory::StoredEvent& stored) {
    const auto thread = thread_of(stored);
    if (stored.event->sender == user_id_) {
      if (ended_by(stored.flags)) clear(thread);
      return;
    }
    if (stored.redacted_by) return;
    const auto result = outcome_.of(stored);
    if (result.notify) add(stored.pos, thread, result.highlight);
  }
  void add(StreamPos pos, std::string_view thread, bool highlight) {
    if (pos <= state_.joined_at || state_.floors.cover(pos, thread)) return;
    auto& counts = state_.counts;
    auto& count = thread.empty() ? counts.main : counts.threads[std::string(thread)];
    ++count.notifications;
    if (highlight) ++count.highlights;
  }
  /// Whether an own event ends what was unread. One that was redacted still says that its sender had read so far; of
  /// which thread it was is not known any more.
  static bool ended_by(std::uint32_t flags) {
    return (flags & memory::kNotifies) != 0 || ((flags & memory::kNotified) != 0 && (flags & memory::kInThread) == 0);
  }
  void clear(std::string_view thread) {
    auto& counts = state_.counts;
    if (thread.empty()) {
      counts.main = {};
    } else if (const auto found = counts.threads.find(thread); found != counts.threads.end()) {
      counts.threads.erase(found);
    }
  }

 private:
  UnreadState& state_;
  const std::string& user_id_;
  const PushOutcomes& outcome_;
};

}  // namespace

std::optional<UnreadCounts> Unread::count(store::Connection* connection, const memory::RoomPtr& room,
                                          const std::string& user_id, StreamPos member_pos, StreamPos upto,
                                          const std::function<StreamPos()>& joined_at) {
  auto floors = receipts_.floors(connection, room, user_id);
  if (!floors) return std::nullopt;
  auto settings = account_data_.settings(connection, user_id);
  if (!settings) return std::nullopt;

  auto state = states_.find(user_id, room->num(), settings);
  if (state && (state->floors != *floors || state->member_pos != member_pos)) state.reset();
  if (state) {
    const base::ReadLock lock(room->mutex());
    if (room->took_out(state->upto, std::max(state->joined_at, state->floors.everything))) state.reset();
  }
  if (state && state->upto >= upto) return std::move(state->counts);
  if (!state) {
    const auto since = joined_at();
    state = UnreadState{
        .floors = *std::move(floors), .member_pos = member_pos, .joined_at = since, .upto = 0, .counts = {}};
    state->upto = std::max(since, state->floors.everything);
  }
  std::vector<memory::StoredEventPtr> fresh;
  bool in_memory = false;
  {
    const base::ReadLock lock(room->mutex());
    in_memory = room->tail_complete_after() <= state->upto;
    for (auto it = room->tail().rbegin(); in_memory && it != room->tail().rend() && (*it)->pos > state->upto; ++it) {
      if ((*it)->pos <= upto) fresh.push_back(*it);
    }
  }
  if (!in_memory && !connection) return std::nullopt;
  const PushOutcomes outcome(room, user_id, settings);
  Counting counting(*state, user_id, outcome);
  if (in_memory) {
    for (const auto& stored : std::views::reverse(fresh)) counting.add(*stored);
  } else if (outcome.hears_quiet_events()) {
    for (const auto& stored :
         memory::event_store::timeline(*connection, room->num(), state->upto, upto, kMaxCounted, true))
      counting.add(*stored);
  } else {
    auto rows = history_store::unread_rows(*connection, room->num(), state->upto, upto, outcome.user(), kMaxCounted);
    for (const auto& row : std::views::reverse(rows)) {
      if (outcome.looks_closer() || row.names_user || (row.flags & memory::kInThread) != 0) {
        if (const auto stored = memory::event_store::load_event(*connection, row.pos)) counting.add(*stored);
      } else if (row.own) {
        if (Counting::ended_by(row.flags)) counting.clear({});
      } else if ((row.flags & memory::kNotifies) != 0) {  // or it may name somebody, and does not name them
        counting.add(row.pos, {}, (row.flags & memory::kHighlightsRoom) != 0);
      }
    }
  }
  state->upto = std::max(state->upto, upto);
  auto counts = state->counts;
  states_.put(user_id, room->num(), settings, *std::move(state));
  return counts;
}

}  // namespace troupe::homeserver::sync
