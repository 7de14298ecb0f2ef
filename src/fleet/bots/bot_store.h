// SQL for bots, their history and their rooms. All functions run inside the caller's transaction and throw
// store::SqlError.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "fleet/types/bot.h"
#include "store/database.h"

namespace troupe::fleet::bots {

/// The last of `count` new numbers.
std::int64_t next_ids(store::Tx& tx, std::string_view counter, std::int64_t count);
inline std::int64_t next_id(store::Tx& tx, std::string_view counter) { return next_ids(tx, counter, 1); }

void insert_bot(store::Tx& tx, const Bot& bot);
/// Writes what people may change: name, brain, secrets, password, annotations, driver, restart policy.
void update_bot(store::Tx& tx, const Bot& bot);
void update_desired(store::Tx& tx, BotKey id, DesiredState desired, base::UnixMs now);
struct States {
  DesiredState desired = DesiredState::stopped;
  BotState observed = BotState::created;
};
std::optional<States> states_of(store::Connection& c, BotKey id);
/// What a step through the life cycle changes of a bot.
struct StateRow {
  DesiredState desired = DesiredState::stopped;
  BotState observed = BotState::created;
  std::string status_detail;
  base::UnixMs since_ms = 0;
  BackOff back_off;
};
inline StateRow state_row(const Bot& bot) {
  return {.desired = bot.desired,
          .observed = bot.observed,
          .status_detail = bot.status_detail,
          .since_ms = bot.since_ms,
          .back_off = bot.back_off};
}
void set_state(store::Tx& tx, BotKey id, const StateRow& row, bool counts_as_restart, base::UnixMs now);
void set_last_error(store::Tx& tx, BotKey id, const LastError& error);
/// What the look at the bot's service found to be wrong; empty: nothing.
void set_check(store::Tx& tx, BotKey id, std::string_view text);
/// Failed answers and findings were another brain's.
void forget_trouble(store::Tx& tx, BotKey id);
/// With its rooms, turns, program, log and usage; the history stays.
void delete_bot(store::Tx& tx, BotKey id);

/// Rooms and turns that were written while their bot was being deleted.
void delete_orphans(store::Tx& tx);

std::optional<Bot> bot_by_key(store::Connection& c, BotKey id);
std::optional<Bot> bot_by_id(store::Connection& c, std::int64_t tenant_id, std::string_view bot_id);
bool user_is_bot(store::Connection& c, std::string_view user_id);
std::optional<BotView> bot_view(store::Connection& c, std::int64_t tenant_id, std::string_view bot_id);
std::optional<BotView> bot_view(store::Connection& c, BotKey id);
/// By bot_id; `search` is part of bot_id, display name or user id, empty: all. `state` is an observed state or
/// kTroubled, empty: all.
BotPage bot_page(store::Connection& c, std::int64_t tenant_id, std::string_view search, std::string_view state,
                 std::int64_t from, std::int64_t limit);
bool any_bot(store::Connection& c);
std::vector<Bot> all_bots(store::Connection& c);
/// Of all tenants, in the order of their numbers.
std::vector<Bot> bots_of_kind(store::Connection& c, std::string_view brain_kind);
BotCounts bot_counts(store::Connection& c, std::int64_t tenant_id);

/// What a line of a bot's history tells.
struct HistoryLine {
  std::string_view event;
  BotState from;
  BotState to;
  std::string_view cause;
  std::string_view actor;
  base::UnixMs at_ms;
};
/// Yields its number.
std::int64_t insert_history(store::Tx& tx, const Bot& bot, const HistoryLine& line);
/// The same under a number that next_ids gave.
void insert_history(store::Tx& tx, std::int64_t id, const Bot& bot, const HistoryLine& line);
/// Newest first; `search` is part of the event, its states, its cause or its actor (with `_` as a space), empty: all.
HistoryPage history_page(store::Connection& c, std::int64_t tenant_id, BotKey bot, std::string_view search,
                         std::int64_t from, std::int64_t limit);
/// Of all bots of a tenant, oldest first, after a number.
std::vector<HistoryRow> history_after(store::Connection& c, std::int64_t tenant_id, std::int64_t after,
                                      std::int64_t limit);
std::int64_t last_history(store::Connection& c);
/// Of one bot; 0: none.
std::int64_t newest_history(store::Connection& c, BotKey bot);
/// What other processes did or want, of all tenants, oldest first, after a number: the events created, changed and
/// want_….
std::vector<HistoryRow> requests_after(store::Connection& c, std::int64_t after, std::int64_t limit);
/// Deletes lines from before a time, the oldest first; at most `limit`. Yields how many.
std::int64_t prune_history(store::Tx& tx, base::UnixMs before, std::int64_t limit);

/// Keeps the older joined_pos when the bot is in the room already. Who invited it comes from its invite, which is done
/// with.
void insert_room(store::Tx& tx, const RoomRow& room, std::int64_t tenant_id);
/// Invites that wait: kept until the bot is in the room or they are taken back.
void insert_invite(store::Tx& tx, std::string_view room_id, BotKey bot, std::string_view inviter,
                   std::int64_t tenant_id);
void delete_invite(store::Tx& tx, std::string_view room_id, BotKey bot);
/// Empty: not known.
std::string inviter_of(store::Connection& c, std::string_view room_id, BotKey bot);
void delete_room(store::Tx& tx, std::string_view room_id, BotKey bot);
void mark_told_encrypted(store::Tx& tx, std::string_view room_id, BotKey bot);
void set_room_commands(store::Tx& tx, std::string_view room_id, BotKey bot, std::string_view commands);
/// Rooms of a bot, in the order of their ids, whose `commands` are others, and do not begin with `refused` (13 bytes).
struct OtherCommands {
  BotKey bot = 0;
  std::string_view commands;
  std::string_view refused;
};
std::vector<std::string> rooms_with_other_commands(store::Connection& c, const OtherCommands& others,
                                                   std::string_view after_room, std::int64_t limit);
std::vector<RoomRow> all_rooms(store::Connection& c);
std::vector<RoomRow> rooms_of(store::Connection& c, BotKey bot);

}  // namespace troupe::fleet::bots
