// SQL of the choices that teach the router. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/database.h"

namespace troupe::assistant::dialogue {

/// What a person chose when they were asked which service they mean.
struct Lesson {
  std::string id;  ///< of the task that asked
  std::string text;
  std::string service;
  std::int64_t chosen_by = 0;
  base::UnixMs created_ms = 0;
  bool operator==(const Lesson&) const = default;
};

namespace lessons_store {

/// Oldest first; at most `limit`, the newest.
std::vector<Lesson> all(store::Connection& c, std::int64_t tenant_id, std::int64_t limit);
/// In place of one with the same id; the oldest beyond `most` go.
void put(store::Tx& tx, std::int64_t tenant_id, const Lesson& lesson, std::int64_t most);
/// Who made it; nothing: there is none.
std::optional<std::int64_t> chosen_by(store::Connection& c, std::int64_t tenant_id, std::string_view id);
/// Those that this person made in the tasks of a conversation.
void remove_of(store::Tx& tx, std::int64_t tenant_id, std::int64_t person, std::string_view conversation_id);
bool remove(store::Tx& tx, std::int64_t tenant_id, std::string_view id);

}  // namespace lessons_store
}  // namespace troupe::assistant::dialogue
