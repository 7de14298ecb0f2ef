#include "homeserver/sliding/required_state.h"

#include <algorithm>

#include "homeserver/sync/visibility.h"

namespace troupe::homeserver::sliding {
namespace {

using Entries = memory::StateMap::mapped_type;

constexpr std::size_t kNodeBytes = 48;  ///< of a tree, beside what it holds

std::size_t bytes_of(const StatePatterns::Keys& keys) {
  std::size_t sum = 0;
  for (const auto& key : keys) sum += kNodeBytes + sizeof key + key.capacity();
  return sum;
}

/// What both have, found by walking the shorter.
template <class Take>
void for_common(const StatePatterns::Keys& keys, const Entries& entries, const Take& take) {
  if (keys.size() <= entries.size()) {
    for (const auto& key : keys) {
      if (const auto found = entries.find(key); found != entries.end()) take(found->second);
    }
    return;
  }
  for (const auto& [key, stored] : entries) {
    if (keys.contains(key)) take(stored);
  }
}

}  // namespace

void StatePatterns::add(std::optional<std::string> type, std::optional<std::string> key) {
  if (!type) {
    if (key)
      keys_of_any_.insert(*std::move(key));
    else
      any_ = true;
    return;
  }
  auto& of = of_type_[*std::move(type)];
  if (key)
    of.keys.insert(*std::move(key));
  else
    of.all = true;
}

void StatePatterns::add(const StatePatterns& others) {
  any_ |= others.any_;
  keys_of_any_.insert(others.keys_of_any_.begin(), others.keys_of_any_.end());
  for (const auto& [type, of] : others.of_type_) {
    auto& own = of_type_[type];
    own.all |= of.all;
    own.keys.insert(of.keys.begin(), of.keys.end());
  }
}

bool StatePatterns::matches(std::string_view type, std::string_view key, bool untyped) const {
  if (untyped && (any_ || keys_of_any_.contains(key))) return true;
  const auto found = of_type_.find(type);
  return found != of_type_.end() && (found->second.all || found->second.keys.contains(key));
}

bool StatePatterns::matches_all_of(std::string_view type, bool untyped) const {
  if (untyped && any_) return true;
  const auto found = of_type_.find(type);
  return found != of_type_.end() && found->second.all;
}

std::size_t StatePatterns::count() const {
  std::size_t sum = (any_ ? 1 : 0) + keys_of_any_.size();
  for (const auto& [type, of] : of_type_) sum += (of.all ? 1 : 0) + of.keys.size();
  return sum;
}

std::size_t StatePatterns::bytes() const {
  auto sum = bytes_of(keys_of_any_);
  for (const auto& [type, of] : of_type_) {
    sum += kNodeBytes + sizeof type + type.capacity() + sizeof of + bytes_of(of.keys);
  }
  return sum;
}

const StatePatterns::Keys* StatePatterns::keys_of(std::string_view type) const {
  const auto found = of_type_.find(type);
  return found == of_type_.end() ? nullptr : &found->second.keys;
}

void StatePatterns::add_types_to(std::set<std::string_view>& out) const {
  for (const auto& [type, of] : of_type_) out.insert(type);
}

bool RequiredState::Clause::untyped_for(std::string_view type) const { return !lazy_members || type != sync::kMember; }

bool RequiredState::Clause::wants(std::string_view type, std::string_view key) const {
  return include.matches(type, key, untyped_for(type)) && !exclude.matches(type, key);
}

bool RequiredState::Clause::wants_all_of(std::string_view type) const {
  return include.matches_all_of(type, untyped_for(type));
}

void RequiredState::add(const RequiredState& other) {
  for (const auto& clause : other.clauses_) {
    const auto found = std::ranges::find_if(clauses_, [&](const Clause& own) {
      if (own == clause) return true;
      return own.exclude.empty() && clause.exclude.empty() && own.lazy_members == clause.lazy_members;
    });
    if (found == clauses_.end())
      clauses_.push_back(clause);
    else
      found->include.add(clause.include);
  }
}

bool RequiredState::wants(std::string_view type, std::string_view key) const {
  return std::ranges::any_of(clauses_, [&](const Clause& clause) { return clause.wants(type, key); });
}

bool RequiredState::lazy_members() const {
  return std::ranges::any_of(clauses_, &Clause::lazy_members) &&
         std::ranges::none_of(clauses_, [](const Clause& clause) { return clause.wants_all_of(sync::kMember); });
}

std::vector<memory::StoredEventPtr> RequiredState::pick(const memory::Room& room, const RequiredState* except) const {
  std::vector<memory::StoredEventPtr> found;
  add_members(found, room, except);
  {
    const base::ReadLock lock(room.mutex());
    std::ranges::move(candidates(room), std::back_inserter(found));
  }
  std::erase_if(found, [&](const memory::StoredEventPtr& stored) {
    const auto& type = stored->event->type;
    const auto& key = *stored->event->state_key;
    return !wants(type, key) || (except && except->wants(type, key));
  });
  return found;
}

std::vector<memory::StoredEventPtr> RequiredState::candidates(const memory::Room& room) const {
  const auto& state = room.other_state();
  std::vector<memory::StoredEventPtr> found;
  if (std::ranges::any_of(clauses_, [](const Clause& clause) { return clause.include.has_untyped(); })) {
    for (const auto& [type, entries] : state) add_candidates(found, type, entries);
    return found;
  }
  std::set<std::string_view> types;
  for (const auto& clause : clauses_) clause.include.add_types_to(types);
  for (const auto type : types) {
    if (const auto entries = state.find(type); entries != state.end()) add_candidates(found, type, entries->second);
  }
  return found;
}

void RequiredState::add_candidates(std::vector<memory::StoredEventPtr>& out, std::string_view type,
                                   const Entries& entries) const {
  // Whole types are walked only where a pattern asks for all of them: a room may have ten thousand members.
  if (std::ranges::any_of(clauses_, [&](const Clause& clause) { return clause.wants_all_of(type); })) {
    for (const auto& [key, stored] : entries) out.push_back(stored);
    return;
  }
  std::set<const memory::StoredEvent*> seen;
  const auto take = [&](const memory::StoredEventPtr& stored) {
    if (seen.insert(stored.get()).second) out.push_back(stored);
  };
  for (const auto& clause : clauses_) {
    if (clause.untyped_for(type)) for_common(clause.include.keys_of_any(), entries, take);
    if (const auto* keys = clause.include.keys_of(type)) for_common(*keys, entries, take);
  }
}

/// As with other types; the events of members are put together, so they are asked for one by one where that is enough.
void RequiredState::add_members(std::vector<memory::StoredEventPtr>& out, const memory::Room& room,
                                const RequiredState* except) const {
  if (std::ranges::any_of(clauses_, [](const Clause& clause) { return clause.wants_all_of(sync::kMember); })) {
    // In pieces: the room's lock is what whoever writes waits for, and all of them take a while.
    constexpr std::size_t kPiece = 256;
    std::string last;
    for (bool more = true; more;) {
      more = false;
      std::size_t looked = 0;
      const base::ReadLock lock(room.mutex());
      room.members().walk(
          [&](const memory::Members::Member& member) {
            const auto user = member.user_id();
            const bool known = except && except->wants(sync::kMember, user);
            if (!known && wants(sync::kMember, user)) out.push_back(member.event());
            if (++looked < kPiece) return true;
            last = user;
            more = true;
            return false;
          },
          last);
    }
    return;
  }
  std::set<std::string_view> wanted;
  for (const auto& clause : clauses_) {
    const auto& keys_of_any = clause.include.keys_of_any();
    if (clause.untyped_for(sync::kMember)) wanted.insert(keys_of_any.begin(), keys_of_any.end());
    if (const auto* keys = clause.include.keys_of(sync::kMember)) wanted.insert(keys->begin(), keys->end());
  }
  const base::ReadLock lock(room.mutex());
  for (const auto user : wanted) {
    if (const auto member = room.members().find(user)) out.push_back(member->event());
  }
}

bool RequiredState::excludes() const {
  return std::ranges::any_of(clauses_, [](const Clause& clause) { return !clause.exclude.empty(); });
}

std::size_t RequiredState::count() const {
  std::size_t sum = 0;
  for (const auto& clause : clauses_) sum += clause.include.count() + clause.exclude.count();
  return sum;
}

std::size_t RequiredState::bytes() const {
  std::size_t sum = sizeof *this;
  for (const auto& clause : clauses_) sum += sizeof clause + clause.include.bytes() + clause.exclude.bytes();
  return sum;
}

}  // namespace troupe::homeserver::sliding
