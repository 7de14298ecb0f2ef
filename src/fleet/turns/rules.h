// Whether a message is one that a bot answers: pure rules, so that loops and old messages are ruled out by tests.
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fleet/brains/brain.h"
#include "matrix/homeserver.h"

namespace troupe::fleet {

/// A member of the content of everything a bot sends: {"bot": bot_id, "hops": n, "answers": event id}.
inline constexpr std::string_view kBotMark = "org.troupe.bot";
/// An answer that would be further from a person than this is not given.
inline constexpr std::int64_t kMaxHops = 3;

/// What of an event matters to bots; independent of the bot that reads it.
struct Message {
  std::string text;  ///< body without the quoted part of a reply; of a file: its caption
  std::string msgtype;
  std::string thread_root;  ///< empty: not in a thread
  std::string replies_to;   ///< event id; empty: not a reply
  std::int64_t hops = 0;    ///< of a bot's message; 0: of a person
  bool by_bot = false;      ///< carries the mark of a bot
  std::vector<Attachment> attachments = {};
  bool notice = false;  ///< m.notice: for bots that hear notices
};

/// The message in an event that could be answered at all: m.room.message with text, emote, notice or a file, not an
/// edit.
std::optional<Message> read_message(const matrix::FeedEvent& event);

/// What the rules know about the reader.
struct Reader {
  std::string_view bot_id;
  std::string_view user_id;
  std::string_view display_name;
  Respond respond = Respond::automatic;
};
/// What the rules know about the room.
struct Surroundings {
  std::int64_t joined_members = 0;
  bool only_bot = true;        ///< no other bot of ours is in the room
  bool sender_is_bot = false;  ///< one of ours, or marked as one
  bool replies_to_reader = false;
  bool reader_in_thread = false;     ///< the reader has answered in the message's thread
  bool other_bot_in_thread = false;  ///< another bot has, or the message is one's
};

/// Whether the message is meant for the reader.
bool is_addressed(const Message& message, const boost::json::object& content, const Reader& reader,
                  const Surroundings& around);
/// Named in m.mentions, in the text, or called by "!bot_id" or "name:".
bool is_mentioned(const Message& message, const boost::json::object& content, const Reader& reader);
/// The text without the reader's name in front.
std::string strip_mention(std::string_view text, const Reader& reader);

}  // namespace troupe::fleet
