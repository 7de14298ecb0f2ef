// One room as an operation on the writer thread sees and changes it.
#include <algorithm>

#include "base/crypto.h"
#include "homeserver/memory/event_lookup.h"
#include "homeserver/memory/event_outcome.h"
#include "homeserver/memory/notes.h"
#include "homeserver/memory/rooms_impl.h"

namespace troupe::homeserver::memory {
namespace {

constexpr std::string_view kMember = "m.room.member";

const StoredEventPtr* entry_of(const StateMap& state, std::string_view type, std::string_view state_key) {
  auto of_type = state.find(type);
  if (of_type == state.end()) return nullptr;
  auto entry = of_type->second.find(state_key);
  return entry == of_type->second.end() ? nullptr : &entry->second;
}

StoredEventPtr event_in(const RoomStage& stage, std::string_view event_id) {
  for (const auto* list : {&stage.pruned, &stage.events})
    for (const auto& stored : *list)
      if (stored->event->event_id == event_id) return stored;
  return nullptr;
}

}  // namespace

std::string draw_event_id(const matrix::RoomVersion& version, std::string_view sender) {
  if (version.event_ids != matrix::EventIds::given) return {};
  constexpr std::size_t kOpaqueLength = 18;  // as those of rooms: nobody guesses one
  const auto colon = sender.find(':');
  if (colon == sender.npos) return {};
  return "$" + base::random_alphanumeric(kOpaqueLength) + std::string(sender.substr(colon));
}

// A sender's membership is looked at with each of their events. Who was woken first sleeps first: of that many, the
// busiest are woken again soon enough.
StoredEventPtr Rooms::Impl::wake_member(const RoomPtr& room, std::string_view user_id) {
  const auto member = room->members().find(user_id);
  if (!member || member->is_awake()) return member ? member->event() : nullptr;
  StoredEventPtr stored;
  {
    const base::WriteLock lock(room->mutex_);
    stored = room->wake_member(user_id);
  }
  awake.push_back({room, Interned(user_id)});
  while (awake.size() > kMostAwake) {
    if (const auto first = awake.front().room.lock()) {
      const base::WriteLock lock(first->mutex_);
      first->let_member_sleep(awake.front().user.text());
    }
    awake.pop_front();
  }
  return stored;
}

const Room& RoomForWrite::room() const { return *room_; }
const RoomStage* RoomForWrite::staged() const {
  return rooms_->impl_->stage_in(rooms_->impl_->operation, room_->num());
}
const RoomStage* RoomForWrite::batched() const { return rooms_->impl_->stage_in(rooms_->impl_->batch, room_->num()); }

RoomStage& RoomForWrite::stage() {
  auto [slot, fresh] = rooms_->impl_->operation.try_emplace(room_->num());
  if (fresh) {
    const auto* below = batched();
    slot->second.room = room_;
    slot->second.last_event_id = below ? below->last_event_id : room_->last_event_id();
    slot->second.depth = below ? below->depth : room_->depth();
  }
  return slot->second;
}

StoredEventPtr RoomForWrite::state_event(std::string_view type, std::string_view state_key) const {
  for (const auto* layer : {staged(), batched()})
    if (layer)
      if (const auto* entry = entry_of(layer->state, type, state_key)) return *entry;
  if (type != kMember) return room_->state_event(type, state_key);
  return rooms_->impl_->wake_member(room_, state_key);
}

matrix::EventPtr RoomForWrite::state(std::string_view type, std::string_view state_key) const {
  auto stored = state_event(type, state_key);
  return stored ? stored->event : nullptr;
}

std::string_view RoomForWrite::membership(std::string_view user_id) const {
  for (const auto* layer : {staged(), batched()})
    if (layer)
      if (const auto* entry = entry_of(layer->state, kMember, user_id))
        return matrix::find_string((*entry)->event->content, "membership").value_or("");
  return room_->membership(user_id);
}

std::string RoomForWrite::find_member(std::string_view membership,
                                      const std::function<bool(std::string_view)>& accept) const {
  auto members_in = [](const StateMap& state) -> const std::map<std::string, StoredEventPtr, std::less<>>* {
    auto found = state.find(kMember);
    return found == state.end() ? nullptr : &found->second;
  };
  auto is = [&](const StoredEventPtr& stored) {
    return matrix::find_string(stored->event->content, "membership") == membership;
  };
  const auto* top = staged() ? members_in(staged()->state) : nullptr;
  const auto* middle = batched() ? members_in(batched()->state) : nullptr;
  if (top)
    for (const auto& [user, stored] : *top)
      if (is(stored) && accept(user)) return user;
  if (middle)
    for (const auto& [user, stored] : *middle)
      if (!(top && top->contains(user)) && is(stored) && accept(user)) return user;
  std::string found;
  room_->members().walk([&](const Members::Member& member) {
    const auto user = member.user_id();
    if (member.membership() != membership) return true;
    if ((top && top->contains(user)) || (middle && middle->contains(user)) || !accept(user)) return true;
    found = user;
    return false;
  });
  return found;
}

std::vector<std::string> RoomForWrite::members(std::string_view membership) const {
  std::vector<std::string> found;
  find_member(membership, [&](std::string_view user) {
    found.emplace_back(user);
    return false;
  });
  return found;
}

const std::string& RoomForWrite::last_event_id() const {
  if (const auto* layer = staged()) return layer->last_event_id;
  if (const auto* layer = batched()) return layer->last_event_id;
  return room_->last_event_id();
}

std::int64_t RoomForWrite::depth() const {
  if (const auto* layer = staged()) return layer->depth;
  if (const auto* layer = batched()) return layer->depth;
  return room_->depth();
}

Result<StoredEventPtr> RoomForWrite::find_event(store::Tx& tx, std::string_view event_id) const {
  for (const auto* layer : {staged(), batched()})
    if (layer)
      if (auto found = event_in(*layer, event_id)) return found;
  const auto& tail = room_->tail();
  auto recent = std::find_if(tail.rbegin(), tail.rend(),
                             [&](const StoredEventPtr& stored) { return stored->event->event_id == event_id; });
  if (recent != tail.rend()) return *recent;
  TRY(const auto pos, rooms_->impl_->lookup.find_writing(tx, event_id));
  if (!pos) return StoredEventPtr();
  auto stored = event_store::load_event(tx, *pos);
  return stored && stored->room == room_->num() ? stored : StoredEventPtr();
}

Result<std::optional<StreamPos>> RoomForWrite::find_parent(store::Tx& tx, const matrix::Event& event) const {
  auto relation = relation_of(event.content);
  if (!relation) return std::optional<StreamPos>();
  TRY(const auto parent, find_event(tx, relation->event_id));
  if (!parent) return std::optional<StreamPos>();
  if (relation->rel_type == "m.replace") {
    // An edit counts only when it comes from the same hand and fits the event (Client-Server API
    // #validity-of-replacement-events).
    bool valid = !event.is_state() && !parent->event->is_state() && parent->event->sender == event.sender &&
                 parent->event->type == event.type && !(parent->flags & kIsEdit);
    if (!valid) return std::optional<StreamPos>();
  }
  return std::optional(parent->pos);
}

Result<RoomForWrite::Allowed> RoomForWrite::allow(matrix::EventDraft draft) const {
  TRY(matrix::authorize(room_->version(), draft, room_->id(), *this));
  return Allowed(std::move(draft));
}

Result<StoredEventPtr> RoomForWrite::append(store::Tx& tx, matrix::EventDraft draft, Origin origin) {
  TRY(auto allowed, allow(std::move(draft)));
  return append(tx, std::move(allowed), std::move(origin));
}

matrix::EventPtr RoomForWrite::last_event() const {
  for (const auto* layer : {staged(), batched()})
    if (layer && !layer->events.empty()) return layer->events.back()->event;
  return room_->tail().empty() ? nullptr : room_->tail().back()->event;
}

Result<matrix::EventLinks> RoomForWrite::links_of(const matrix::EventDraft& draft) const {
  const auto& version = room_->version();
  const bool with_hashes = version.event_ids == matrix::EventIds::given;
  matrix::EventLinks links;
  links.room_id = room_->id();
  links.event_id = draw_event_id(version, draft.sender);
  links.prev_events.push_back(last_event_id());
  links.depth = std::min(depth() + 1, matrix::kMaxCanonicalInteger);
  const auto add_hash = [&](std::vector<std::string>& hashes, const matrix::Event& event) -> Result<Unit> {
    TRY(auto hash, matrix::reference_hash(version, event));
    hashes.push_back(std::move(hash));
    return Unit{};
  };
  if (const auto last = with_hashes ? last_event() : nullptr) {
    TRY(add_hash(links.prev_hashes, *last));
  }
  for (const auto& [type, state_key] : matrix::auth_state_keys(version, draft)) {
    const auto found = state(type, state_key);
    if (!found) continue;
    links.auth_events.push_back(found->event_id);
    if (!with_hashes) continue;
    TRY(add_hash(links.auth_hashes, *found));
  }
  return links;
}

Result<StoredEventPtr> RoomForWrite::append(store::Tx& tx, Allowed allowed, Origin origin) {
  const auto& version = room_->version();
  auto draft = std::move(allowed.draft_);
  TRY(auto links, links_of(draft));
  TRY(auto event, matrix::build_event(version, std::move(draft), std::move(links)));
  TRY(const auto parent, find_parent(tx, *event));
  // Nothing below may refuse: the first change follows.
  auto outcome = outcome_of(*event, [&] {
    matrix::PowerLevels levels(version, *this);
    return levels.user(event->sender) >= levels.notification_room();
  });
  auto stored = std::make_shared<StoredEvent>();
  stored->room = room_->num();
  stored->flags = outcome.flags;
  stored->event = event;
  stored->device = std::move(origin.device);
  stored->txn_id = std::move(origin.txn_id);
  stored->client_open = matrix::client_event_open(version, *event, false);
  if (event->is_state())
    if (auto before = state_event(event->type, *event->state_key)) stored->replaces = before->pos;
  stored->pos = tx.next_pos();

  event_store::insert_event(tx, *stored, parent, origin.txn_hash);
  if (!origin.txn_hash.empty()) rooms_->impl_->operation_txns.emplace(std::move(origin.txn_hash), stored);
  for (auto user : outcome.mentions)
    if (membership(user) == "join") event_store::insert_notify(tx, user, stored->room, stored->pos, 3);
  if (!outcome.invited.empty()) event_store::insert_notify(tx, outcome.invited, stored->room, stored->pos, 1);

  auto& layer = stage();
  layer.events.push_back(stored);
  layer.last_event_id = event->event_id;
  layer.depth = event->depth;
  if (event->is_state()) layer.state[event->type][*event->state_key] = stored;
  return StoredEventPtr(stored);
}

Result<Unit> RoomForWrite::prune(store::Tx& tx, const StoredEventPtr& target, StreamPos because) {
  if (target->redacted_by) return Unit{};
  const auto& version = room_->version();
  TRY(auto event, matrix::redacted_event(version, *target->event));
  const auto relation = relation_of(target->event->content);
  StoredEventPtr parent;
  if (relation) {
    TRY(parent, find_event(tx, relation->event_id));
  }
  auto outcome = outcome_of(*target->event, [] { return false; });
  auto pruned = std::make_shared<StoredEvent>(*target);
  pruned->event = event;
  pruned->redacted_by = because;
  if ((pruned->flags & kNotifies) != 0) pruned->flags |= kNotified;
  pruned->flags &= ~(kNotifies | kHighlightsRoom | kMayName);
  pruned->client_open = matrix::client_event_open(version, *event, false);

  event_store::apply_redaction(tx, *pruned);
  notes::pruned(tx, pruned->pos);
  for (auto user : outcome.mentions) event_store::forget_notify(tx, user, pruned->room, pruned->pos);
  if (!outcome.invited.empty()) event_store::forget_notify(tx, outcome.invited, pruned->room, pruned->pos);
  if (parent) event_store::forget_relation(tx, parent->pos, relation->rel_type, pruned->pos);

  auto& layer = stage();
  layer.pruned.push_back(pruned);
  if (event->is_state()) {
    auto current = state_event(event->type, *event->state_key);
    if (current && current->pos == pruned->pos) layer.state[event->type][*event->state_key] = pruned;
  }
  return Unit{};
}

}  // namespace troupe::homeserver::memory
