// Turns a brain's reply into the contents of Matrix messages. Pure.
#pragma once
#include <boost/json/array.hpp>
#include <string>
#include <string_view>

#include "fleet/brain.h"

namespace troupe::fleet {

/// Where a reply goes and what it answers.
struct ReplyTarget {
  std::string_view bot_id;
  std::string_view msgtype;      ///< m.notice, m.text
  std::string_view event_id;     ///< the question
  std::string_view thread_root;  ///< empty: not in a thread
  bool quote = false;            ///< make it a reply: in rooms where others talk, too
  std::int64_t hops = 1;         ///< of the reply
};

/// A text longer than a message can hold becomes several, split at paragraphs where possible; at most kMaxParts, then
/// it is cut with a mark. Every part says who sent it (kBotMark) and mentions nobody. Empty for an empty text.
inline constexpr std::size_t kMaxParts = 8;
boost::json::array reply_contents(const Reply& reply, const ReplyTarget& target);

/// The transaction id of one part of an answer: the same after any crash, so that the homeserver sends it once.
std::string transaction_id(std::string_view bot_user_id, std::string_view event_id, std::size_t part);
/// The key that a brain gets for a question: the same for every attempt.
std::string idempotency_key(std::string_view bot_user_id, std::string_view event_id);

}  // namespace troupe::fleet
