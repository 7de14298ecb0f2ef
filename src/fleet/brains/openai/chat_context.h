// What a language model is told of a conversation: whole turns, newest first kept, within a budget of tokens. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "matrix/json.h"

namespace troupe::fleet::brains {

/// A question and its answer. Only whole turns are kept or dropped: a model that sees an answer without its question,
/// or two questions in a row, answers strangely.
struct ChatTurn {
  std::string question;
  std::string answer;
};

/// How many tokens a text is, roughly and rather too many: a quarter of its ASCII bytes and one for each other
/// character. No tokenizer: each model has another.
std::int64_t estimate_tokens(std::string_view text);
inline constexpr std::int64_t kTokensPerMessage = 4;
inline constexpr std::int64_t kTokensPerImage = 1'000;

/// How many of the oldest turns must go so that the rest fits.
std::size_t turns_to_drop(const std::vector<ChatTurn>& turns, std::int64_t budget_tokens);

/// What is stored: an array of {"q", "a"}. Foreign entries are passed over.
std::vector<ChatTurn> read_turns(const matrix::Json& stored);
/// Keeps the newest `max_turns`, and of those what fits in `max_bytes` of JSON; a turn's texts are cut to 16 KiB each.
matrix::Json write_turns(const std::vector<ChatTurn>& turns, std::size_t max_turns, std::size_t max_bytes);

}  // namespace troupe::fleet::brains
