// Whether a message is one that a bot answers: pure rules, so that loops and old messages are ruled out by tests.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fleet/brains/brain.h"
#include "fleet/turns/message.h"
#include "fleet/types/turn.h"

namespace troupe::fleet::turns {

/// What the rules know about the reader.
struct Reader {
  std::string_view bot_id;
  std::string_view user_id;
  std::string_view display_name;
  brains::Respond respond = brains::Respond::automatic;
  bool hears_notices = false;
  bool running = true;             ///< it is meant to run
  bool takes_more = true;          ///< not too many messages wait for it
  std::int64_t bots_in_a_row = 0;  ///< more messages of bots than this in a row are not answered
};
/// What the rules know about the room.
struct Surroundings {
  std::int64_t joined_members = 0;
  bool only_bot = true;        ///< no other bot of ours is in the room
  bool sender_is_bot = false;  ///< one of ours, or marked as one
  bool replies_to_reader = false;
  bool reader_in_thread = false;     ///< the reader has answered in the message's thread
  bool other_bot_in_thread = false;  ///< another bot has, or the message is one's
  std::int64_t bot_streak = 0;       ///< messages of bots since a person's last one, with this one
};

/// What becomes of a message that is meant for a bot.
struct Verdict {
  TurnState state = TurnState::asked;  ///< or skipped_…
  std::string_view detail = {};        ///< why it is skipped
};
/// Nothing: it is not for the reader, or the reader does not hear its kind.
std::optional<Verdict> judge(const Message& message, const Reader& reader, const Surroundings& around);

/// Whether the message is meant for the reader.
bool is_addressed(const Message& message, const Reader& reader, const Surroundings& around);
/// Named in m.mentions, in the text, or called by "!bot_id" or "name:".
bool is_mentioned(const Message& message, const Reader& reader);
/// The text without the reader's name in front.
std::string strip_mention(std::string_view text, const Reader& reader);

}  // namespace troupe::fleet::turns
