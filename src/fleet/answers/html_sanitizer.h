// HTML from brains and web services, made safe for rooms: a short list of tags and attributes passes, the rest goes.
#pragma once
#include <string>
#include <string_view>

namespace troupe::fleet::answers {

/// Well-formed HTML of the tags that Client-Server API #mroommessage-msgtypes recommends, whatever comes in. Tags and
/// attributes that are not on the list go (their text stays); script, style and the like go with their content; links
/// lead to http, https or mailto; pictures are mxc:// ones. At most 50 levels deep. Pure; linear in the input.
std::string sanitize_html(std::string_view html);

/// Text as HTML shows it.
std::string escape_html(std::string_view text);

}  // namespace troupe::fleet::answers
