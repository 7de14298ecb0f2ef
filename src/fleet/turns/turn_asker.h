// Asks a bot's brain one question and makes the messages of its answer, or of its failure.
#pragma once
#include <map>
#include <string>

#include "fleet/brains/brain_call.h"
#include "fleet/deps.h"
#include "fleet/roster.h"
#include "fleet/turns/typing.h"

namespace troupe::fleet {

/// On the fleet's executor.
class TurnAsker {
 public:
  explicit TurnAsker(Shared& shared);

  enum class Outcome {
    reply,    ///< waiting.turn.reply holds the messages (none: nothing to say)
    failed,   ///< the brain failed, and the room has just been told so about another message
    dropped,  ///< the question was removed, or the bot stopped
  };
  /// `waiting` may carry joined messages; they are one question. Fills its reply, detail, tokens and what to remember.
  asio::awaitable<Outcome> ask(LiveBotPtr bot, Session& session, Waiting& waiting);
  /// Shows the room that the bot is writing, while such a token exists.
  Typing::Token show_typing(const LiveBotPtr& bot, const std::string& room_id) { return typing_.begin(bot, room_id); }
  /// Gives the message that a streamed answer may have left a last text: there will be no answer.
  asio::awaitable<void> close(LiveBotPtr bot, const Waiting& waiting, std::string text);

 private:
  asio::awaitable<Question> make_question(LiveBotPtr bot, const Waiting& waiting, std::vector<Choice>& choices);
  LiveMessage::Place place_of(const LiveBotPtr& bot, const Waiting& waiting) const;
  /// The reply in place of one that failed: what was streamed, and a sentence. Nothing: the room was told already.
  std::optional<Reply> failure(const LiveBot& bot, Waiting& waiting, const Error& error, const std::string& streamed,
                               std::string_view language);
  /// The same for a reply that says itself what went wrong (Reply::trouble).
  std::optional<Reply> excuse(const LiveBot& bot, Waiting& waiting, Reply reply, std::string_view language);
  /// Log, metric and the turn's detail of a failure; yields its reference number.
  std::string note_failure(const LiveBot& bot, Waiting& waiting, std::string_view kind, const Error& error);
  void tell_usage(const LiveBot& bot, Waiting& waiting, const Usage& usage);
  /// Uploads the reply's files; what cannot be uploaded is left out and logged.
  asio::awaitable<std::vector<std::string>> upload(LiveBotPtr bot, Reply& reply);
  asio::awaitable<void> mark_read(LiveBotPtr bot, std::string room_id, std::string event_id);
  /// Whether a room may be told something again that it was told before.
  bool may_say(BotKey bot, std::string_view room_id, std::string_view what);

  Shared& shared_;
  Typing typing_;
  std::map<std::string, base::UnixMs> said_;  ///< sentences by bot and room, and when
  base::Family<base::Counter>& failures_total_;
  base::Family<base::Counter>& tokens_total_;
};

/// The message that a turn with joined ones answers: the last.
const Waiting& last_of(const Waiting& waiting);
/// What a message says to a bot: without its name in front and blanks around.
std::string said_to(const LiveBot& bot, const Waiting& waiting);
/// `!reset`, to a bot that has sessions.
bool asks_for_reset(const LiveBot& bot, const Waiting& waiting);
/// Asks for a reaction under the message before it: a part of an answer that is no message.
boost::json::object reaction_content(std::string_view emoji);

}  // namespace troupe::fleet
