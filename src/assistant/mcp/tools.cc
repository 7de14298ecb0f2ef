#include "assistant/mcp/tools.h"

#include <algorithm>
#include <charconv>

namespace troupe::assistant::mcp {
namespace {

JsonObject own_tool(std::string_view name, std::string_view title, std::string_view description, JsonObject properties,
                    JsonArray required) {
  return {{"name", name},
          {"title", title},
          {"description", description},
          {"inputSchema",
           JsonObject{{"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}}},
          {"annotations", JsonObject{{"readOnlyHint", name == kLook}, {"openWorldHint", true}}}};
}

JsonObject text_of(std::string_view description) { return {{"type", "string"}, {"description", description}}; }

JsonArray own_tools() {
  return {
      own_tool(kAsk, "Ask the assistant",
               "Plans what a sentence asks for, at one of the services. Nothing is run: the answer shows the plan, or "
               "asks what is missing.",
               {{"text", text_of("what is wanted, in the person's words")},
                {"conversation_id", text_of("of an earlier answer: goes on there")}},
               {"text"}),
      own_tool(kAnswer, "Answer or run",
               "Answers what a task asks, by a choice's id or in words. A task that is planned is run by the answer "
               "\"run\".",
               {{"task_id", text_of("the task")},
                {"choice_id", text_of("of one of the choices")},
                {"text", text_of("the answer where there are no choices")}},
               {"task_id"}),
      own_tool(kLook, "Look at a task", "How a task stands, and what came of it.", {{"task_id", text_of("the task")}},
               {"task_id"})};
}

JsonObject tool_of(const planner::Intent& intent) {
  auto schema = intent.inputs;
  schema["type"] = "object";
  return {{"name", intent.service + "." + intent.name},
          {"title", planner::spoken_name(intent)},
          {"description", intent.description},
          {"inputSchema", std::move(schema)},
          {"annotations", JsonObject{{"readOnlyHint", !intent.writes}, {"openWorldHint", intent.service != "troupe"}}}};
}

}  // namespace

std::optional<ToolName> split_tool_name(std::string_view name) {
  const auto dot = name.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot + 1 == name.size()) return std::nullopt;
  return ToolName{.service = name.substr(0, dot), .intent = name.substr(dot + 1)};
}

std::optional<ToolPage> page_of_tools(const planner::Catalogue& catalogue, const std::vector<std::string>& services,
                                      std::string_view cursor) {
  std::size_t from = 0;
  if (!cursor.empty()) {
    const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), from);
    if (error != std::errc() || end != cursor.data() + cursor.size() || from == 0) return std::nullopt;
  }
  ToolPage out;
  if (from == 0) out.tools = own_tools();
  std::size_t at = 0;
  for (const auto& intent : catalogue.all()) {
    if (!services.empty() && std::ranges::find(services, intent.service) == services.end()) continue;
    if (at++ < from) continue;
    if (out.tools.size() >= kToolsPerPage) {
      out.next = std::to_string(at - 1);
      break;
    }
    out.tools.emplace_back(tool_of(intent));
  }
  return out;
}

}  // namespace troupe::assistant::mcp
