// Which call a request of Vexa's dialect means: its platform and the platform's own name of it, or a link.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "meetings/links/link.h"

namespace troupe::meetings::vexa {

struct Target {
  std::string platform{};
  std::string native_id{};
  std::string meeting_url{};
  std::string passcode{};
  std::string teams_host{};
};

/// The link that the bot is to be sent to. Errors: 422, about the member that is wrong.
Result<links::MeetingLink> link_of(const Target& target, const links::Hosts& hosts);

/// As they stand in a path. Errors: 422.
Result<Platform> platform_in_path(std::string_view text);
/// As it is stored: platforms that pass over upper case are stored in lower case.
Result<std::string> native_id_in_path(Platform platform, std::string_view text);

}  // namespace troupe::meetings::vexa
