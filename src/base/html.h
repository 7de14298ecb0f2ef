// Text for HTML.
#pragma once
#include <string>
#include <string_view>

namespace troupe::base {

/// So that it stands as it is between tags and in an attribute's double quotes. NUL, which no HTML may have, is left
/// out.
std::string html_escape(std::string_view text);
/// Only & < and >, as texts want that are marked up but are no HTML.
std::string markup_escape(std::string_view text);
void append_html_escaped(std::string& out, std::string_view text);

}  // namespace troupe::base
