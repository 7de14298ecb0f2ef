// A turn: one message that asks a bot for an answer, from the question to the answer in the room.
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fleet/types/bot.h"

namespace troupe::fleet {

enum class TurnState {
  asked,             ///< the brain is to be asked
  replying,          ///< the reply is stored and on its way into the room
  answered,          ///< sent, or the brain had nothing to say
  failed,            ///< the brain failed; the room got a short sentence, at most one a minute
  skipped_stopped,   ///< somebody had stopped the bot
  skipped_stale,     ///< too old when the bot could have answered
  skipped_loop,      ///< bots were talking to each other
  skipped_overload,  ///< too many messages were waiting
  skipped_budget,    ///< more messages a minute than the room or the bot may have answered
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
  bool own_words = false;      ///< the reply is (Reply::own_words)
  bool streamed = false;       ///< a message with the beginning of the answer may be in the room
  std::int64_t tokens_in = 0;  ///< as the brain counts them; 0: not said
  std::int64_t tokens_out = 0;
};

/// What a turn was answered from (turns/turn_record.h), as it is kept.
struct TurnRecord {
  std::string event_id;  ///< the message that was answered: of a question of several the last
  base::UnixMs at_ms = 0;
  std::int64_t config_version = 0;  ///< of the bot, when its brain was asked
  boost::json::object record;
};

}  // namespace troupe::fleet
