// What a picture says of itself in its first bytes: its type, and how large it is.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace troupe::homeserver::previews {

struct PictureFacts {
  std::string_view content_type;  ///< a constant
  std::uint32_t width = 0;        ///< pixels; 0: not known
  std::uint32_t height = 0;
};

/// PNG, JPEG, GIF, WebP and AVIF, told by their bytes and never by what a server calls them; nothing for all else (SVG
/// and HTML, which may hold script, among them). Decodes nothing and looks at no more than the headers.
std::optional<PictureFacts> read_picture_facts(std::string_view bytes);

}  // namespace troupe::homeserver::previews
