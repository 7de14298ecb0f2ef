// What both halves of RemoteServer say: its greeting (remote_greeting.cc) and its calls (remote_server.cc).
#pragma once
#include <string>
#include <string_view>

#include "assistant/mcp_client/message.h"

namespace troupe::assistant::mcp_client {

inline constexpr std::string_view kClosed = "the connection to the server was closed";

/// That nothing went out, and why.
inline Reply no(Errc code, std::string why) { return Reply::of_error(Error(code, std::move(why)), false); }

/// What this program calls itself.
inline JsonObject client_info(const std::string& version) {
  return {{"name", "troupe"}, {"title", "Troupe"}, {"version", version}};
}

}  // namespace troupe::assistant::mcp_client
