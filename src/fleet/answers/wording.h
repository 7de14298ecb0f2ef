// A text in the languages that bots speak, with places for arguments.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

namespace troupe::fleet::answers {

struct Wording {
  std::string_view en;
  std::string_view ru;
};

/// The text in `language` ("en" or "ru"; anything else is taken as "en"). Each `%` becomes the next argument; a `%` in
/// an argument stays one, and places without an argument stay as they are.
std::string worded(const Wording& wording, std::string_view language,
                   std::initializer_list<std::string_view> arguments = {});

}  // namespace troupe::fleet::answers
