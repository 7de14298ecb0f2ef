#include "meetings/vexa/target.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/text.h"
#include "meetings/links/address.h"
#include "meetings/vexa/wire.h"

namespace troupe::meetings::vexa {
namespace {

constexpr std::string_view kPlatformWords = "Input should be 'google_meet', 'teams', 'zoom', 'jitsi' or 'matrix'";

Error wrong(std::string_view member, std::string message) {
  return unprocessable("body", member, "Value error, " + std::move(message));
}

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// What no platform has in the name of a call; a room of Matrix begins with '#' or '!'.
bool is_native_id(Platform platform, std::string_view id) {
  if (id.empty() || id.size() > links::kMaxNativeId) return false;
  if (platform == Platform::matrix) id.remove_prefix(1);
  return std::ranges::none_of(id, [](char c) {
    return links::is_control(c) || c == ' ' || c == '?' || c == '#' || c == '&' || c == '=' || c == '/';
  });
}

bool is_host(std::string_view host) {
  constexpr std::size_t kLongest = 253;
  return host.size() <= kLongest &&
         std::ranges::all_of(host, [](char c) { return is_alnum(c) || c == '.' || c == '-'; });
}

Result<Unit> check_passcode(Platform platform, const std::string& passcode) {
  if (passcode.empty()) return Unit{};
  if (platform == Platform::google_meet) return wrong("passcode", "Google Meet has no passcodes");
  constexpr std::size_t kLongest = 64;
  const bool good = passcode.size() <= kLongest && std::ranges::all_of(passcode, [](char c) {
                      return is_alnum(c) || c == '.' || c == '_' || c == '-';
                    });
  if (!good) return wrong("passcode", "a passcode has at most 64 letters and digits");
  return Unit{};
}

/// A client goes on with the name it gave: under the other one it would never find or stop its bot. The names of
/// Jitsi's rooms and of older Teams links are made here, and what clients make of them may differ.
Result<Unit> check_same_call(const links::MeetingLink& link, const std::string& native_id) {
  const bool is_number = std::ranges::all_of(link.native_id, [](char c) { return c >= '0' && c <= '9'; });
  const bool has_one_name = link.platform == Platform::google_meet || link.platform == Platform::zoom ||
                            (link.platform == Platform::teams && is_number);
  if (native_id.empty() || !has_one_name || base::ascii_lower(native_id) == link.native_id) return Unit{};
  return wrong("native_meeting_id", "meeting_url is another call: " + link.native_id);
}

/// Nothing: such a call has no address that follows from its name.
Result<std::string> address_of(Platform platform, const Target& target, const links::Hosts& hosts) {
  const auto id = base::percent_encode(target.native_id);
  const auto no_address = [&](std::string_view why) {
    return unprocessable("Invalid platform/native_meeting_id combination: " + std::string(why));
  };
  switch (platform) {
    case Platform::google_meet:
      return "https://meet.google.com/" + id;
    case Platform::teams:
      return "https://" + (target.teams_host.empty() ? std::string("teams.live.com") : target.teams_host) + "/meet/" +
             id;
    case Platform::zoom:
      return "https://zoom.us/j/" + id;
    case Platform::jitsi:
      return no_address("a room of Jitsi needs its meeting_url.");
    case Platform::matrix:
      if (hosts.matrix.empty()) return no_address("this server opens no rooms of Matrix (meetings.matrix_hosts).");
      return "https://" + hosts.matrix.front() + (hosts.matrix.front() == "matrix.to" ? "/#/" : "/#/room/") + id;
  }
  return no_address("no such platform.");
}

std::string with_passcode(std::string url, Platform platform, const std::string& passcode) {
  if (passcode.empty() || url.contains('?')) return url;
  if (platform == Platform::teams) return url + "?p=" + passcode;
  if (platform == Platform::zoom) return url + "?pwd=" + passcode;
  return url;
}

}  // namespace

Result<links::MeetingLink> link_of(const Target& target, const links::Hosts& hosts) {
  const auto platform = parse_platform(target.platform);
  if (!platform && !target.platform.empty()) {
    return unprocessable("body", "platform", std::string(kPlatformWords), "enum");
  }
  if (target.meeting_url.empty()) {
    if (!platform) return unprocessable("body", "platform", "Field required", "missing");
    if (target.native_id.empty()) return unprocessable("body", "native_meeting_id", "Field required", "missing");
    if (!is_native_id(*platform, target.native_id)) {
      return wrong("native_meeting_id",
                   "that is no name of a call: 1 to 255 bytes without blanks, control "
                   "characters and any of ? # & = /");
    }
    if (!is_host(target.teams_host)) return wrong("teams_base_host", "that is no host");
    TRY(check_passcode(*platform, target.passcode));
    TRY(auto url, address_of(*platform, target, hosts));
    auto link = links::parse_link(with_passcode(std::move(url), *platform, target.passcode), hosts);
    if (!link) return wrong("native_meeting_id", link.error().message());
    if (link->platform != *platform) return wrong("platform", "that is a call of another platform");
    return link;
  }
  auto link = links::parse_link(target.meeting_url, hosts);
  if (!link) return wrong("meeting_url", link.error().message());
  if (platform && *platform != link->platform) {
    return wrong("platform", "meeting_url is a call of " + std::string(to_string(link->platform)));
  }
  TRY(check_same_call(*link, target.native_id));
  TRY(check_passcode(link->platform, target.passcode));
  if (target.passcode.empty() || !link->passcode.empty()) return link;
  auto opened = links::parse_link(with_passcode(link->url, link->platform, target.passcode), hosts);
  if (!opened) return wrong("passcode", opened.error().message());
  return opened;
}

Result<Platform> platform_in_path(std::string_view text) {
  if (const auto platform = parse_platform(text)) return *platform;
  return unprocessable("path", "platform", std::string(kPlatformWords), "enum");
}

Result<std::string> native_id_in_path(Platform platform, std::string_view text) {
  if (!is_native_id(platform, text)) {
    return unprocessable("path", "native_meeting_id", "Value error, that is no name of a call");
  }
  if (platform == Platform::google_meet || platform == Platform::jitsi) return base::ascii_lower(text);
  return std::string(text);
}

}  // namespace troupe::meetings::vexa
