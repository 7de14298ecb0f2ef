// Turns a brain's reply into the contents of Matrix messages. Pure.
#pragma once
#include <boost/json/array.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "fleet/types/reply.h"

namespace troupe::fleet::answers {

/// A member of the content of everything a bot sends: {"bot": bot_id, "hops": n, "answers": event id}.
inline constexpr std::string_view kBotMark = "org.troupe.bot";
/// An answer that would be further from a person than this is not given.
inline constexpr std::int64_t kMaxHops = 3;

/// Where a reply goes and what it answers.
struct ReplyTarget {
  std::string_view bot_id;
  std::string_view msgtype;          ///< m.notice, m.text
  std::string_view event_id;         ///< the question
  std::string_view thread_root;      ///< empty: not in a thread
  bool quote = false;                ///< make it a reply: in rooms where others talk, too
  std::int64_t hops = 1;             ///< of the reply
  std::string_view language = "en";  ///< of the fixed sentences in it
  /// The first part is to be an edit of a message that is there: the text is in it twice, so less fits.
  bool streamed = false;
  bool in_file = false;  ///< a file holds the whole text: one part is enough
};

/// A text longer than a message can hold becomes several, split at paragraphs where possible (code blocks are closed
/// and opened again); at most kMaxParts, then it is cut with a mark. Under the text: choices, suggestions, footnotes.
/// Each part has the text as it is and, when there is something to format, sanitised HTML; says who sent it (kBotMark)
/// and mentions nobody. Files follow, one part each: `files` are the mxc:// addresses of reply.uploads. Empty when
/// there is nothing to say.
inline constexpr std::size_t kMaxParts = 4;
boost::json::array reply_contents(const Reply& reply, const ReplyTarget& target,
                                  const std::vector<std::string>& files = {});
/// Whether reply_contents() would cut the text: it should go into a file as well.
bool is_too_long(std::string_view text, bool streamed);

/// An edit that gives a message a new content; `event_id` is the message's first event. Fallback for clients without
/// edits: the beginning of the text after "* ".
boost::json::object edit_content(boost::json::object content, std::string_view event_id);

/// Asks for a reaction under the message before it: a part of an answer that is no message.
boost::json::object reaction_content(std::string_view emoji);
/// Whether it is one.
bool is_reaction(const boost::json::object& part);

/// The transaction id of one part of an answer: the same after any crash, so that the homeserver sends it once.
std::string transaction_id(std::string_view bot_user_id, std::string_view event_id, std::size_t part);
/// The key that a brain gets for a question: the same for every attempt.
std::string idempotency_key(std::string_view bot_user_id, std::string_view event_id);

}  // namespace troupe::fleet::answers
