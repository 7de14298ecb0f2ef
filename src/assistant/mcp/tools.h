// What Troupe offers to clients of the Model Context Protocol: the intents of a person's services as tools, and three
// of the assistant's own.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/planner/catalogue.h"

namespace troupe::assistant::mcp {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

inline constexpr std::string_view kAsk = "assistant.ask";
inline constexpr std::string_view kAnswer = "assistant.answer";
inline constexpr std::string_view kLook = "assistant.look";
inline constexpr std::size_t kToolsPerPage = 100;

/// A tool's name is "service.intent", as actions are written everywhere.
struct ToolName {
  std::string_view service, intent;
};
std::optional<ToolName> split_tool_name(std::string_view name);

/// One page of `tools/list` behind `cursor` (empty: the first): the assistant's own, then the intents of `services`
/// (empty: of all), in order. `next`: set when there is more. Nothing: no such cursor.
struct ToolPage {
  JsonArray tools;
  std::string next;
};
std::optional<ToolPage> page_of_tools(const planner::Catalogue& catalogue, const std::vector<std::string>& services,
                                      std::string_view cursor);

}  // namespace troupe::assistant::mcp
