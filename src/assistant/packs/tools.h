// The tools of an MCP server as operations of its pack. Sources: the Model Context Protocol, specifications 2025-03-26
// to 2026-07-28, Tools; 2026-07-28, Streamable HTTP, "Custom headers from tool parameters".
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "assistant/openapi/operation.h"
#include "assistant/report/findings.h"

namespace troupe::assistant::packs {

inline constexpr std::size_t kMaxTools = 500;                      ///< of one server
inline constexpr std::size_t kMaxToolListBytes = 2 * 1024 * 1024;  ///< all of them as JSON
inline constexpr std::size_t kMaxToolNameOnWire = 256;
inline constexpr std::size_t kMaxToolHeaders = 32;

/// An argument that is sent as a header, too: `Mcp-Param-NAME`.
struct ToolHeader {
  std::string pointer;  ///< of the argument: "/region"
  std::string name;     ///< behind "Mcp-Param-"
};

/// What a server calls one of its tools, beside the operation that it is here.
struct Tool {
  std::string name;
  std::string digest;  ///< of all that the server says of it: another one is another tool
  std::vector<ToolHeader> headers;
};

struct ToolOperation {
  Tool tool;
  openapi::Operation operation;
};

/// SHA-256, in hexadecimal, of a tool's name, words, schema and annotations, whatever the order of its members.
std::string digest_of_tool(const matrix::JsonObject& tool);

/// The entries of tools/list as operations of the service, by the tools' names, each with a name of its own in snake
/// case. `believe`: the annotations readOnlyHint and destructiveHint say what reads and what destroys; a tool without
/// them, and each one that is not believed, writes and destroys. What cannot be offered is left out, and `report` says
/// why.
std::vector<ToolOperation> read_tools(std::string_view service, const matrix::JsonArray& tools, bool believe,
                                      const report::InFile& report);

}  // namespace troupe::assistant::packs
