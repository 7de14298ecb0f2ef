// Tokens of /sync and of pagination. They name a position *between* events: after everything up to `pos`.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"

namespace troupe::homeserver {

/// `s<pos>.<boot>.<eph>[.<to_device>]` from /sync, `t<pos>` from pagination, `p…` (below) from sliding sync; each is
/// taken in the others' place, and so is a bare `s<pos>`.
struct SyncToken {
  StreamPos pos = 0;
  std::string_view boot;  ///< which start of the program counted `ephemeral`; borrowed from the parsed text
  std::uint64_t ephemeral = 0;
  bool typing = false;  ///< its reader may believe that somebody types; in the text the last bit beside `ephemeral`
  /// Set when an answer could not hold all to-device messages: those up to here were delivered.
  std::optional<StreamPos> to_device;
};

/// Nothing when the text is no token of ours.
std::optional<SyncToken> parse_token(std::string_view text);

void append_sync_token(std::string& out, const SyncToken& token);
/// Where a connection of sliding sync stands: `p<pos>.<boot>.<eph>.<number>`.
struct SlidingPos {
  StreamPos pos = 0;
  std::string_view boot;  ///< borrowed from the parsed text
  std::uint64_t ephemeral = 0;
  std::uint64_t number = 0;  ///< of the answer that gave it; one of a kind in this start of the program
};
/// Nothing when the text is none of ours.
std::optional<SlidingPos> parse_sliding_pos(std::string_view text);
void append_sliding_pos(std::string& out, const SlidingPos& pos);

/// `next_batch` of sliding sync's to-device extension: `d<pos>`. What it confirms is removed for good, so no other
/// token is taken in its place.
std::string to_device_token(StreamPos pos);
/// Nothing when the text is none of them.
std::optional<StreamPos> parse_to_device_token(std::string_view text);

/// The pagination token for the place just before (dir=b) or after (dir=f) what was shown.
std::string page_token(StreamPos pos);

}  // namespace troupe::homeserver
