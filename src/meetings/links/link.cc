#include "meetings/links/link.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/crypto.h"
#include "base/text.h"
#include "meetings/links/address.h"

namespace troupe::meetings::links {
namespace {

Error no_link(std::string message) { return Error(Errc::invalid_param, std::move(message)); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alnum(char c) { return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z'); }

bool digits(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most && std::ranges::all_of(text, is_digit);
}

// ---- Google Meet. ----

/// xxx-xxxx-xxx
bool is_code(std::string_view id) {
  if (id.size() != 12 || id[3] != '-' || id[8] != '-') return false;
  return std::ranges::all_of(id, [](char c) { return c == '-' || is_lower(c); }) && std::ranges::count(id, '-') == 2;
}

/// Groups of letters like those of a code, but too few, too many or of other lengths: no nickname that anybody chose.
bool looks_mistyped(std::string_view id) {
  constexpr std::size_t kShortest = 2, kLongest = 5, kMostGroups = 4;
  std::size_t groups = 0, letters = 0, group = 0;
  bool short_groups = true;
  for (std::size_t i = 0; i <= id.size(); ++i) {
    if (i == id.size() || id[i] == '-') {
      short_groups = short_groups && group >= kShortest && group <= kLongest;
      ++groups;
      group = 0;
    } else if (is_lower(id[i])) {
      ++group;
      ++letters;
    } else {
      return false;
    }
  }
  if (groups == 2) return id.size() == 8 && (id[3] == '-' || id[4] == '-');
  return groups >= 3 && groups <= kMostGroups && short_groups && letters >= 8 && letters <= 13;
}

bool is_nickname(std::string_view id) {
  if (id.size() < 5 || id.size() > 40 || id.front() == '-' || id.back() == '-') return false;
  return std::ranges::all_of(id, [](char c) { return c == '-' || is_lower(c) || is_digit(c); });
}

/// Pages of its own, one of which leads to wherever its address says.
bool is_no_call(std::string_view id) {
  constexpr std::array<std::string_view, 5> kPages{"landing", "linkredirect", "lookup", "unsupported", "whoops"};
  return std::ranges::find(kPages, id) != kPages.end();
}

Result<MeetingLink> google(const Address& address) {
  if (address.segments.size() != 1 || is_no_call(base::ascii_lower(address.segments[0]))) {
    return no_link("A Google Meet link ends in its code: https://meet.google.com/abc-defg-hij");
  }
  const auto id = base::ascii_lower(address.segments[0]);
  if (!is_code(id)) {
    if (looks_mistyped(id))
      return no_link("'" + id + "' looks like a mistyped Google Meet code: abc-defg-hij has ten letters.");
    if (!is_nickname(id)) {
      return no_link("That is neither a Google Meet code (abc-defg-hij) nor a nickname of a Workspace.");
    }
  }
  const auto url = "https://meet.google.com/" + id;
  return MeetingLink{.platform = Platform::google_meet, .native_id = id, .url = url, .shown = url};
}

// ---- Teams. ----

bool is_teams(std::string_view host) {
  constexpr std::string_view kHosts[]{"teams.live.com", "teams.microsoft.com", "teams.microsoft.us"};
  constexpr std::string_view kAbove[]{".teams.microsoft.com", ".teams.microsoft.us"};
  return std::ranges::find(kHosts, host) != std::end(kHosts) || host == "gov.teams.microsoft.us" ||
         std::ranges::any_of(kAbove, [&](std::string_view tail) { return host.ends_with(tail); });
}

/// It is shown without the passcode.
MeetingLink with_passcode(Platform platform, const std::string& before, std::string id, const std::string& parameter,
                          const std::string& passcode) {
  MeetingLink link{.platform = platform, .native_id = std::move(id), .passcode = passcode};
  link.shown = before + link.native_id;
  link.url = passcode.empty() ? link.shown : link.shown + parameter + passcode;
  return link;
}

Result<MeetingLink> teams_meeting(const Address& address, std::string id, const std::string& passcode) {
  if (!digits(id, 10, 15))
    return no_link("A Teams meeting has a number of 10 to 15 digits: https://teams.live.com/meet/9387167464734");
  const bool good =
      passcode.empty() || (passcode.size() >= 4 && passcode.size() <= 20 && std::ranges::all_of(passcode, is_alnum));
  if (!good) return no_link("A Teams passcode (?p=) has 4 to 20 letters and digits.");
  return with_passcode(Platform::teams, "https://" + address.host + "/meet/", std::move(id), "?p=", passcode);
}

Result<MeetingLink> teams(const Address& address) {
  constexpr std::size_t kIdDigits = 16;
  const auto& path = address.segments;
  if (path.size() == 2 && path[0] == "meet") return teams_meeting(address, path[1], address.parameter("p"));
  if (!path.empty() && path[0] == "v2" && address.fragment.starts_with('/')) {  // https://host/v2/?…#/meet/<digits>?p=…
    TRY(const auto inside, read_address("https://" + address.host + address.fragment));
    if (inside.segments.size() == 2 && inside.segments[0] == "meet") {
      return teams_meeting(address, inside.segments[1], inside.parameter("p"));
    }
  }
  if (path.size() >= 3 && path[0] == "l" && path[1] == "meetup-join") {
    // It has no number; Vexa's clients know such a call by this one.
    const auto url = "https://" + address.host + address.target;
    const auto hash = base::sha256(url);
    const auto id = base::hex(base::Bytes(hash)).substr(0, kIdDigits);
    return MeetingLink{.platform = Platform::teams, .native_id = id, .url = url, .shown = url.substr(0, url.find('?'))};
  }
  return no_link("A Teams link is https://teams.live.com/meet/<number> or https://teams.microsoft.com/l/meetup-join/…");
}

// ---- Zoom. ----

bool is_zoom(std::string_view host) {
  return host == "zoom.us" || host.ends_with(".zoom.us") || host == "zoomgov.com" || host.ends_with(".zoomgov.com");
}

Result<MeetingLink> zoom(const Address& address) {
  const auto& path = address.segments;
  std::string id;
  if (path.size() == 2 && (path[0] == "j" || path[0] == "w")) id = path[1];
  if (path.size() == 3 && path[0] == "wc") id = path[1] == "join" ? path[2] : path[1];
  if (!digits(id, 9, 11))
    return no_link("A Zoom link ends in the meeting's number of 9 to 11 digits: https://zoom.us/j/85173157171");
  const auto passcode = address.parameter("pwd");
  const bool good = passcode.size() <= 64 && std::ranges::all_of(passcode, [](char c) {
                      return is_alnum(c) || c == '.' || c == '_' || c == '-';
                    });
  if (!good) return no_link("A Zoom passcode (?pwd=) has at most 64 letters and digits.");
  return with_passcode(Platform::zoom, "https://" + address.host + "/j/", std::move(id), "?pwd=", passcode);
}

// ---- Jitsi. ----

Result<MeetingLink> jitsi(const Address& address) {
  constexpr std::size_t kLongest = 200;
  const auto& path = address.segments;
  // A second segment is the room: the first is the tenant.
  if (path.empty() || path.size() > 2)
    return no_link("A Jitsi link ends in the room's name: https://meet.jit.si/OurRoom");
  std::string room;
  for (const auto& segment : path) room += (room.empty() ? "" : "/") + segment;
  const bool good = room.size() <= kLongest && std::ranges::all_of(room, [](char c) {
                      return is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '/' || c == '+' ||
                             static_cast<unsigned char>(c) >= 0x80;
                    });
  if (!good) return no_link("That is no name of a Jitsi room: letters, digits, '-', '_' and '.', at most 200.");
  // The host is part of the call's name: the same room of another server is another call.
  MeetingLink link{.platform = Platform::jitsi, .native_id = base::ascii_lower(room)};
  if (address.host != kJitsi) link.native_id += "@" + address.host;
  std::ranges::replace(link.native_id, '/', ':');
  link.url = "https://" + address.host;
  for (const auto& segment : path) link.url += "/" + base::percent_encode(segment);
  link.shown = link.url;
  return link;
}

// ---- Matrix. ----

constexpr std::string_view kMatrixTo = "matrix.to";

/// "!room:server", "#alias:server", and an id without a server, as rooms of version 12 have it.
bool is_room(std::string_view text) {
  if (text.size() < 2 || text.size() > kMaxNativeId || (text[0] != '!' && text[0] != '#')) return false;
  if (std::ranges::any_of(text, [](char c) { return c == ' ' || c == '/' || c == '?' || is_control(c); })) return false;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return text[0] == '!' && text.size() > 40;
  return colon > 1 && colon + 1 < text.size();
}

Result<MeetingLink> matrix_room(const std::string& room, const std::string& host) {
  if (!is_room(room)) return no_link("A Matrix call is named by its room: https://matrix.to/#/!room:server");
  const auto url = "https://" + host + (host == kMatrixTo ? "/#/" : "/#/room/") + base::percent_encode(room);
  return MeetingLink{.platform = Platform::matrix, .native_id = room, .url = url, .shown = url};
}

/// Element Call's own links: https://host/room/#/some-name?roomId=<id>&viaServers=…, the name may lack.
std::string room_of_call(const Address& address) {
  const auto asked = address.fragment.find('?');
  if (asked == std::string::npos || address.host == kMatrixTo) return {};
  return Address{.query = address.fragment.substr(asked + 1)}.parameter("roomId");
}

/// https://host/#/room/<id> and https://matrix.to/#/<id>; behind it may stand the message that somebody pointed at.
Result<MeetingLink> matrix(const Address& address) {
  if (const auto room = room_of_call(address); !room.empty()) {
    TRY(auto link, matrix_room(room, address.host));
    link.url = link.shown = "https://" + address.host + "/room/#?roomId=" + base::percent_encode(room);
    return link;
  }
  std::string_view rest = address.fragment;
  rest = rest.substr(0, rest.find('?'));
  const bool is_path = rest.starts_with('/');
  if (is_path) rest.remove_prefix(1);
  const bool names_room = rest.starts_with("room/");
  if (names_room) rest.remove_prefix(5);
  rest = rest.substr(0, rest.find("/$"));
  const auto room = is_path && (names_room || address.host == kMatrixTo) ? base::percent_decode(rest) : std::nullopt;
  return matrix_room(room.value_or(""), address.host);
}

/// matrix:r/alias:server and matrix:roomid/id:server
Result<MeetingLink> matrix_uri(std::string_view rest, const std::vector<std::string>& hosts) {
  rest = rest.substr(0, rest.find('?'));
  const auto slash = rest.find('/');
  const auto kind = rest.substr(0, slash);
  const auto name = slash == std::string_view::npos ? std::nullopt : base::percent_decode(rest.substr(slash + 1));
  if (!name || (kind != "r" && kind != "roomid"))
    return no_link("A matrix: link of a call names a room: matrix:r/alias:server");
  if (hosts.empty()) return no_link("This server opens no matrix: links (meetings.matrix_hosts).");
  return matrix_room((kind == "r" ? "#" : "!") + *name, hosts.front());
}

bool is_one_of(const std::vector<std::string>& hosts, const std::string& host) {
  return std::ranges::find(hosts, host) != hosts.end();
}

}  // namespace

Result<MeetingLink> parse_link(std::string_view text, const Hosts& hosts) {
  if (text.size() > kMaxLinkBytes) return no_link("A link has at most 2048 bytes.");
  if (text.starts_with("matrix:")) return matrix_uri(text.substr(7), hosts.matrix);
  std::string written(text);
  if (written.starts_with("msteams:")) {
    auto rest = std::string_view(written).substr(8);
    while (rest.starts_with("/")) rest.remove_prefix(1);
    if (rest.starts_with("teams.microsoft.com/")) rest.remove_prefix(20);
    written = "https://teams.microsoft.com/" + std::string(rest);
  }
  TRY(const auto address, read_address(written));
  Result<MeetingLink> link = no_link(
      "That is no meeting this server knows: Google Meet, Microsoft Teams, Zoom, Jitsi (meetings.jitsi_hosts) or a "
      "Matrix room (meetings.matrix_hosts).");
  if (address.host == "meet.google.com") {
    link = google(address);
  } else if (is_teams(address.host)) {
    link = teams(address);
  } else if (is_zoom(address.host)) {
    link = zoom(address);
  } else if (address.host == kJitsi || is_one_of(hosts.jitsi, address.host)) {
    link = jitsi(address);
  } else if (is_one_of(hosts.matrix, address.host)) {
    link = matrix(address);
  }
  if (link && link->native_id.size() > kMaxNativeId) return no_link("The name of that call is longer than 255 bytes.");
  return link;
}

}  // namespace troupe::meetings::links
