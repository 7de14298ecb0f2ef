// SQL of reminders and schedules, and of people's time zones. All functions run inside the caller's transaction and
// throw store::SqlError.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/types/bot.h"
#include "store/database.h"

namespace troupe::fleet::bots {

/// On the bus, not kept: whoever has written a new row publishes here, and the holder of the fleet looks.
inline constexpr std::string_view kScheduleChannel = "fleet.schedules";

enum class ScheduleState { active, done, cancelled };

/// A reminder (once) or a schedule (cron).
struct Schedule {
  std::int64_t id = 0;
  BotKey bot = 0;
  std::int64_t tenant_id = 1;
  std::string room_id;
  std::int64_t number = 0;  ///< what people call it; per bot and room
  std::string user_id;
  std::string cron;  ///< empty: once
  std::string zone;
  std::string text;
  std::string thread_root;  ///< empty: not in a thread
  base::UnixMs next_ms = 0;
  ScheduleState state = ScheduleState::active;
  std::string made_by_event;
  std::string ended_by_event;
  base::UnixMs created_ms = 0;
};

/// One that is due, with what is needed to say it.
struct DueSchedule {
  Schedule schedule;
  std::string bot_id;
};

/// Gives it its id and number.
void insert_schedule(store::Tx& tx, Schedule& schedule);
std::optional<Schedule> schedule_made_by(store::Connection& c, BotKey bot, std::string_view event_id);
std::optional<Schedule> schedule_ended_by(store::Connection& c, BotKey bot, std::string_view event_id);
/// Active ones of a room, the next first. `once`: reminders, else schedules.
std::vector<Schedule> schedules_of(store::Connection& c, BotKey bot, std::string_view room_id, bool once,
                                   std::int64_t limit);
std::optional<Schedule> active_schedule(store::Connection& c, BotKey bot, std::string_view room_id, std::int64_t number,
                                        bool once);
struct ScheduleCounts {
  std::int64_t room = 0;
  std::int64_t user = 0;  ///< of one person, in all rooms of the bot
};
ScheduleCounts count_schedules(store::Connection& c, BotKey bot, std::string_view room_id, std::string_view user_id);
void cancel_schedule(store::Tx& tx, std::int64_t id, std::string_view event_id, base::UnixMs now);

/// Due ones of bots that run, the longest due first.
std::vector<DueSchedule> due_schedules(store::Connection& c, base::UnixMs now, std::int64_t limit);
/// When the next active one is due, whether its bot runs or not.
std::optional<base::UnixMs> next_due(store::Connection& c, base::UnixMs after);
/// From one due time to the next; an empty `next` ends it. False: somebody else has done it.
bool advance_schedule(store::Tx& tx, std::int64_t id, base::UnixMs due, std::optional<base::UnixMs> next,
                      base::UnixMs now);
/// Ended ones last touched before a time, and everything of bots that are gone.
void prune_schedules(store::Tx& tx, base::UnixMs before);

std::optional<BotKey> bot_key_of(store::Connection& c, std::string_view bot_user_id, std::int64_t& tenant_id);
std::optional<std::string> user_zone(store::Connection& c, BotKey bot, std::string_view user_id);
void set_user_zone(store::Tx& tx, BotKey bot, std::int64_t tenant_id, std::string_view user_id, std::string_view zone);

}  // namespace troupe::fleet::bots
