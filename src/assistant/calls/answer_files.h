// Files that services answer with: which answers are files, what they are by their bytes, and what they are called.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "assistant/calls/files.h"
#include "net/client/client.h"

namespace troupe::assistant::calls {

inline constexpr std::size_t kMaxFilesOfAnswer = 20;

/// The media type of these bytes: by their first ones where those tell it, else what was declared, if it is of a kind
/// that those do not tell (text/csv, an office document inside a ZIP archive). What a browser would run or lay out
/// (HTML, SVG, XML, scripts) is application/octet-stream, whatever it was declared as, and so is all else.
std::string type_of(std::string_view bytes, std::string_view declared);

/// A name for a file: the last part of `given` without what no name has, else "file" with the type's ending. At most
/// 200 bytes of UTF-8.
std::string file_name(std::string_view given, std::string_view type);

/// Whether the body is a file and not a text to read: it is no text, is declared as something else than one, or is sent
/// as an attachment.
bool is_file(const net::client::ClientResponse& response);
/// Whether the body is a text to read, whatever else it is.
bool reads_as_text(const net::client::ClientResponse& response);
/// The body as a file. Its name is that of Content-Disposition, else the last part of the path that was asked for.
Blob file_of(const net::client::ClientResponse& response, std::string_view target);

}  // namespace troupe::assistant::calls
