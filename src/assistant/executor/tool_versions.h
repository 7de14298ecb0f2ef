// Tools of MCP servers change under their names: a plan is for those that it was made with.
#pragma once
#include <optional>
#include <string>

#include "assistant/services/services.h"
#include "assistant/tasks/types.h"

namespace troupe::assistant::executor {

/// Writes down in spec.tools which tools the plan's workflow calls, as they are now.
void bind_tools(const services::Offer& offer, tasks::TaskSpec& spec);

/// The action of the first tool that is another one by now, or gone; nothing when all are the same, or nothing was
/// written down.
std::optional<std::string> changed_tool(const services::Offer& offer, const tasks::TaskSpec& spec);

}  // namespace troupe::assistant::executor
