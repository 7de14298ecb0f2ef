// Markdown, as language models write it, to the HTML of a Matrix message.
#pragma once
#include <string>
#include <string_view>

namespace troupe::fleet::answers {

/// CommonMark with tables, strikethrough, task lists and bare links; a line break in a paragraph stays one. HTML inside
/// passes the sanitizer like everything else. Empty when the text has nothing to format: then the plain body says it
/// all. Pure.
std::string markdown_to_html(std::string_view text);

}  // namespace troupe::fleet::answers
