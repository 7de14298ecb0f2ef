// Which state of a room a client of sliding sync asks for.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/room.h"

namespace troupe::homeserver::sliding {

/// Pairs of type and state key, each once, found by type: a look costs the same however many there are.
class StatePatterns {
 public:
  using Keys = std::set<std::string, std::less<>>;

  /// Nothing in place of a type or a key: any.
  void add(std::optional<std::string> type, std::optional<std::string> key);
  void add(const StatePatterns& others);
  bool operator==(const StatePatterns&) const = default;

  /// `untyped`: patterns for any type count, too.
  bool matches(std::string_view type, std::string_view key, bool untyped = true) const;
  bool matches_all_of(std::string_view type, bool untyped = true) const;
  bool has_untyped() const { return any_ || !keys_of_any_.empty(); }
  bool empty() const { return !has_untyped() && of_type_.empty(); }
  std::size_t count() const;
  std::size_t bytes() const;

  /// Keys that are asked for of any type.
  const Keys& keys_of_any() const { return keys_of_any_; }
  /// Those of one type; may be null.
  const Keys* keys_of(std::string_view type) const;
  void add_types_to(std::set<std::string_view>& out) const;

 private:
  struct OfType {
    bool all = false;
    Keys keys;
    bool operator==(const OfType&) const = default;
  };
  bool any_ = false;
  Keys keys_of_any_;
  std::map<std::string, OfType, std::less<>> of_type_;
};

/// What lists and subscriptions ask for: what any of them wants is sent.
class RequiredState {
 public:
  struct Clause {
    StatePatterns include;
    StatePatterns exclude;
    /// Members as the timeline needs them: a pattern for any type has none then.
    bool lazy_members = false;
    bool operator==(const Clause&) const = default;
    bool wants(std::string_view type, std::string_view key) const;
    /// A pattern of this clause says "all of this type", whether some are excluded or not.
    bool wants_all_of(std::string_view type) const;
    bool untyped_for(std::string_view type) const;
  };

  RequiredState() = default;
  explicit RequiredState(Clause clause) { clauses_.push_back(std::move(clause)); }
  bool operator==(const RequiredState&) const = default;

  void add(const RequiredState& other);
  bool wants(std::string_view type, std::string_view key) const;
  /// Members come along with the timeline: some clause says so and none asks for all.
  bool lazy_members() const;
  /// The room's present state that is wanted, but not by `except`. Holds the room's lock while it copies what may be.
  std::vector<memory::StoredEventPtr> pick(const memory::Room& room, const RequiredState* except = nullptr) const;
  bool excludes() const;
  /// Patterns, each once.
  std::size_t count() const;
  /// About what it takes in memory.
  std::size_t bytes() const;

 private:
  std::vector<memory::StoredEventPtr> candidates(const memory::Room& room) const REQUIRES_SHARED(room.mutex());
  void add_candidates(std::vector<memory::StoredEventPtr>& out, std::string_view type,
                      const memory::StateMap::mapped_type& entries) const;
  void add_members(std::vector<memory::StoredEventPtr>& out, const memory::Room& room,
                   const RequiredState* except) const;

  /// Those that exclude nothing are one, or one for each of `lazy_members`.
  std::vector<Clause> clauses_;
};

}  // namespace troupe::homeserver::sliding
