// What people paste when they mean a meeting, read into what a bot is sent to. A bot's browser opens it from inside the
// network, so only addresses that may be meetings get through: https, no address of this machine or of a private net by
// name or number, and only the hosts of the platforms.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "meetings/types/platform.h"

namespace troupe::meetings::links {

struct MeetingLink {
  Platform platform = Platform::google_meet;
  std::string native_id{};  ///< the platform's own name of the call, 1 to 255 bytes
  std::string url{};        ///< what the bot opens; holds the passcode
  std::string shown{};      ///< the same for people: without it
  std::string passcode{};   ///< empty: none was in the link
};

inline constexpr std::size_t kMaxLinkBytes = 2048;

/// Hosts that an administrator trusts; lower case. A bot is sent to these and to those of the platforms, and nowhere
/// else.
struct Hosts {
  std::vector<std::string> jitsi{};  ///< besides meet.jit.si
  /// Where rooms of Matrix are opened. A "matrix:" link names no host: it is opened at the first; none: it is refused.
  std::vector<std::string> matrix{"matrix.to", "app.element.io", "call.element.io"};
};

/// The address is built anew from the host and what names the call: nothing else of what was pasted reaches the bot's
/// browser. Error: invalid_param, in words for whoever pasted it.
Result<MeetingLink> parse_link(std::string_view text, const Hosts& hosts);

}  // namespace troupe::meetings::links
