// Rows of the fleet: bots, their history and the rooms they are in.
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/types.h"
#include "fleet/types/lifecycle.h"

namespace troupe::fleet {

/// On the bus, not kept: "<room id> 1" when a bot begins to work on an answer there, "<room id> 0" when it has ended.
inline constexpr std::string_view kTypingChannel = "fleet.typing";

/// On the bus, not kept: "<room id> <event id> <user id> <text>" while an answer grows, up to five times a second, and
/// the same without a text when no more comes: the end of it is an event.
inline constexpr std::string_view kGrowingChannel = "fleet.growing";

/// On the bus, not kept: "<tenant number> <bot number>" when a bot's trouble came, changed or went without a step of
/// its life cycle.
inline constexpr std::string_view kTroubleChannel = "fleet.trouble";

/// Our number of a bot; never given out twice.
using BotKey = std::int64_t;

/// What happens after a bot ended by itself or could not be started for a reason that may pass.
struct RestartPolicy {
  enum class Mode {
    always,
    on_failure,  ///< not after a program that ended with exit code 0
    never,
  };
  Mode mode = Mode::always;
  std::int64_t max_restarts = 10;  ///< in the window; more is a crash loop. 1…1000
  std::int64_t window_s = 600;     ///< 10…86,400
};
std::string_view to_string(RestartPolicy::Mode mode);
std::optional<RestartPolicy::Mode> parse_restart_mode(std::string_view text);

/// How often a bot has failed of late, and when it is tried again. A start by a person resets it.
struct BackOff {
  std::int64_t failures = 0;                ///< in the present window
  base::UnixMs window_ms = 0;               ///< when the present window began; 0: none
  std::optional<base::UnixMs> next_try_ms;  ///< while backing_off or crash_loop
};

struct LastError {
  base::UnixMs at_ms = 0;
  std::string text;
  std::string reference;  ///< the number that the room was shown; empty: none
};

struct Bot {
  BotKey id = 0;
  std::int64_t tenant_id = 1;
  std::string bot_id;  ///< unique in its tenant: a-z 0-9 . _ -, 1…64 bytes
  std::string user_id;
  std::string display_name;
  std::string homeserver;
  std::string brain_kind;
  boost::json::object brain_config;
  std::string sealed_secrets;       ///< empty: none
  std::string sealed_password;      ///< empty: none
  boost::json::object annotations;  ///< what faces of the API keep with it, texts by name; nothing here reads them
  bool owns_account = true;
  std::string driver = "in_process";  ///< the name of the task driver that runs it (runtime::Drivers)
  RestartPolicy restart;
  BackOff back_off;
  DesiredState desired = DesiredState::stopped;
  BotState observed = BotState::created;
  std::string status_detail;
  base::UnixMs since_ms = 0;
  std::int64_t restarts = 0;  ///< tries by itself after it ended or could not be started; not starts of Troupe
  std::int64_t answered = 0;
  std::int64_t failed = 0;
  std::int64_t skipped = 0;
  std::int64_t tokens_in = 0;
  std::int64_t tokens_out = 0;
  std::optional<base::UnixMs> last_turn_ms;
  std::optional<LastError> last_error;
  std::int64_t bad_turns = 0;  ///< failed answers since the last good one
  std::string check_text;      ///< what the look at its service found to be wrong; empty: nothing
  /// Grows with each change of what its brain sees: kind, config, secrets, name.
  std::int64_t config_version = 1;
  base::UnixMs created_ms = 0;
  base::UnixMs updated_ms = 0;
};

/// Whether something of the brain differs, its secrets included.
bool other_brain(const Bot& before, const Bot& after);
/// Whether the brain would see something else: then config_version grows.
bool other_config(const Bot& before, const Bot& after);

/// Why somebody should look at a bot.
struct Trouble {
  std::string_view code;  ///< failed, crash_loop, degraded, backing_off, exited, answer_failed, check_failed
  bool serious = false;   ///< it does not answer; else it may
  std::string text;       ///< for people; may be empty
};
/// Nothing: all is well, or somebody has stopped it. bot_store.cc says the same in SQL.
std::optional<Trouble> trouble_of(const Bot& bot);

/// In place of a state: all bots with a trouble_of, the serious ones first.
inline constexpr std::string_view kTroubled = "troubled";

/// A bot's task, as it was started last.
struct TaskInfo {
  std::int64_t pid = 0;  ///< of a program that runs; 0: none, or not known
  base::UnixMs started_ms = 0;
  std::optional<base::UnixMs> ended_ms;
  std::string exit;  ///< "exit code 3", "signal 9 (killed)", …; empty while it runs
};

/// A bot with what is counted beside it.
struct BotView {
  Bot bot;
  std::int64_t rooms = 0;
  std::int64_t pending_turns = 0;
  std::optional<TaskInfo> task = std::nullopt;  ///< nothing: never started
};
struct BotPage {
  std::vector<BotView> items;
  std::int64_t total = 0;
};
struct BotCounts {
  std::int64_t total = 0;
  std::int64_t running = 0;   ///< also degraded ones
  std::int64_t failed = 0;    ///< also degraded ones and those in a crash loop
  std::int64_t rooms = 0;     ///< pairs of bot and room
  std::int64_t troubled = 0;  ///< with a trouble_of
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
  std::string inviter = {};   ///< empty: not known
  std::string commands = {};  ///< those that the room was told of (turns/command_book.h)
};

/// Who caused a change, for history and audit.
struct Actor {
  std::string label;          ///< a user id, a service's name, or "troupe"
  bool server_admin = false;  ///< of the default tenant: may make bots that run programs on this machine
  std::string address = {};   ///< where the request came from: wrong passwords count for it; empty: from nowhere
};

}  // namespace troupe::fleet
