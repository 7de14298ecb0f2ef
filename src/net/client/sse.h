// Server-sent events as bytes: the parser of text/event-stream. HTML standard, #event-stream-interpretation.
#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/client/client.h"

namespace troupe::net::client {

/// Takes the stream in any pieces, also cut inside a character or between \r and \n. Comments (heartbeats) and fields
/// that the standard does not know are skipped, so Flowise's `message:` line in place of `event:` does no harm: the
/// event comes as "message" and its name is in the data. Bytes that are not UTF-8 become U+FFFD. An event that the
/// stream leaves unfinished is dropped. Not thread-safe.
class SseParser {
 public:
  /// `max_event_bytes`: the most that one event (all its lines) may hold.
  explicit SseParser(std::size_t max_event_bytes) : max_event_bytes_(max_event_bytes) {}

  /// Calls `receive` for each event that became whole. False as soon as `receive` was: feed no more then.
  /// Errors: too_large (one event over the limit).
  Result<bool> feed(std::string_view bytes, const std::function<bool(const ServerSentEvent&)>& receive);

 private:
  /// Whether to go on.
  bool take_line(std::string_view line, const std::function<bool(const ServerSentEvent&)>& receive);

  std::size_t max_event_bytes_;
  std::string line_;
  std::string event_;
  std::string data_;
  std::string last_id_;
  bool after_cr_ = false;
  bool first_line_ = true;
  std::size_t event_bytes_ = 0;
};

}  // namespace troupe::net::client
