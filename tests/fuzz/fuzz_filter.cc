// Bytes from outside as a filter, and as a token: parse, match. The first half of the bytes after a NUL is also tried
// as a glob against the second.

// modules: homeserver
#include <cstdint>
#include <cstdlib>
#include <string>

#include "homeserver/common/sync_token.h"
#include "homeserver/sync/filter.h"
#include "matrix/json_out.h"
#include "matrix/property_path.h"

using namespace troupe;
using namespace troupe::homeserver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto token = parse_token(text)) {
    std::string written;
    append_sync_token(written, *token);
    const auto again = parse_token(written);
    // A bare token comes back with empty fields, which are no token: all others must survive.
    if (!token->boot.empty() &&
        (!again || again->pos != token->pos || again->ephemeral != token->ephemeral || again->typing != token->typing))
      abort();
  }
  const auto nul = text.find('\0');
  if (nul != std::string_view::npos) {
    const auto pattern = text.substr(0, nul);
    const auto subject = text.substr(nul + 1);
    if (pattern.find('*') == std::string_view::npos && sync::glob_matches(pattern, subject) != (pattern == subject))
      abort();
    if (!sync::glob_matches("*" + std::string(pattern) + "*", std::string(subject) + std::string(pattern)) &&
        pattern.find('*') == std::string_view::npos) {
      abort();
    }
  }
  const auto json = matrix::parse_json(text);
  if (json && json->is_string()) {
    std::string written;
    matrix::append_json_string(written, matrix::view(json->get_string()));
    const auto back = matrix::parse_json(written);
    if (!back || *back != *json) abort();
  }
  if (!json || !json->is_object()) return 0;
  matrix::Event event;
  event.type = "m.room.message";
  event.sender = "@a:b";
  event.content = json->get_object();
  if (const auto filter = sync::parse_filter(json->get_object())) {
    (void)filter->room.timeline.matches(event);
    (void)filter->room.state.matches(event);
    (void)filter->room.matches_room("!a:b");
    (void)filter->account_data.matches_type("m.direct");
    if (filter->event_fields) (void)matrix::only_properties(json->get_object(), *filter->event_fields);
  }
  if (const auto filter = sync::parse_event_filter(json->get_object())) (void)filter->matches(event);
  (void)sync::check_filter_ids(json->get_object());
  (void)sync::check_event_filter_ids(json->get_object());
  return 0;
}
