// What became of telling a call that a bot listens.
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace troupe::meetings {

enum class Notice {
  given,   ///< the call was told
  off,     ///< it was to tell nobody
  failed,  ///< there is no chat, or it took nothing
};
inline constexpr std::array kNotices{Notice::given, Notice::off, Notice::failed};
std::string_view to_string(Notice notice);
std::optional<Notice> parse_notice(std::string_view text);
/// For the history.
std::string_view in_words(Notice notice);

}  // namespace troupe::meetings
