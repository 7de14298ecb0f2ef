// What an event of the feed says to bots, read out of its content once; independent of the bot that reads it.
#pragma once
#include <optional>
#include <string>

#include "fleet/encryption/encryption.h"
#include "fleet/types/question.h"
#include "matrix/feed.h"

namespace troupe::fleet::turns {

/// The message in an event that could be answered at all: m.room.message with text, emote, notice or a file, not an
/// edit.
std::optional<Message> read_message(const matrix::FeedEvent& event);

/// An event with what bots need of it.
struct Heard {
  enum class Kind { other, membership, message, reaction, encrypted, encryption, redaction };
  Kind kind = Kind::other;
  matrix::FeedEvent event;
  std::optional<Message> message = {};  ///< of kind message: nothing when it cannot be answered
  bool by_bot = false;                  ///< carries the mark of a bot
  std::string membership = {};          ///< join, leave, …
  std::string target = {};              ///< the event that is reacted to or redacted; empty: badly formed
  std::string key = {};                 ///< of a reaction
  /// Of what came encrypted, where bots read that: who could read it, and who could not. Its event is what it says when
  /// anybody could.
  std::optional<encryption::Heard> sealed = {};
};
Heard hear(matrix::FeedEvent event);

}  // namespace troupe::fleet::turns
