// Rows of the fleet: bots, their history, and turns (one per message that asks a bot for an answer).
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/types.h"
#include "fleet/lifecycle.h"

namespace troupe::fleet {

/// Our number of a bot; never given out twice.
using BotKey = std::int64_t;

struct Bot {
  BotKey id = 0;
  std::int64_t tenant_id = 1;
  std::string bot_id;  ///< unique in its tenant: a-z 0-9 . _ -, 1…64 bytes
  std::string user_id;
  std::string display_name;
  std::string homeserver;
  std::string brain_kind;
  boost::json::object brain_config;
  std::string sealed_secrets;   ///< empty: none
  std::string sealed_password;  ///< empty: none
  std::string flowise_url;
  bool owns_account = true;
  DesiredState desired = DesiredState::stopped;
  BotState observed = BotState::created;
  std::string status_detail;
  base::UnixMs since_ms = 0;
  std::int64_t restarts = 0;
  std::int64_t answered = 0;
  std::int64_t failed = 0;
  std::int64_t skipped = 0;
  std::optional<base::UnixMs> last_turn_ms;
  base::UnixMs created_ms = 0;
  base::UnixMs updated_ms = 0;
};

/// A bot with what is counted beside it.
struct BotView {
  Bot bot;
  std::int64_t rooms = 0;
  std::int64_t pending_turns = 0;
};
struct BotPage {
  std::vector<BotView> items;
  std::int64_t total = 0;
};
struct BotCounts {
  std::int64_t total = 0;
  std::int64_t running = 0;
  std::int64_t failed = 0;
  std::int64_t rooms = 0;  ///< pairs of bot and room
};

/// One line of a bot's history: a transition, or `created`, `changed`, `deleted`, where from and to are the same.
struct HistoryRow {
  std::int64_t id = 0;
  std::int64_t tenant_id = 1;
  BotKey bot = 0;
  std::string bot_id;
  base::UnixMs at_ms = 0;
  std::string event;
  std::string from;
  std::string to;
  std::string cause;
  std::string actor;
};
struct HistoryPage {
  std::vector<HistoryRow> items;  ///< newest first
  std::int64_t total = 0;
};

/// A bot in a room.
struct RoomRow {
  std::string room_id;
  BotKey bot = 0;
  StreamPos joined_pos = 0;
  bool told_encrypted = false;
};

enum class TurnState {
  asked,             ///< the brain is to be asked
  replying,          ///< the reply is stored and on its way into the room
  answered,          ///< sent, or the brain had nothing to say
  failed,            ///< the brain failed; the room got a short sentence, at most one a minute
  skipped_stopped,   ///< somebody had stopped the bot
  skipped_stale,     ///< too old when the bot could have answered
  skipped_loop,      ///< bots were talking to each other
  skipped_overload,  ///< too many messages were waiting
  cancelled,         ///< the question was redacted before the answer
};

std::string_view to_string(TurnState state);
std::optional<TurnState> parse_turn_state(std::string_view text);
inline bool is_open(TurnState state) { return state == TurnState::asked || state == TurnState::replying; }

struct Turn {
  StreamPos event_pos = 0;
  BotKey bot = 0;
  std::int64_t tenant_id = 1;
  std::string event_id;
  std::string room_id;
  std::string sender;
  std::string thread_root;  ///< empty: not in a thread
  TurnState state = TurnState::asked;
  std::string detail;
  boost::json::array reply;  ///< message contents, while replying
  std::string answer_event_id;
  base::UnixMs asked_ms = 0;
};

/// Who caused a change, for history and audit.
struct Actor {
  std::string label;  ///< a user id, a service's name, or "troupe"
};

}  // namespace troupe::fleet
