#include "assistant/executor/tool_versions.h"

#include "assistant/executor/targets.h"

namespace troupe::assistant::executor {
namespace {

/// Of a plan's `planning`, where earlier programs kept them.
constexpr std::string_view kMember = "tools";

/// Empty: no tool of an MCP server, or none that is there.
std::string digest_of(const services::Offer& offer, std::string_view action) {
  const auto target = target_of(offer, action);
  return target && !target->is_command() && target->offered->tool ? target->offered->tool->digest : std::string();
}

void collect(const services::Offer& offer, const std::vector<workflows::Step>& steps, matrix::JsonObject& out) {
  for (const auto& step : steps) {
    collect(offer, step.parallel, out);
    if (step.action.empty()) continue;
    if (auto digest = digest_of(offer, step.action); !digest.empty()) out[step.action] = std::move(digest);
  }
}

}  // namespace

void bind_tools(const services::Offer& offer, tasks::TaskSpec& spec) {
  spec.tools.clear();
  const auto workflow = workflow_of(offer, spec);
  if (!workflow) return;
  collect(offer, (*workflow)->steps, spec.tools);
}

std::optional<std::string> changed_tool(const services::Offer& offer, const tasks::TaskSpec& spec) {
  const auto* earlier = matrix::find_object(spec.planning, kMember);
  for (const auto& [key, value] : earlier != nullptr && spec.tools.empty() ? *earlier : spec.tools) {
    const std::string action(key.data(), key.size());
    if (!value.is_string() || digest_of(offer, action) != matrix::view(value.get_string())) return action;
  }
  return std::nullopt;
}

}  // namespace troupe::assistant::executor
