// The text of a page, whatever letters it came in.
#pragma once
#include <string>
#include <string_view>

namespace troupe::homeserver::previews {

/// The page as UTF-8; what is not valid becomes U+FFFD. The letters are those of its byte order mark, else of
/// `content_type` (a Content-Type header), else of a declaration in its first 1024 bytes, else UTF-8 where the bytes
/// are that and windows-1252 where not. Only names of a list are taken: encodings with states, whose converters have
/// been attacked, are not among them.
std::string page_text(std::string_view page, std::string_view content_type);

}  // namespace troupe::homeserver::previews
