#include "net/client/sse.h"

#include "base/encoding.h"

namespace troupe::net::client {
namespace {

/// The length of a well-formed UTF-8 character at the front; 0 when there is none.
std::size_t character_length(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
    if (base::is_utf8(text.substr(0, length))) return length;
  }
  return 0;
}

std::string to_utf8(std::string text) {
  if (base::is_utf8(text)) return text;
  std::string out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto length = character_length(rest);
    out += length ? rest.substr(0, length) : std::string_view("\xef\xbf\xbd");
    rest.remove_prefix(length ? length : 1);
  }
  return out;
}
}  // namespace

Result<bool> SseParser::feed(std::string_view bytes, const std::function<bool(const ServerSentEvent&)>& receive) {
  while (!bytes.empty()) {
    if (after_cr_) {
      after_cr_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    if (line_.empty() && event_bytes_ == 0) {  // empty lines between events, however many, are nothing
      first_line_ = first_line_ && bytes.front() != '\n' && bytes.front() != '\r';
      const auto lines = bytes.find_first_not_of("\r\n");
      if (lines != 0) {
        if (lines == bytes.npos) return true;
        bytes.remove_prefix(lines);
      }
    }
    const auto end = bytes.find_first_of("\r\n");
    const auto piece = bytes.substr(0, end);
    event_bytes_ += piece.size() + (end == bytes.npos ? 0 : 1);
    if (event_bytes_ > max_event_bytes_) return Error(Errc::too_large, "an event of the stream is too large");
    line_ += piece;
    if (end == bytes.npos) break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    std::string line;
    line.swap(line_);
    if (!take_line(line, receive)) return false;
  }
  return true;
}

bool SseParser::take_line(std::string_view line, const std::function<bool(const ServerSentEvent&)>& receive) {
  if (first_line_ && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  first_line_ = false;
  if (line.empty()) {  // the end of an event
    event_bytes_ = 0;
    std::string event;
    std::string data;
    event.swap(event_);
    data.swap(data_);
    if (data.empty()) return true;
    data.pop_back();  // each data line added a \n
    return receive(
        {event.empty() ? "message" : to_utf8(std::move(event)), to_utf8(std::move(data)), to_utf8(last_id_)});
  }
  if (line.front() == ':') {
    if (data_.empty() && event_.empty()) event_bytes_ = 0;  // a stream of nothing but heartbeats is no event
    return true;
  }
  const auto colon = line.find(':');
  const auto name = line.substr(0, colon);
  auto value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    data_ += value;
    data_ += '\n';
  } else if (name == "event") {
    event_ = value;
  } else if (name == "id" && value.find('\0') == value.npos) {
    last_id_ = value;
  }
  return true;
}

}  // namespace troupe::net::client
