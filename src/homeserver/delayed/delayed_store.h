// SQL for events that are to be sent later (hs_delayed). All throw store::SqlError only.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"

namespace troupe::homeserver::delayed {

/// As it is stored.
enum class DelayedState { scheduled = 0, sent = 1, cancelled = 2, failed = 3 };

struct DelayedRow {
  std::string delay_id;
  std::string user_id;
  std::string device_id;
  std::string room_id;
  std::string type;
  std::optional<std::string> state_key;
  std::string content;  ///< JSON
  std::int64_t delay_ms = 0;
  std::int64_t since_ms = 0;
  std::int64_t due_ms = 0;
  StreamPos pos = 0;
  DelayedState state = DelayedState::scheduled;
  bool by_action = false;
  std::optional<std::int64_t> ended_ms;
  std::string event_id;
  std::string errcode;
  std::string error;
  std::int64_t status = 0;
  std::string txn_hash;
};

/// How one ended.
struct DelayedEnd {
  DelayedState state = DelayedState::cancelled;
  bool by_action = false;
  std::int64_t ended_ms = 0;
  std::string event_id = {};
  std::string errcode = {};
  std::string error = {};
  std::int64_t status = 0;
};

/// Events that end a part in a call: these types of state, emptied, are sent although their device is gone.
inline constexpr std::array<std::string_view, 4> kCallTypes{"m.call.member", "org.matrix.msc3401.call.member",
                                                            "m.rtc.member", "org.matrix.msc4143.rtc.member"};

/// What an account may do now.
struct SenderState {
  bool locked = false;
  bool suspended = false;
  bool deactivated = false;
};

namespace delayed_store {

void insert(store::Tx&, const DelayedRow& row);
std::optional<DelayedRow> find(store::Connection&, std::string_view delay_id);
std::optional<std::string> find_by_txn(store::Connection&, std::string_view txn_hash);
std::int64_t count_scheduled(store::Connection&, std::string_view user_id);
/// When the next one of the user is tried.
std::optional<std::int64_t> next_due(store::Connection&, std::string_view user_id);
/// The next due first.
std::vector<DelayedRow> scheduled(store::Connection&, std::string_view user_id, std::int64_t limit);
/// The last ended first, before the one that ended then (by time and id).
std::vector<DelayedRow> ended(store::Connection&, std::string_view user_id, std::int64_t before_ms,
                              std::string_view before_id, std::int64_t limit);
/// Ids of those that are due, of all users, the longest due first.
std::vector<std::string> due(store::Connection&, std::int64_t now_ms, std::int64_t limit);
/// Only of a scheduled one.
void restart(store::Tx&, std::string_view delay_id, std::int64_t since_ms, std::int64_t due_ms);
void try_later(store::Tx&, std::string_view delay_id, std::int64_t due_ms);
/// Up to `limit` that would wait longer than their delay and `slack_ms` from now on wait their delay; yields how many.
std::size_t shorten_waits(store::Tx&, std::int64_t now_ms, std::int64_t slack_ms, std::int64_t limit);
void end(store::Tx&, std::string_view delay_id, const DelayedEnd& how);
/// The device's scheduled ones, but for those that end a part in a call, fail in this way, as
/// of when they were asked for or restarted last: `how` has no time, for transactions that know none.
void end_of_device(store::Tx&, std::string_view user_id, std::string_view device_id, const DelayedEnd& how);
/// Removes all of the user's ended ones but the newest.
void keep_newest_ended(store::Tx&, std::string_view user_id, std::int64_t keep);
/// Removes up to `limit` that ended before then; yields how many.
std::size_t remove_ended(store::Tx&, std::int64_t before_ms, std::int64_t limit);
void remove_of(store::Tx&, std::string_view user_id);
std::optional<SenderState> sender_state(store::Connection&, std::string_view user_id);

}  // namespace delayed_store
}  // namespace troupe::homeserver::delayed
