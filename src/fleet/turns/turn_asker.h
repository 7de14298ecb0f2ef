// Asks a bot's brain one question and makes the messages of its answer, or of its failure.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "base/crypto.h"
#include "base/metrics.h"
#include "fleet/encryption/encrypted_file.h"
#include "fleet/term/roster.h"
#include "fleet/turns/brain_call.h"
#include "fleet/turns/typing.h"
#include "fleet/types/transcriber.h"
#include "matrix/media_repository.h"

namespace troupe::fleet::turns {

/// On the fleet's executor.
class TurnAsker {
 public:
  /// `live`: for the messages of answers that grow, and for asking itself. `transcribers`: nullptr: voice messages stay
  /// files.
  TurnAsker(const LiveMessage::Uses& live, Typing& typing, matrix::MediaRepository& media,
            const base::SealingKey& sealing_key, base::MetricRegistry& metrics,
            const TranscriberRegistry* transcribers);

  enum class Outcome {
    reply,    ///< waiting.turn.reply holds the messages (none: nothing to say)
    failed,   ///< the brain failed, and the room has just been told so about another message
    dropped,  ///< the question was removed, or the bot stopped
  };
  /// `waiting` may carry joined messages; they are one question. Fills its reply, detail, tokens and what to remember.
  asio::awaitable<Outcome> ask(term::LiveBotPtr bot, term::Session& session, term::PendingTurn& waiting);
  /// Shows the room that the bot is writing, while such a token exists.
  Typing::Token show_typing(const term::LiveBotPtr& bot, const std::string& room_id) {
    return typing_.begin(bot, room_id);
  }
  /// Gives the message that a streamed answer may have left a last text: there will be no answer.
  asio::awaitable<void> close(term::LiveBotPtr bot, const term::PendingTurn& waiting, std::string text);

 private:
  asio::awaitable<Question> make_question(term::LiveBotPtr bot, const term::PendingTurn& waiting,
                                          std::vector<Choice>& choices);
  /// Adds the words of voice messages to the question. False: nobody waits for it any more.
  asio::awaitable<bool> hear(term::LiveBotPtr bot, term::Session& session, term::PendingTurn& waiting,
                             Question& question);
  LiveMessage::Place place_of(const term::LiveBotPtr& bot, const term::PendingTurn& waiting) const;
  /// The reply in place of one that failed: what was streamed, and a sentence. Nothing: the room was told already.
  std::optional<Reply> failure(const term::LiveBot& bot, term::PendingTurn& waiting, const Error& error,
                               const std::string& streamed, std::string_view language);
  /// The same for a reply that says itself what went wrong (Reply::trouble).
  std::optional<Reply> excuse(const term::LiveBot& bot, term::PendingTurn& waiting, Reply reply,
                              std::string_view language);
  /// Log, metric and the turn's detail of a failure; yields its reference number.
  std::string note_failure(const term::LiveBot& bot, term::PendingTurn& waiting, std::string_view kind,
                           const Error& error);
  /// What a turn's record is made of, from before its brain is asked. Nothing: none is kept.
  struct Kept {
    Question question;
    std::vector<std::string> secrets;
    std::int64_t config_version = 0;
  };
  std::optional<Kept> begin_record(const term::LiveBot& bot, const Question& question) const;
  void end_record(Kept kept, const Result<Reply>& reply, const LiveMessage& live, term::PendingTurn& waiting) const;
  void tell_usage(const term::LiveBot& bot, term::PendingTurn& waiting, const Usage& usage);
  /// Uploads the reply's files; what cannot be uploaded is left out and logged. `sealed`, when the room is encrypted:
  /// so are they, and it holds what opens each, by its address.
  asio::awaitable<std::vector<std::string>> upload(term::LiveBotPtr bot, Reply& reply, encryption::SealedFiles* sealed);
  asio::awaitable<void> mark_read(term::LiveBotPtr bot, std::string room_id, std::string event_id);
  /// Whether a room may be told something again that it was told before.
  bool may_say(BotKey bot, std::string_view room_id, std::string_view what);

  LiveMessage::Uses live_;
  Typing& typing_;
  matrix::MediaRepository& media_;
  const base::SealingKey& sealing_key_;
  const TranscriberRegistry* transcribers_;
  std::shared_ptr<encryption::FileCipher> cipher_ = std::make_shared<encryption::FileCipher>();
  std::map<std::string, base::UnixMs> said_;  ///< sentences by bot and room, and when
  base::Family<base::Counter>& failures_total_;
  base::Family<base::Counter>& tokens_total_;
};

/// The message that a turn with joined ones answers: the last.
const term::PendingTurn& last_of(const term::PendingTurn& waiting);
/// What a message says to a bot: without its name in front and blanks around.
std::string said_to(const term::LiveBot& bot, const term::PendingTurn& waiting);
/// `!reset`, to a bot that has sessions.
bool asks_for_reset(const term::LiveBot& bot, const term::PendingTurn& waiting);

}  // namespace troupe::fleet::turns
