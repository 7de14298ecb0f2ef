// How rooms in memory follow what other processes of this server commit.
#include <algorithm>

#include "base/mutex.h"
#include "homeserver/memory/event_lookup.h"
#include "homeserver/memory/rooms_impl.h"
#include "homeserver/memory/users.h"

namespace troupe::homeserver::memory {
namespace {

constexpr std::size_t kChunk = 1'000;
/// How long a foreign change is remembered for rooms that are just being read: longer than a snapshot may live.
constexpr std::int64_t kKeepMs = 60'000;
constexpr std::size_t kMaxForeign = 20'000;

std::string_view membership_of(const StoredEvent& stored) {
  return matrix::find_string(stored.event->content, "membership").value_or("leave");
}

bool is_member_event(const StoredEvent& stored) {
  return stored.event->is_state() && stored.event->type == "m.room.member";
}

}  // namespace

void Rooms::follow(store::Connection& connection, StreamPos head) {
  while (impl_->cursor < head) {
    const auto found = event_store::stream_between(connection, impl_->cursor, head, kChunk);
    const auto upto = found.size() < kChunk ? head : found.back().event->pos;
    // A user may be online here whose room is not in memory yet. Read before anything changes.
    for (const auto& [stored, txn_hash] : found)
      if (is_member_event(*stored)) load(connection, stored->room);
    impl_->take_in(found, upto);
    impl_->cursor = upto;
  }
}

void Rooms::Impl::take_in(const std::vector<event_store::FoundEvent>& found, StreamPos upto) {
  std::map<RoomNum, RoomStage> stages;
  std::vector<StoredEventPtr> events;
  for (const auto& [stored, txn_hash] : found) {
    events.push_back(stored);
    lookup.committed(stored->event->event_id, txn_hash, stored->pos);
    const auto room = note_foreign({.at_ms = steady_ms(clock), .room = stored->room, .event = stored});
    if (!room) continue;
    // The writer thread is the only one that changes a room: no lock is needed to look.
    if (!room->tail_.empty() && stored->pos <= room->tail_.back()->pos) {  // it was read after this commit
      if (is_member_event(*stored))
        users.membership_changed(room, *stored->event->state_key, membership_of(*stored), stored->pos);
      users.touch_room(room, stored->pos);
      continue;
    }
    auto& stage = stages[stored->room];
    stage.room = room;
    stage.events.push_back(stored);
    stage.last_event_id = stored->event->event_id;
    stage.depth = stored->event->depth;
    if (stored->event->is_state()) stage.state[stored->event->type][*stored->event->state_key] = stored;
  }
  for (auto& [num, stage] : stages) publish(stage);
  remember(events, {}, upto);
}

RoomPtr Rooms::Impl::note_foreign(Foreign change) {
  const base::WriteLock lock(map_mutex);
  const auto found = by_num.find(change.room);
  const auto now = change.at_ms;
  foreign.push_back(std::move(change));
  while (foreign.front().at_ms < now - kKeepMs || foreign.size() > kMaxForeign) {
    if (foreign.front().event) foreign_dropped = std::max(foreign_dropped, foreign.front().event->pos);
    foreign.pop_front();
  }
  return found == by_num.end() ? nullptr : found->second;
}

// Before anybody else sees the room.
void Rooms::Impl::bring_up_to_date(Room& room) const {
  for (const auto& change : foreign) {
    if (change.room != room.num()) continue;
    if (change.is_public) room.row_.is_public = *change.is_public;
    if (change.blocked) room.row_.blocked = *change.blocked;
    if (!change.event) continue;
    const auto& stored = change.event;
    const auto& event = *stored->event;
    if (change.pruned) {
      room.put_pruned(stored, 0);
      if (event.is_state())
        if (auto now = room.state_event(event.type, *event.state_key); now && now->pos == stored->pos)
          room.set_state(stored);
      continue;
    }
    if (!room.tail_.empty() && stored->pos <= room.tail_.back()->pos) continue;
    if (event.is_state()) room.set_state(stored);
    room.push_tail(stored);
    room.last_event_id_ = event.event_id;
    room.depth_ = event.depth;
  }
}

void Rooms::heard_pruned(store::Connection& connection, StreamPos pos) {
  auto pruned = event_store::load_event(connection, pos);
  if (!pruned) return;
  const auto room =
      impl_->note_foreign({.at_ms = steady_ms(impl_->clock), .room = pruned->room, .event = pruned, .pruned = true});
  impl_->remember({}, {pruned}, impl_->cursor);
  if (!room) return;
  RoomStage stage;
  stage.room = room;
  stage.pruned.push_back(pruned);
  stage.last_event_id = room->last_event_id();
  stage.depth = room->depth();
  if (const auto& event = *pruned->event; event.is_state())
    if (auto now = room->state_event(event.type, *event.state_key); now && now->pos == pruned->pos)
      stage.state[event.type][*event.state_key] = pruned;
  impl_->publish(stage);
}

void Rooms::heard_flags(RoomNum num, std::optional<bool> is_public, std::optional<bool> blocked) {
  const auto room = impl_->note_foreign({.at_ms = steady_ms(impl_->clock),
                                         .room = num,
                                         .event = nullptr,
                                         .pruned = false,
                                         .is_public = is_public,
                                         .blocked = blocked});
  if (!room) return;
  const base::WriteLock lock(room->mutex_);
  if (is_public) room->row_.is_public = *is_public;
  if (blocked) room->row_.blocked = *blocked;
}

void Rooms::heard_forgotten(RoomNum num, StreamPos before) {
  impl_->forget_recent(num, before);
  const auto room = find(num);
  if (!room) return;
  const base::WriteLock lock(room->mutex_);
  room->forget_before(before, impl_->cursor);
}

void Rooms::heard_gone(RoomNum num, StreamPos pos) { impl_->forget(num, pos); }

void Rooms::reload(store::Connection& connection) {
  std::vector<RoomPtr> rooms;
  {
    const base::ReadLock lock(impl_->map_mutex);
    for (const auto& [num, room] : impl_->by_num) rooms.push_back(room);
  }
  for (const auto& room : rooms) {
    auto row = event_store::find_room(connection, room->num());
    if (!row) {
      impl_->forget(room->num(), impl_->cursor);
      continue;
    }
    const auto fresh = impl_->read(connection, *std::move(row));
    const auto bytes = fresh->memory_bytes();
    const base::WriteLock lock(room->mutex_);
    room->row_ = fresh->row_;
    room->take_state(*fresh);
    room->take_tail(*fresh);
    room->unknown_taken_out_ = std::max(room->unknown_taken_out_, impl_->cursor);
    room->last_event_id_ = fresh->last_event_id_;
    room->depth_ = fresh->depth_;
    room->joined_ = fresh->joined_;
    room->invited_ = fresh->invited_;
    room->memory_bytes_ = bytes;
    if (const auto last = fresh->last_pos(); last > room->last_pos()) room->last_pos_.store(last);
  }
}

}  // namespace troupe::homeserver::memory
