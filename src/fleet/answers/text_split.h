// Splits a long text into pieces that fit into one message each. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace troupe::fleet::answers {

/// The bytes a text takes when it is written in JSON, without the quotes.
std::size_t json_size(std::string_view text);

/// Pieces of at most `limit` bytes as JSON (the first: `first_limit`), split after a paragraph, line or word where one
/// ends in the second half, never inside a character. A fenced code block that goes on in the next piece is closed and
/// opened again. At most `most` pieces; then `rest` of the text is left out.
struct SplitText {
  std::vector<std::string> pieces;
  bool rest = false;
};
SplitText split_text(std::string_view text, std::size_t first_limit, std::size_t limit, std::size_t most);

/// Valid UTF-8 without NUL: what may stand in an event.
std::string clean_text(std::string_view text);

}  // namespace troupe::fleet::answers
