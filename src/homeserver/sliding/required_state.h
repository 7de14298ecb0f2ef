// Which state of a room a client of sliding sync asks for.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "homeserver/memory/room.h"

namespace troupe::homeserver::sliding {

/// What lists and subscriptions ask for, one clause each: what any of them wants is sent.
class RequiredState {
 public:
  /// Nothing in place of a type or a key: any.
  struct Pattern {
    std::optional<std::string> type;
    std::optional<std::string> key;
    bool operator==(const Pattern&) const = default;
    bool matches(std::string_view of_type, std::string_view of_key) const {
      return (!type || *type == of_type) && (!key || *key == of_key);
    }
  };
  struct Clause {
    std::vector<Pattern> include;
    std::vector<Pattern> exclude;
    /// Members as the timeline needs them: a pattern for any type has none then.
    bool lazy_members = false;
    bool operator==(const Clause&) const = default;
    bool wants(std::string_view type, std::string_view key) const;
    /// A pattern of this clause says "all of this type", whether some are excluded or not.
    bool wants_all_of(std::string_view type) const;
  };

  RequiredState() = default;
  explicit RequiredState(Clause clause) { clauses_.push_back(std::move(clause)); }
  bool operator==(const RequiredState&) const = default;

  void add(const RequiredState& other);
  bool wants(std::string_view type, std::string_view key) const;
  /// Members come along with the timeline: some clause says so and none asks for all.
  bool lazy_members() const;
  /// The room's present state that is wanted, but not by `except`. Under the room's lock.
  std::vector<memory::StoredEventPtr> pick(const memory::Room& room, const RequiredState* except = nullptr) const;
  /// About what it takes in memory.
  std::size_t bytes() const;

 private:
  std::vector<Clause> clauses_;
};

}  // namespace troupe::homeserver::sliding
