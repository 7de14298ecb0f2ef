// What is asked of a model, and how its answer is read. Pure.
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "meetings/types/summary.h"

namespace troupe::meetings::summary {

inline constexpr std::size_t kMostTextBytes = 8'000;
inline constexpr std::size_t kMostItems = 100;  ///< decisions, and tasks
inline constexpr std::size_t kMostItemBytes = 1'000;
/// Longer answers are not read.
inline constexpr std::size_t kMostAnswerBytes = 128 * 1024;

/// The members of a chat completion that asks for the minutes of `lines` (of parts.h). `language`: a code; empty: that
/// of the transcript. The words of a meeting are the user's message and nothing else.
boost::json::object minutes_request(std::string_view lines, std::string_view language);
/// That asks for one text of the texts of all parts (a JSON array of them).
boost::json::object merge_request(std::string_view texts, std::string_view language);
/// The same again, after an answer that could not be read: its beginning, and what is wrong with it.
boost::json::object repair_request(boost::json::object request, std::string_view answer, const Error& wrong);

/// Strictly {summary, decisions, tasks: [{who, what, due}]}; a fence of Markdown around it is passed over. Control
/// characters and marks that turn the direction of writing go. What is longer than the limits is cut, and `left_out`
/// says so. Error: bad_json. Its message has no word of the answer, since it is kept where a deleted transcript leaves
/// it; its detail may have some, for the model.
Result<Summary> read_answer(std::string_view text);

/// Whole characters of valid UTF-8, at most so many bytes.
std::string_view beginning_of(std::string_view text, std::size_t most);

/// As it is sealed.
std::string to_text(const Summary& summary);
/// Error: internal.
Result<Summary> from_text(std::string_view text);

/// As /api/v1 and webhooks show it.
boost::json::object to_json(const Summary& summary);

/// For people, on lines: the text, decisions, tasks.
std::string written(const Summary& summary);

}  // namespace troupe::meetings::summary
