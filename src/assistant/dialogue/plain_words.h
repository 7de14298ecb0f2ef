// Texts of services and files as they are shown to people: as they are, never as markup, and never turned around.
#pragma once
#include <string>
#include <string_view>

namespace troupe::assistant::dialogue {

/// One line of at most `most` bytes whose characters mean nothing to Markdown, HTML or Matrix's mentions of a room.
std::string plain(std::string_view text, std::size_t most);
/// JSON in which nothing ends a line or turns around what stands behind it: such signs are written as their number.
std::string in_order(std::string_view json);
/// In a fence that the text cannot end.
std::string fenced(std::string_view text);

}  // namespace troupe::assistant::dialogue
