// Tokens of /sync and of pagination. They name a position *between* events: after everything up to `pos`.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/types.h"

namespace troupe::homeserver {

/// `s<pos>.<boot>.<eph>[.<to_device>]` from /sync, `t<pos>` from pagination; each is taken in the other's place, and so
/// is a bare `s<pos>`.
struct SyncToken {
  StreamPos pos = 0;
  std::string_view boot;  ///< which start of the program counted `ephemeral`; borrowed from the parsed text
  std::uint64_t ephemeral = 0;
  /// Set when an answer could not hold all to-device messages: those up to here were delivered.
  std::optional<StreamPos> to_device;
};

/// Nothing when the text is no token of ours.
std::optional<SyncToken> parse_token(std::string_view text);

void append_sync_token(std::string& out, const SyncToken& token);
/// The pagination token for the place just before (dir=b) or after (dir=f) what was shown.
std::string page_token(StreamPos pos);

}  // namespace troupe::homeserver
