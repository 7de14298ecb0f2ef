// SQL of what was put before people, and what they were told of it. All functions run inside the caller's transaction
// and throw store::SqlError.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "assistant/tasks/types.h"
#include "store/database.h"

namespace troupe::assistant::surfaces {

/// A conversation of a surface's: a room or a thread of it with one bot, a channel of Slack's.
struct Session {
  std::string surface;  ///< "room", "slack"
  std::string name;
};

/// A task that people of a session were told of.
struct Watch {
  std::string task_id = {};
  std::int64_t tenant_id = 0;
  std::int64_t owner_id = 0;
  std::string owner = {};
  std::string surface = {};
  std::string session = {};
  std::string person = {};
  std::string about = {};
  tasks::JsonObject place = {};
  std::string told = {};        ///< told_of()
  std::string digest = {};      ///< of the approval that was shown; empty: none was
  std::string settled_by = {};  ///< the key of the message that was acted on last
  base::UnixMs hold_ms = 0;
  std::optional<base::UnixMs> look_ms = {};
  base::UnixMs updated_ms = 0;

  tasks::Who who() const { return {.tenant_id = tenant_id, .principal_id = owner_id, .label = owner}; }
};

namespace watch_store {

/// In place of what was known of the task.
void put(store::Tx& tx, const Watch& watch);
std::optional<Watch> of_task(store::Connection& c, std::string_view task_id);
/// The newest of a person's that is not at its end.
std::optional<Watch> newest_of(store::Connection& c, const Session& session, std::string_view person);
std::optional<Watch> about(store::Connection& c, const Session& session, std::string_view about);
std::optional<Watch> settled_by(store::Connection& c, const Session& session, std::string_view key);
/// Nobody else tells until then. The message is the one that is acted on.
void hold(store::Tx& tx, std::string_view task_id, std::string_view key, base::UnixMs until, base::UnixMs now);
/// Those that are due and not held, the longest due first.
std::vector<Watch> due(store::Connection& c, base::UnixMs now, std::int64_t limit);
void look_at(store::Tx& tx, std::string_view task_id, base::UnixMs at);
void remove(store::Tx& tx, std::string_view task_id);
/// What was last touched before a time; yields how many.
std::int64_t prune(store::Tx& tx, base::UnixMs before, std::int64_t limit);

}  // namespace watch_store
}  // namespace troupe::assistant::surfaces
