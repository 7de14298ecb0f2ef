// SQL of schedules. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "assistant/surfaces/watch_store.h"

namespace troupe::assistant::surfaces {

/// A sentence that is said again and again.
struct Schedule {
  std::string id = {};
  std::int64_t number = 0;  ///< what its person calls it: theirs, in the tenant
  std::int64_t tenant_id = 0;
  std::int64_t owner_id = 0;
  std::string surface = {};
  std::string session = {};
  std::string person = {};
  tasks::JsonObject place = {};
  tasks::JsonObject rules = {};  ///< what its bot allowed: {"services": […]}
  std::string cron = {};
  std::string zone = {};
  std::string text = {};
  std::string made_by = {};       ///< the key of the message that made it
  tasks::JsonObject thread = {};  ///< its own conversation (Thread)
  base::UnixMs next_ms = 0;
  base::UnixMs wait_ms = 0;  ///< not before, after a trouble
};

namespace schedule_store {

void insert(store::Tx& tx, const Schedule& schedule);
std::optional<Schedule> made_by(store::Connection& c, const tasks::Who& who, std::string_view key);
std::optional<Schedule> find(store::Connection& c, std::string_view id);
std::int64_t count(store::Connection& c, const tasks::Who& who);
std::int64_t last_number(store::Connection& c, const tasks::Who& who);
std::vector<Schedule> of_person(store::Connection& c, const tasks::Who& who, const Session& session,
                                std::int64_t limit);
/// False: there was none.
bool remove(store::Tx& tx, const tasks::Who& who, const Session& session, std::int64_t number);
void remove(store::Tx& tx, std::string_view id);
std::vector<Schedule> due(store::Connection& c, std::string_view surface, base::UnixMs now, std::int64_t limit);
void keep_thread(store::Tx& tx, std::string_view id, const tasks::JsonObject& thread);
void put_off(store::Tx& tx, std::string_view id, base::UnixMs until);
/// From one time to the next. False: somebody else has done it.
bool advance(store::Tx& tx, std::string_view id, base::UnixMs due, base::UnixMs next);

}  // namespace schedule_store
}  // namespace troupe::assistant::surfaces
