// SQL for turns. All functions run inside the caller's transaction and throw store::SqlError.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "fleet/types/turn.h"
#include "store/database.h"

namespace troupe::fleet::turns {

/// What a turn cost, for the usage of its bot.
struct TurnCost {
  bool own_words = false;  ///< Turn::own_words: such an answer is not counted, and ends no trouble
  std::int64_t latency_ms = 0;
  std::int64_t tokens_in = 0;
  std::int64_t tokens_out = 0;
};

/// Does nothing when the pair of event and bot has its row already: a second look stops here. Counts skips. One that is
/// skipped_stopped, said while the bot was stopped, is `away`: the next start may take it up.
void insert_turn(store::Tx& tx, const Turn& turn, base::UnixMs now);
/// Notes that the beginning of the answer may be in the room from now on; false when the turn is not `asked` any more.
bool mark_streamed(store::Tx& tx, StreamPos event_pos, BotKey bot, base::UnixMs now);
/// Stores the reply of a turn that is still `asked`; false when it is not (stopped, cancelled, deleted).
bool store_reply(store::Tx& tx, const Turn& turn, base::UnixMs now);
/// The turn's message is answered together with another one: from now on its row follows that one's.
void join_turn(store::Tx& tx, StreamPos event_pos, BotKey bot, StreamPos to_event_pos, base::UnixMs now);
/// Ends an open turn and those joined to it, and counts them at their bot and in their hour; the stored reply goes.
/// Yields how many ended. The detail of a failed one ("reference: text") becomes the bot's last error.
std::int64_t finish_turn(store::Tx& tx, StreamPos event_pos, BotKey bot, TurnState state, std::string_view detail,
                         std::string_view answer_event_id, base::UnixMs now, const TurnCost& cost = {});
/// Ends all open turns of a bot as skipped_stopped. No start takes them up: who stopped it may not want them answered.
void skip_open_turns(store::Tx& tx, BotKey bot, base::UnixMs now);
/// What a bot that is started takes up of what it was asked while it was stopped.
struct TakeUp {
  std::int64_t longest_ago_ms = 0;
  std::int64_t most_of_room = 0;  ///< the newest
  std::int64_t most = 0;          ///< in all rooms; the newest
};
/// Makes them `asked` again; the rest is never looked at again. In the order of the stream.
std::vector<Turn> take_up(store::Tx& tx, BotKey bot, const TakeUp& limits, base::UnixMs now);
/// Nothing of before now is taken up; at most `limit` at a time. Yields how many.
std::int64_t forget_away(store::Tx& tx, BotKey bot, std::int64_t limit);
/// Open turns of all bots, in the order of the stream, without those joined to another.
std::vector<Turn> open_turns(store::Connection& c);
std::optional<Turn> find_turn(store::Connection& c, StreamPos event_pos, BotKey bot);
/// The thread that an answer of the bot is in (empty: in none); nothing when the event is no answer of it.
std::optional<std::string> thread_of_answer(store::Connection& c, std::string_view answer_event_id, BotKey bot);
/// The event id of the question that an answer of the bot is to; empty: the event is no answer of it.
std::string question_of_answer(store::Connection& c, std::string_view answer_event_id, BotKey bot);
/// Whether the bot has answered in this thread.
bool answered_in_thread(store::Connection& c, std::string_view room_id, std::string_view thread_root, BotKey bot);
/// Whether a bot other than this one has answered, or is about to, in this thread.
bool other_bot_in_thread(store::Connection& c, std::string_view room_id, std::string_view thread_root, BotKey bot);
/// Deletes finished turns that were last touched before a time; at most `limit`. Yields how many.
std::int64_t prune_turns(store::Tx& tx, base::UnixMs before, std::int64_t limit);

}  // namespace troupe::fleet::turns
