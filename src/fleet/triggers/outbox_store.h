// SQL of the outbox. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <boost/json/array.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/types/bot.h"
#include "store/database.h"

namespace troupe::fleet::triggers {

/// A message that a bot is to send of its own accord.
struct Outgoing {
  std::int64_t id = 0;
  BotKey bot = 0;
  std::int64_t tenant_id = 1;
  std::string room_id;
  std::string origin;     ///< hook, reminder, schedule, answer
  std::string dedup_key;  ///< the same decision again is the same message
  /// Of m.room.message events, in order. A reaction with an empty event id is to the message before it.
  boost::json::array contents;
};

/// The origin of what is said later to a question: people may answer it.
inline constexpr std::string_view kAnswerOrigin = "answer";

/// On the bus, not kept: whoever has written a row publishes here, in any process, and the holder of the fleet sends
/// it.
inline constexpr std::string_view kOutboxChannel = "fleet.outbox";

enum class OutgoingState { waiting, sent, failed };

/// How far a message has come.
struct OutgoingStatus {
  OutgoingState state = OutgoingState::waiting;
  std::string detail;
  std::string event_id;
};

struct Enqueued {
  std::int64_t id = 0;
  bool fresh = true;  ///< false: this dedup_key is there already, nothing was written
};
Enqueued enqueue(store::Tx& tx, const Outgoing& message, base::UnixMs now);

/// The message with this dedup_key, while it is kept.
std::optional<std::int64_t> outgoing_by_key(store::Connection& c, std::string_view dedup_key);

/// A bot and room with messages to send; only of bots that run.
struct OutboxLane {
  BotKey bot = 0;
  std::string bot_user_id;
  std::string room_id;
};
std::vector<OutboxLane> outbox_lanes(store::Connection& c, std::int64_t limit);
/// The oldest waiting message of a lane.
std::optional<Outgoing> next_outgoing(store::Connection& c, BotKey bot, std::string_view room_id);
/// False when it was finished before.
bool finish_outgoing(store::Tx& tx, std::int64_t id, OutgoingState state, std::string_view event_id,
                     std::string_view detail, base::UnixMs now);
std::optional<OutgoingStatus> outgoing_status(store::Connection& c, std::int64_t id);
std::int64_t count_waiting(store::Connection& c, BotKey bot);
/// Removes finished messages last touched before a time, and those of bots that are gone; yields how many.
std::int64_t prune_outbox(store::Tx& tx, base::UnixMs before, std::int64_t limit);

}  // namespace troupe::fleet::triggers
