// What a brain answers: text, files, choices and notes, and what of it is kept.
#pragma once
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "fleet/types/question.h"

namespace troupe::fleet {

/// A file to be shown in the room.
struct Upload {
  std::string name;
  std::string mime;
  std::string bytes;
  AttachmentKind kind = AttachmentKind::file;
};

/// One of several things that a person may choose: shown as a number, chosen by that number, by its label or by the
/// reaction.
struct Choice {
  std::string id;  ///< the brain's own; comes back in Question::choice_id
  std::string label;
  std::string reaction = {};  ///< an emoji that the bot puts under the message; empty: by number only
};

struct Footnote {
  std::string title;
  std::string text = {};  ///< plain; shown folded
  std::string url = {};   ///< http or https
};

/// 0: not known.
struct Usage {
  std::int64_t tokens_in = 0;
  std::int64_t tokens_out = 0;
};

/// A request to the service behind a brain, and its answer, without headers. See brains/exchange.h.
struct Exchange {
  static constexpr std::size_t kMaxBytes = 64 * 1024;  ///< of each side; the rest is cut off
  std::string method;
  std::string url;            ///< without its query
  std::string sent = {};      ///< the body
  int status = 0;             ///< 0: no whole answer came
  std::string received = {};  ///< the body; of a stream the data of its events, one a line
  bool cut = false;           ///< something was longer
};

/// Everything empty: nothing to say.
struct Reply {
  std::string text;       ///< Markdown; the room gets it as plain body and as sanitised HTML
  std::string html = {};  ///< in place of what the Markdown would give; sanitised
  std::vector<Upload> uploads = {};
  std::vector<Choice> choices = {};
  std::vector<std::string> suggestions = {};  ///< questions that a person may ask next
  std::vector<Footnote> footnotes = {};
  Usage usage = {};
  /// Written into the session's memory together with the reply, in one transaction: a question that is asked again
  /// after a crash finds the memory as it was. A null value removes the key.
  boost::json::object remember = {};
  /// Set when the text is the bot's own (`!help`, what is wrong with the question): nothing of its brain's work is
  /// shown by it, so it neither counts as an answer nor ends a trouble.
  bool own_words = false;
  /// Set when the text is an excuse for a failure that the brain can name better than an Error's code: a word for the
  /// metric and the log, e.g. "tool_call". The turn counts as failed; the room gets the text, with a reference number,
  /// at most once a minute.
  std::string trouble = {};
  bool each_time = false;  ///< with a trouble: the room gets the text each time
};

}  // namespace troupe::fleet
