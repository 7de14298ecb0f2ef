// HTML as plain text: what a message's body says when only its HTML was given.
#pragma once
#include <string>
#include <string_view>

namespace troupe::fleet::answers {

/// The words of what sanitize_html() lets through, a line for each block, list items with a dash. Pure; linear.
std::string html_to_text(std::string_view html);

}  // namespace troupe::fleet::answers
