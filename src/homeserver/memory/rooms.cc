#include "homeserver/memory/rooms.h"

#include <algorithm>
#include <limits>

#include "base/mutex.h"
#include "homeserver/memory/event_lookup.h"
#include "homeserver/memory/notes.h"
#include "homeserver/memory/rooms_impl.h"
#include "homeserver/memory/users.h"

namespace troupe::homeserver::memory {
namespace {

/// How many of its newest events a room read from the database starts with: enough for a first timeline.
constexpr std::size_t kTailOnLoad = 24;

struct NoState final : matrix::StateView {
  matrix::EventPtr state(std::string_view, std::string_view) const override { return nullptr; }
};

/// Not to the millisecond: threads that look for the same room at once would take its line of memory from each other.
void note_use(std::atomic<std::int64_t>& last_used_ms, std::int64_t now_ms) {
  constexpr std::int64_t kExact = 500;
  if (now_ms - last_used_ms.load(std::memory_order_relaxed) > kExact)
    last_used_ms.store(now_ms, std::memory_order_relaxed);
}

Error no_such_room() { return {Errc::not_found, "There is no such room."}; }

void merge(RoomStage& below, RoomStage&& above) {
  for (auto& [type, entries] : above.state) {
    auto& target = below.state[type];
    for (auto& [key, stored] : entries) target[key] = std::move(stored);
  }
  std::ranges::move(above.events, std::back_inserter(below.events));
  std::ranges::move(above.pruned, std::back_inserter(below.pruned));
  below.last_event_id = std::move(above.last_event_id);
  below.depth = above.depth;
  if (above.gone) below.gone = above.gone;
  below.forgotten_before = std::max(below.forgotten_before, above.forgotten_before);
}

}  // namespace

Rooms::Rooms(store::Database& database, const base::Clock& clock, EventLookup& lookup, Users& users)
    : impl_(std::make_unique<Impl>(database, clock, lookup, users)) {
  impl_->cursor = lookup.opened_at();
}
Rooms::~Rooms() = default;

Users& Rooms::users() const { return impl_->users; }

RoomPtr Rooms::find(RoomNum room) const {
  const base::ReadLock lock(impl_->map_mutex);
  auto found = impl_->by_num.find(room);
  if (found == impl_->by_num.end()) return nullptr;
  note_use(found->second->last_used_ms_, steady_ms(impl_->clock));
  return found->second;
}

RoomPtr Rooms::find(std::string_view room_id) const {
  const base::ReadLock lock(impl_->map_mutex);
  auto found = impl_->by_id.find(room_id);
  if (found == impl_->by_id.end()) return nullptr;
  note_use(found->second->last_used_ms_, steady_ms(impl_->clock));
  return found->second;
}

StoredEventPtr Rooms::peek_state(store::Connection& connection, RoomNum num, std::string_view type,
                                 std::string_view state_key) const {
  RoomPtr room;
  {
    // Looked at, not used: find() would keep every room of a long list in memory.
    const base::ReadLock lock(impl_->map_mutex);
    if (const auto found = impl_->by_num.find(num); found != impl_->by_num.end()) room = found->second;
  }
  if (!room)
    return event_store::state_entry_at(connection, num, std::numeric_limits<StreamPos>::max(), type, state_key);
  const base::ReadLock lock(room->mutex());
  return room->state_event(type, state_key);
}

// A reader may hold a snapshot that is older than the newest commit, and still what it reads here is current when the
// room is not in memory: whoever commits to a room has it in memory, and rooms stay there for minutes after their last
// use, longer than any snapshot lives; of one that left earlier, for want of memory, its newest event is remembered as
// long, and an older snapshot is refused. When the writer was faster meanwhile, its room is kept. What other processes
// committed lately to rooms that are not in memory is remembered as long, and put on top of what was read.
RoomPtr Rooms::load(store::Connection& connection, std::string_view room_id) {
  if (auto room = find(room_id)) return room;
  auto row = event_store::find_room(connection, room_id);
  if (!row) return nullptr;
  const auto seen = event_store::newest_pos(connection);
  return impl_->keep(impl_->read(connection, *std::move(row)), seen);
}

RoomPtr Rooms::load(store::Connection& connection, RoomNum num) {
  if (auto room = find(num)) return room;
  auto row = event_store::find_room(connection, num);
  if (!row) return nullptr;
  const auto seen = event_store::newest_pos(connection);
  return impl_->keep(impl_->read(connection, *std::move(row)), seen);
}

RoomPtr Rooms::Impl::keep(RoomPtr room, StreamPos seen) {
  const base::WriteLock lock(map_mutex);
  if (by_num.contains(room->num())) return by_num[room->num()];
  if (gone.contains(room->num())) return nullptr;
  if (seen < foreign_dropped) throw store::SqlError("a room was read too late to be brought up to date", true);
  if (const auto left = evicted.find(room->num()); left != evicted.end()) {
    if (seen < left->second.last_event) throw store::SqlError("a room was read from too old a snapshot", true);
    evicted.erase(left);
  }
  if (!foreign.empty()) bring_up_to_date(*room);
  by_num.emplace(room->num(), room);
  by_id.emplace(room->id(), room);
  return room;
}

RoomPtr Rooms::Impl::read(store::Connection& connection, RoomRow row) const {
  const auto* version = matrix::room_version(row.version);
  if (!version) throw store::SqlError("room " + row.room_id + " has a version this program does not know", false);
  auto room = std::make_shared<Room>(std::move(row), *version, tail_budget);
  constexpr auto kNow = std::numeric_limits<StreamPos>::max();
  for (auto& stored : event_store::state_at(connection, room->num(), kNow)) {
    room->set_state(stored);
  }
  auto newest = event_store::timeline(connection, room->num(), 0, kNow, kTailOnLoad, true);
  if (newest.size() == kTailOnLoad) room->tail_complete_after_ = newest.front()->pos - 1;
  if (!newest.empty()) {
    room->last_event_id_ = newest.back()->event->event_id;
    room->depth_ = newest.back()->event->depth;
  }
  for (const auto& stored : newest) room->push_tail(stored);
  // What was taken out while the room was not in memory: each redaction is an event of its own.
  if (!newest.empty()) room->unknown_taken_out_ = newest.back()->pos - 1;
  // Receipts are not read here: whatever was committed before now may concern the room.
  auto last = room->tail_.empty() ? StreamPos{0} : room->tail_.back()->pos;
  room->last_pos_.store(std::max(last, database.head()), std::memory_order_release);
  room->last_used_ms_.store(steady_ms(clock), std::memory_order_relaxed);
  return room;
}

Result<std::optional<EventLookup::Made>> Rooms::find_txn(store::Tx& tx, const std::string& txn_hash) {
  for (const auto* layer : {&impl_->operation_txns, &impl_->batch_txns})
    if (auto found = layer->find(txn_hash); found != layer->end())
      return EventLookup::Made{.pos = found->second->pos, .event_id = found->second->event->event_id};
  return impl_->lookup.find_txn(tx, txn_hash);
}

Result<RoomForWrite> Rooms::open(store::Tx& tx, std::string_view room_id) {
  if (auto known = find(room_id)) {
    for (const auto* layer : {&impl_->operation, &impl_->batch})
      if (const auto* stage = impl_->stage_in(*layer, known->num()); stage && stage->gone) return no_such_room();
    return RoomForWrite(*this, std::move(known));
  }
  for (const auto* layer : {&impl_->operation, &impl_->batch})
    for (const auto& [num, stage] : *layer)
      if (stage.is_new && !stage.gone && stage.room->id() == room_id) return RoomForWrite(*this, stage.room);
  auto room = load(tx, room_id);
  if (!room) return no_such_room();
  return RoomForWrite(*this, std::move(room));
}

Result<RoomForWrite> Rooms::create(store::Tx& tx, const matrix::RoomVersion& version, std::string room_id,
                                   matrix::EventDraft create_event, bool is_public) {
  TRY(matrix::authorize(version, create_event, room_id, NoState{}));
  matrix::EventPtr event;
  for (;;) {
    matrix::EventLinks first;
    first.room_id = room_id;
    first.event_id = draw_event_id(version, create_event.sender);
    TRY(event, matrix::build_event(version, create_event, std::move(first)));
    if (!event_store::find_room(tx, event->room_id)) break;
    if (!version.room_id_is_create_hash) return Error(Errc::conflict, "The room id is taken; try again.");
    ++create_event.origin_server_ts;  // the same person made the same room in the same millisecond
  }
  RoomRow row{.room = 0,
              .room_id = event->room_id,
              .version = std::string(version.id),
              .creator = event->sender,
              .is_public = is_public,
              .blocked = false};
  row.room = event_store::insert_room(tx, row, create_event.origin_server_ts);
  auto stored = std::make_shared<StoredEvent>();
  stored->pos = tx.next_pos();
  stored->room = row.room;
  stored->flags = kIsState;
  stored->event = event;
  stored->client_open = matrix::client_event_open(version, *event, false);
  event_store::insert_event(tx, *stored, std::nullopt);

  RoomForWrite room(*this, std::make_shared<Room>(std::move(row), version, impl_->tail_budget));
  auto& stage = room.stage();
  stage.is_new = true;
  stage.events.push_back(stored);
  stage.last_event_id = event->event_id;
  stage.depth = event->depth;
  stage.state[event->type][*event->state_key] = stored;
  return room;
}

void Rooms::set_public(store::Tx& tx, const RoomForWrite& room, bool is_public) {
  event_store::set_public(tx, room.room().num(), is_public);
  notes::listed(tx, room.room().num(), is_public);
  tx.after_commit([target = room.room_, is_public] {
    const base::WriteLock lock(target->mutex_);
    target->row_.is_public = is_public;
  });
}

void Rooms::set_blocked(store::Tx& tx, const RoomForWrite& room, bool blocked) {
  event_store::set_blocked(tx, room.room().num(), blocked);
  notes::blocked(tx, room.room().num(), blocked);
  tx.after_commit([target = room.room_, blocked] {
    const base::WriteLock lock(target->mutex_);
    target->row_.blocked = blocked;
  });
}

void Rooms::purge(store::Tx& tx, RoomForWrite& room, std::int64_t now_ms) {
  const auto num = room.room().num();
  const auto pos = tx.next_pos();
  event_store::purge_room(tx, num, room.room().id(), now_ms);
  notes::gone(tx, num, pos);
  room.stage().gone = pos;
}

void Rooms::forget_history(store::Tx& tx, RoomForWrite& room, StreamPos before) {
  notes::history(tx, room.room().num(), before);
  room.stage().forgotten_before = before;
}

void Rooms::operation_succeeded() {
  for (auto& [num, stage] : impl_->operation) {
    auto [slot, fresh] = impl_->batch.try_emplace(num);
    if (fresh)
      slot->second = std::move(stage);
    else
      merge(slot->second, std::move(stage));
  }
  impl_->operation.clear();
  impl_->batch_txns.merge(impl_->operation_txns);
  impl_->operation_txns.clear();
}

void Rooms::operation_failed() {
  impl_->operation.clear();
  impl_->operation_txns.clear();
}

void Rooms::batch_failed() {
  operation_failed();
  impl_->batch.clear();
  impl_->batch_txns.clear();
}

void Rooms::batch_committed(StreamPos head) {
  std::vector<StoredEventPtr> events;
  std::vector<StoredEventPtr> pruned;
  for (auto& [num, stage] : impl_->batch) {
    impl_->publish(stage);
    std::ranges::move(stage.events, std::back_inserter(events));
    std::ranges::move(stage.pruned, std::back_inserter(pruned));
  }
  impl_->batch.clear();
  // In the order of the stream: the look-up file says up to which position it is complete.
  std::ranges::sort(events, {}, [](const StoredEventPtr& stored) { return stored->pos; });
  std::unordered_map<StreamPos, std::string_view> txns;
  for (const auto& [hash, stored] : impl_->batch_txns) txns.emplace(stored->pos, hash);
  for (const auto& stored : events) {
    auto txn = txns.find(stored->pos);
    impl_->lookup.committed(stored->event->event_id, txn == txns.end() ? std::string_view() : txn->second, stored->pos);
    impl_->stored.add(stored->event->type);
  }
  impl_->batch_txns.clear();
  impl_->remember(events, pruned, head);
  impl_->cursor = std::max(impl_->cursor, head);  // what others committed before was applied before the batch
}

void Rooms::Impl::remember(const std::vector<StoredEventPtr>& events, const std::vector<StoredEventPtr>& pruned,
                           StreamPos head) {
  const base::Lock lock(recent_mutex);
  if (recent_after < 0) recent_after = database.head();  // still the head before this batch
  recent.insert(recent.end(), events.begin(), events.end());
  for (const auto& stored : events) recent_bytes += stored->event->pdu.size();
  for (const auto& stored : pruned) {
    auto found = std::ranges::lower_bound(recent, stored->pos, {}, [](const StoredEventPtr& s) { return s->pos; });
    if (found == recent.end() || (*found)->pos != stored->pos) continue;
    recent_bytes += stored->event->pdu.size() - (*found)->event->pdu.size();
    *found = stored;
  }
  while (recent.size() > kMostRecentEvents || (recent.size() > kRecentEvents && recent_bytes > kRecentBytes)) {
    recent_after = recent.front()->pos;
    recent_bytes -= recent.front()->event->pdu.size();
    recent.pop_front();
  }
  recent_upto = head;
}

const EventCounts& Rooms::events_stored() const { return impl_->stored; }

std::size_t Rooms::in_memory() const {
  const base::ReadLock lock(impl_->map_mutex);
  return impl_->by_num.size();
}

std::optional<Rooms::Recent> Rooms::recent_after(StreamPos cursor, std::size_t limit) const {
  const base::Lock lock(impl_->recent_mutex);
  if (impl_->recent_after < 0 || cursor < impl_->recent_after) return std::nullopt;
  Recent out;
  auto at = std::ranges::upper_bound(impl_->recent, cursor, {}, [](const StoredEventPtr& s) { return s->pos; });
  const auto end = impl_->recent.end();
  for (; at != end && out.events.size() < limit; ++at) out.events.push_back(*at);
  out.more = at != end;
  out.upto = out.more ? out.events.back()->pos : std::max(cursor, impl_->recent_upto);
  return out;
}

void Rooms::Impl::publish(RoomStage& stage) {
  auto& room = *stage.room;
  StreamPos last = 0;
  {
    const base::WriteLock lock(room.mutex_);
    for (auto& [type, entries] : stage.state)
      for (auto& [key, stored] : entries) room.set_state(stored);
    for (const auto& stored : stage.events) {
      room.push_tail(stored);
      last = std::max(last, stored->pos);
    }
    for (const auto& pruned : stage.pruned) {
      room.put_pruned(pruned, cursor);
      last = std::max(last, pruned->redacted_by.value_or(0));
    }
    if (stage.forgotten_before > 0) room.forget_before(stage.forgotten_before, cursor);
    room.last_event_id_ = stage.last_event_id;
    room.depth_ = stage.depth;
    if (last > room.last_pos_.load(std::memory_order_relaxed)) room.last_pos_.store(last, std::memory_order_release);
    room.last_used_ms_.store(steady_ms(clock), std::memory_order_relaxed);
  }
  if (stage.is_new) keep(stage.room, std::numeric_limits<StreamPos>::max());
  if (auto members = stage.state.find(std::string_view("m.room.member")); members != stage.state.end())
    for (const auto& [user, stored] : members->second)
      users.membership_changed(
          stage.room, user, matrix::find_string(stored->event->content, "membership").value_or("leave"), stored->pos);
  users.touch_room(stage.room, last);
  if (stage.forgotten_before > 0) forget_recent(room.num(), stage.forgotten_before);
  if (stage.gone) forget(room.num(), *stage.gone);
}

// State stays: bots that have not heard yet that they are out of a room still do.
void Rooms::Impl::forget_recent(RoomNum num, StreamPos before) {
  const base::Lock lock(recent_mutex);
  std::size_t forgotten = 0;
  std::erase_if(recent, [&](const StoredEventPtr& stored) {
    const bool removed = stored->room == num && stored->pos < before && !stored->event->is_state();
    if (removed) forgotten += stored->event->pdu.size();
    return removed;
  });
  recent_bytes -= forgotten;
}

// In this order: who finds the room in a view or in the map is told by is_gone(), who looks for it finds it no more,
// and views that were filled meanwhile hear of it by the change of membership.
void Rooms::Impl::forget(RoomNum num, StreamPos pos) {
  RoomPtr room;
  {
    const base::WriteLock lock(map_mutex);
    gone.insert(num);
    evicted.erase(num);
    std::erase_if(foreign, [num](const Foreign& change) { return change.room == num; });
    if (const auto found = by_num.find(num); found != by_num.end()) {
      room = found->second;
      room->gone_.store(true, std::memory_order_release);
      by_id.erase(room->id());
      by_num.erase(found);
    }
  }
  forget_recent(num, std::numeric_limits<StreamPos>::max());
  if (!room) return;
  room->members().walk([&](const Members::Member& member) {
    users.membership_changed(room, member.user_id(), kGone, pos);
    return true;
  });
}

void Rooms::evict_idle(std::chrono::minutes idle, std::uint64_t budget_bytes) {
  // Never shorter than a snapshot may live: see load().
  constexpr auto kSnapshotLife = std::chrono::minutes(5);
  // Under pressure: long enough for whoever is about to use it again.
  constexpr auto kShortest = std::chrono::seconds(10);
  const auto now = steady_ms(impl_->clock);
  const auto ago = [now](std::chrono::milliseconds time) { return now - time.count(); };
  const auto idle_before = ago(std::max(idle, kSnapshotLife));
  std::vector<RoomPtr> dropped;  // destroyed after the lock
  const base::WriteLock lock(impl_->map_mutex);
  std::erase_if(impl_->evicted, [&](const auto& item) { return item.second.at_ms < ago(kSnapshotLife); });
  std::uint64_t bytes = 0;
  std::vector<RoomPtr*> candidates;
  for (auto& [num, room] : impl_->by_num) {
    bytes += room->memory_bytes();
    // Two maps hold it; anybody else who does got it from here, under the lock.
    if (room.use_count() <= 2) candidates.push_back(&room);
  }
  const auto used = [](const RoomPtr* room) { return (*room)->last_used_ms_.load(std::memory_order_relaxed); };
  std::ranges::sort(candidates, {}, used);
  for (auto* candidate : candidates) {
    const auto last_used = used(candidate);
    if (last_used >= idle_before && (bytes <= budget_bytes || last_used >= ago(kShortest))) break;
    auto room = *candidate;
    bytes -= room->memory_bytes();
    if (last_used >= idle_before && !room->tail().empty())
      impl_->evicted[room->num()] = {.at_ms = now, .last_event = room->tail().back()->pos};
    impl_->by_id.erase(room->id());
    impl_->by_num.erase(room->num());
    dropped.push_back(std::move(room));
  }
}

std::uint64_t Rooms::memory_bytes() const {
  const base::ReadLock lock(impl_->map_mutex);
  std::uint64_t bytes = 0;
  for (const auto& [num, room] : impl_->by_num) bytes += room->memory_bytes();
  return bytes;
}

}  // namespace troupe::homeserver::memory
