// What people write to bots: a message as the rules see it, and the question that a brain gets.
#pragma once
#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fleet/types/session_memory.h"
#include "matrix/media_repository.h"

namespace troupe::fleet {

enum class AttachmentKind { file, image, audio, video };

/// A file that a person sent: what the event says about it. The bytes come through Question::download.
struct Attachment {
  std::string mxc;  ///< mxc://server/id
  std::string mime;
  std::string name;
  AttachmentKind kind = AttachmentKind::file;
  std::int64_t bytes = 0;           ///< as the sender says; 0: not said
  bool voice = false;               ///< recorded for this message (MSC3245), not an audio file
  boost::json::object sealed = {};  ///< how an encrypted one is opened; empty: it is not encrypted
};

/// What of an event matters to bots; independent of the bot that reads it.
struct Message {
  std::string text;  ///< body without the quoted part of a reply; of a file: its caption
  std::string msgtype;
  std::string thread_root;  ///< empty: not in a thread
  std::string replies_to;   ///< event id; empty: not a reply
  std::int64_t hops = 0;    ///< of a bot's message; 0: of a person
  bool by_bot = false;      ///< carries the mark of a bot
  std::vector<Attachment> attachments = {};
  bool notice = false;                     ///< m.notice: for bots that hear notices
  bool says_whom = false;                  ///< its client writes m.mentions: ids in the text mention nobody
  std::vector<std::string> mentions = {};  ///< user ids in m.mentions; of older clients: those that it links to
};

/// One message that asks a bot for an answer. Messages of one person that came within a second or two are one question:
/// their texts are joined by newlines, ids and times are those of the last.
struct Question {
  std::string bot_id;
  std::string bot_user_id;
  std::string room_id;
  std::string event_id;
  std::string sender;
  std::string text;  ///< the body without quoted reply and without the bot's own name in front; of a file: its caption
  std::string msgtype;      ///< m.text, m.emote, m.file, m.image, m.audio, m.video
  std::string thread_root;  ///< empty: not in a thread
  std::int64_t timestamp_ms = 0;
  boost::json::object content;  ///< of the event, whole
  /// The same for every attempt at this message: a brain that keeps it answers a repeated question once.
  std::string idempotency_key;
  std::vector<Attachment> attachments = {};
  /// Fetches the bytes of an attachment, up to a size. Errors: not_found, too_large, unavailable.
  std::function<Task<matrix::Media>(Attachment attachment, std::size_t max_bytes)> download = {};
  /// `<bot_id>:<room id>[:<thread root>][~<n>]`: the same for all messages of one conversation; n counts the `!reset`s.
  std::string session = {};
  /// What the brain keeps for this conversation. Null only where nobody asks in a room.
  std::shared_ptr<SessionMemory> memory = {};
  bool in_group = false;  ///< more than two are in the room
  /// The Choice::id that the person picked from the bot's last message in this session; empty: none.
  std::string choice_id = {};
  /// What the bot's own message answered that this one replies to or reacts to: the event id of that question, or the
  /// key of what was said later (triggers/voice.h); empty: it does neither, or that message is not known any more.
  std::string about = {};
  std::string language = "en";  ///< a guess from the text, for fixed sentences: "en" or "ru"
  /// Asks what the room's topic is; empty: it has none. Errors: not_found, unavailable. Null only where nobody asks in
  /// a room.
  std::function<Task<std::string>()> room_topic = {};
};

}  // namespace troupe::fleet
