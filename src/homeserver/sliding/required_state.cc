#include "homeserver/sliding/required_state.h"

#include <algorithm>
#include <set>

#include "homeserver/sync/visibility.h"

namespace troupe::homeserver::sliding {

bool RequiredState::Clause::wants(std::string_view type, std::string_view key) const {
  const auto matches = [&](const Pattern& pattern) { return pattern.matches(type, key); };
  const auto asks = [&](const Pattern& pattern) {
    if (lazy_members && !pattern.type && type == sync::kMember) return false;
    return matches(pattern);
  };
  return std::ranges::any_of(include, asks) && std::ranges::none_of(exclude, matches);
}

bool RequiredState::Clause::wants_all_of(std::string_view type) const {
  return std::ranges::any_of(include, [&](const Pattern& pattern) {
    if (pattern.key) return false;
    return pattern.type ? *pattern.type == type : !(lazy_members && type == sync::kMember);
  });
}

void RequiredState::add(const RequiredState& other) {
  for (const auto& clause : other.clauses_) {
    if (std::ranges::find(clauses_, clause) == clauses_.end()) clauses_.push_back(clause);
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
  std::set<const memory::StoredEvent*> seen;
  const auto take = [&](const Clause& clause, const memory::StoredEventPtr& stored) {
    const auto& type = stored->event->type;
    const auto& key = *stored->event->state_key;
    if (!clause.wants(type, key) || (except && except->wants(type, key))) return;
    if (seen.insert(stored.get()).second) found.push_back(stored);
  };
  for (const auto& clause : clauses_) {
    // Whole types are walked only where a pattern asks for all of them: a room may have ten thousand members.
    const bool any_type = std::ranges::any_of(clause.include, [](const Pattern& pattern) { return !pattern.type; });
    for (const auto& [type, entries] : room.state()) {
      if (!any_type && !clause.wants_all_of(type)) continue;
      if (clause.wants_all_of(type)) {
        for (const auto& [key, stored] : entries) take(clause, stored);
        continue;
      }
      for (const auto& pattern : clause.include) {
        if (pattern.type || !pattern.key) continue;
        if (const auto entry = entries.find(*pattern.key); entry != entries.end()) take(clause, entry->second);
      }
    }
    for (const auto& pattern : clause.include) {
      if (!pattern.type || !pattern.key) continue;
      if (const auto stored = room.state_event(*pattern.type, *pattern.key)) take(clause, stored);
    }
  }
  return found;
}

std::size_t RequiredState::bytes() const {
  std::size_t sum = sizeof *this;
  for (const auto& clause : clauses_) {
    sum += sizeof clause;
    for (const auto* patterns : {&clause.include, &clause.exclude}) {
      for (const auto& pattern : *patterns) {
        sum += sizeof pattern + pattern.type.value_or("").size() + pattern.key.value_or("").size();
      }
    }
  }
  return sum;
}

}  // namespace troupe::homeserver::sliding
