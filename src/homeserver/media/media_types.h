// How files are shown to browsers: which types may open in the page, which names are passed on.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace troupe::homeserver::media {

/// A media type as a header may carry it; "application/octet-stream" for anything else.
std::string clean_content_type(std::string_view given);
/// Types that a browser may show in place; all others are downloads (nothing that can run script is among them).
bool may_show_inline(std::string_view content_type);
/// Pictures that the thumbnail worker can decode.
bool may_have_thumbnail(std::string_view content_type);
/// As what a file may be looked at without being opened: a small picture that is made of it, or what a player plays.
enum class Preview { none, picture, sound, film };
Preview preview_of(std::string_view content_type);
/// Content-Disposition with the name in both forms (RFC 6266).
std::string content_disposition(std::string_view content_type, const std::optional<std::string>& name);

}  // namespace troupe::homeserver::media
