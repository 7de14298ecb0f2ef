#include "homeserver/memory/room.h"

#include <algorithm>

namespace troupe::homeserver::memory {
namespace {

/// Measured: beside its bytes, the parsed content, the texts of its fields and its place in a list.
constexpr std::size_t kEventOverhead = 700;

constexpr std::string_view kMemberEvent = "m.room.member";

}  // namespace

std::size_t memory_weight(const StoredEventPtr& stored) {
  return stored ? kEventOverhead + 2 * stored->event->pdu.size() + stored->client_open.size() : 0;
}

StoredEventPtr Room::OftenAsked::* Room::OftenAsked::place(std::string_view type, std::string_view state_key) {
  if (!state_key.empty()) return nullptr;
  if (type == "m.room.power_levels") return &OftenAsked::power_levels;
  if (type == "m.room.create") return &OftenAsked::create;
  if (type == "m.room.join_rules") return &OftenAsked::join_rules;
  return nullptr;
}

StoredEventPtr Room::state_event(std::string_view type, std::string_view state_key) const {
  if (type == kMemberEvent) {
    const auto member = members_.find(state_key);
    return member ? member->event() : nullptr;
  }
  if (const auto place = OftenAsked::place(type, state_key)) return often_asked_.*place;
  auto of_type = state_.find(type);
  if (of_type == state_.end()) return nullptr;
  auto entry = of_type->second.find(state_key);
  return entry == of_type->second.end() ? nullptr : entry->second;
}

std::string_view Room::membership(std::string_view user_id) const {
  const auto member = members_.find(user_id);
  return member ? member->membership() : std::string_view();
}

void Room::set_state(const StoredEventPtr& stored) {
  const auto& event = *stored->event;
  if (event.type == kMemberEvent) {
    const auto before = membership(*event.state_key);
    const auto after = matrix::find_string(event.content, "membership");
    joined_ += (after == "join") - (before == "join");
    invited_ += (after == "invite") - (before == "invite");
    const auto bytes = members_.bytes();
    members_.set(stored);
    memory_bytes_ += members_.bytes() - bytes;
    return;
  }
  auto& slot = state_[event.type][*event.state_key];
  memory_bytes_ += memory_weight(stored) - memory_weight(slot);
  slot = stored;
  if (const auto place = OftenAsked::place(event.type, *event.state_key)) often_asked_.*place = stored;
}

void Room::take_state(Room& other) {
  state_ = std::move(other.state_);
  often_asked_ = std::move(other.often_asked_);
  members_ = std::move(other.members_);
}

StoredEventPtr Room::wake_member(std::string_view user_id) {
  const auto bytes = members_.bytes();
  auto stored = members_.wake(user_id);
  memory_bytes_ += members_.bytes() - bytes;
  return stored;
}

void Room::let_member_sleep(std::string_view user_id) {
  const auto bytes = members_.bytes();
  members_.sleep(user_id);
  memory_bytes_ += members_.bytes() - bytes;
}

bool Room::took_out(StreamPos seen, StreamPos newer_than) const {
  if (seen <= unknown_taken_out_) return true;
  return std::ranges::any_of(taken_out_,
                             [&](const TakenOut& taken) { return seen <= taken.seen && taken.newest > newer_than; });
}

void Room::note_taken_out(StreamPos newest, StreamPos seen) {
  taken_out_.push_back({newest, seen});
  if (taken_out_.size() <= kTakenOut) return;
  unknown_taken_out_ = std::max(unknown_taken_out_, taken_out_.front().seen);
  taken_out_.pop_front();
}

void Room::forget_before(StreamPos before, StreamPos seen) {
  note_taken_out(before, seen);
  std::erase_if(tail_, [&](const StoredEventPtr& stored) {
    const bool removed = stored->pos < before && !stored->event->is_state();
    if (removed) count_tail(nullptr, stored);
    return removed;
  });
}

void Room::push_tail(const StoredEventPtr& stored) {
  tail_.push_back(stored);
  count_tail(stored, nullptr);
  const auto many = [this] {
    const bool full = tail_budget_->taken.load(std::memory_order_relaxed) > tail_budget_->most;
    return tail_.size() > (full ? kFewestTailEvents : kTailEvents);
  };
  while (many()) {
    tail_complete_after_ = tail_.front()->pos;
    count_tail(nullptr, tail_.front());
    tail_.pop_front();
  }
}

void Room::put_pruned(const StoredEventPtr& pruned, StreamPos seen) {
  note_taken_out(pruned->pos, std::max(seen, pruned->redacted_by.value_or(1) - 1));
  const auto found = std::ranges::find(tail_, pruned->pos, [](const StoredEventPtr& stored) { return stored->pos; });
  if (found == tail_.end()) return;
  count_tail(pruned, *found);
  *found = pruned;
}

void Room::take_tail(Room& other) {
  std::swap(tail_, other.tail_);
  std::swap(tail_bytes_, other.tail_bytes_);
  tail_complete_after_ = other.tail_complete_after_;
}

void Room::count_tail(const StoredEventPtr& added, const StoredEventPtr& removed) {
  const auto change = memory_weight(added) - memory_weight(removed);  // modulo the size of the type
  memory_bytes_ += change;
  tail_bytes_ += change;
  tail_budget_->taken += change;
}

}  // namespace troupe::homeserver::memory
