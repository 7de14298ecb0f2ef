// What both ends of the Model Context Protocol share: its versions, codes and headers. Sources:
// modelcontextprotocol.io, specifications 2024-11-05 to 2025-11-25 (with a handshake) and 2026-07-28 (without state).
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace troupe::assistant::mcp_wire {

/// Since this version there is no handshake: each request says what it speaks.
inline constexpr std::string_view kModern = "2026-07-28";
/// What is offered to whoever asks for a version that we do not have, and what we ask for.
inline constexpr std::string_view kNewestWithHandshake = "2025-11-25";
/// Assumed of whoever does not say it.
inline constexpr std::string_view kOldestOverHttp = "2025-03-26";

inline constexpr std::string_view kVersionHeader = "MCP-Protocol-Version";
inline constexpr std::string_view kSessionHeader = "Mcp-Session-Id";
inline constexpr std::string_view kMethodHeader = "Mcp-Method";
inline constexpr std::string_view kNameHeader = "Mcp-Name";
inline constexpr std::string_view kParamHeader = "Mcp-Param-";
/// Members of params._meta.
inline constexpr std::string_view kVersionMember = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view kCapabilitiesMember = "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view kClientMember = "io.modelcontextprotocol/clientInfo";

enum class Code : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
  header_mismatch = -32020,
  missing_capability = -32021,
  unsupported_version = -32022,
};

/// Header values that are not ASCII come as `=?base64?…?=`. Nothing: broken.
std::optional<std::string> header_text(std::string_view value);
/// The same the other way round: a text as a header can hold it.
std::string header_value(std::string_view text);

}  // namespace troupe::assistant::mcp_wire
