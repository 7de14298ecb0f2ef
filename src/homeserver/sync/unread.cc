#include "homeserver/sync/unread.h"

#include <algorithm>
#include <ranges>

#include "homeserver/sync/history_store.h"
#include "homeserver/sync/push_outcome.h"

namespace troupe::homeserver::sync {
namespace {

constexpr std::size_t kMaxEvaluated = 200;  ///< events read back one by one for a user with rules of their own

}  // namespace

UnreadCount UnreadCounts::total() const {
  UnreadCount sum = main;
  for (const auto& [root, count] : threads) {
    sum.notifications += count.notifications;
    sum.highlights += count.highlights;
  }
  return sum;
}

/// Counts at a position, and what they rest on. Immutable: a newer one takes its place.
struct Unread::Entry {
  ReadFloors floors;
  account_data::UserSettingsPtr settings;
  StreamPos member_pos = 0;
  StreamPos joined_at = 0;
  StreamPos upto = 0;
  UnreadCounts counts;

  /// Events must come in ascending order.
  void add(const memory::StoredEvent& stored, const std::string& user_id, const PushOutcomes& outcome) {
    const auto thread = thread_of(stored);
    if (stored.event->sender == user_id) {
      if ((stored.flags & memory::kNotifies) != 0) clear(thread);
      return;
    }
    if (stored.redacted_by) return;
    const auto result = outcome.of(stored);
    if (result.notify) add(stored.pos, thread, result.highlight);
  }
  void clear(std::string_view thread) {
    if (thread.empty()) {
      counts.main = {};
    } else if (const auto found = counts.threads.find(thread); found != counts.threads.end()) {
      counts.threads.erase(found);
    }
  }
  void add(StreamPos pos, std::string_view thread, bool highlight) {
    if (pos <= joined_at || floors.cover(pos, thread)) return;
    auto& count = thread.empty() ? counts.main : counts.threads[std::string(thread)];
    ++count.notifications;
    if (highlight) ++count.highlights;
  }
};

Unread::Shard& Unread::shard_of(const std::string& key) {
  return shards_[std::hash<std::string>{}(key) % shards_.size()];
}

std::optional<UnreadCounts> Unread::count(store::Connection* connection, const memory::RoomPtr& room,
                                          const std::string& user_id, StreamPos member_pos, StreamPos upto,
                                          const std::function<StreamPos()>& joined_at) {
  auto floors = receipts_.floors(connection, room, user_id);
  if (!floors) return std::nullopt;
  auto settings = account_data_.settings(connection, user_id);
  if (!settings) return std::nullopt;

  const std::string key = user_id + '\0' + std::to_string(room->num());
  auto& shard = shard_of(key);
  EntryPtr before;
  {
    const base::Lock lock(shard.mutex);
    if (const auto found = shard.entries.find(key); found != shard.entries.end()) before = found->second;
  }
  if (before && (before->floors != *floors || before->settings != settings || before->member_pos != member_pos)) {
    before = nullptr;
  }
  if (before && before->upto >= upto) return before->counts;

  auto entry = before ? std::make_shared<Entry>(*before) : std::make_shared<Entry>();
  if (!before) {
    entry->floors = *std::move(floors);
    entry->settings = settings;
    entry->member_pos = member_pos;
    entry->joined_at = joined_at();
    entry->upto = std::max(entry->joined_at, entry->floors.everything);
  }
  std::vector<memory::StoredEventPtr> fresh;
  bool in_memory = false;
  {
    const base::ReadLock lock(room->mutex());
    in_memory = room->tail_complete_after() <= entry->upto;
    for (auto it = room->tail().rbegin(); in_memory && it != room->tail().rend() && (*it)->pos > entry->upto; ++it) {
      if ((*it)->pos <= upto) fresh.push_back(*it);
    }
  }
  if (!in_memory && !connection) return std::nullopt;
  const PushOutcomes outcome(room, user_id, std::move(settings));
  if (in_memory) {
    for (const auto& stored : std::views::reverse(fresh)) entry->add(*stored, user_id, outcome);
  } else {
    const auto limit = outcome.looks_closer() ? kMaxEvaluated : kMaxCounted;
    auto rows = history_store::unread_rows(*connection, room->num(), entry->upto, upto, outcome.user(), limit);
    for (const auto& row : std::views::reverse(rows)) {
      if (outcome.looks_closer() || row.names_user || (row.flags & memory::kInThread) != 0) {
        if (const auto stored = memory::event_store::load_event(*connection, row.pos))
          entry->add(*stored, user_id, outcome);
      } else if ((row.flags & memory::kNotifies) == 0) {
        continue;  // it may name somebody, and does not name them
      } else if (row.own) {
        entry->clear({});
      } else {
        entry->add(row.pos, {}, (row.flags & memory::kHighlightsRoom) != 0);
      }
    }
  }
  entry->upto = std::max(entry->upto, upto);
  auto counts = entry->counts;
  const base::Lock lock(shard.mutex);
  if (shard.entries.size() >= kMaxEntriesPerShard) shard.entries.clear();
  shard.entries.insert_or_assign(key, std::move(entry));
  return counts;
}

}  // namespace troupe::homeserver::sync
