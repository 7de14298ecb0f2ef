// Bytes from outside as a binding, as workflows.json and as an expression: read, checked, evaluated.

// modules: assistant
#include <cstdint>
#include <string>

#include "assistant/workflows/probe.h"
#include "assistant/workflows/workflow.h"

using namespace troupe;
using namespace troupe::assistant;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const matrix::JsonObject values{{"a", {{"b", {1, "x", nullptr}}}}, {"name", "n"}};
  const matrix::Json result(values);
  const workflows::Values at{
      .inputs = &values, .kept = &values, .args = &values, .result = &result, .item = &result, .marker = "m"};
  if (const auto expression = workflows::parse_expression(text)) workflows::evaluate(*expression, at);
  const auto json = matrix::parse_json(text);
  if (!json) return 0;
  if (const auto binding = workflows::parse_binding(*json)) workflows::evaluate(*binding, at);
  if (const auto condition = workflows::parse_condition(*json)) workflows::holds(*condition, at);
  const workflows::Actions actions{.service = "fuzz",
                                   .find = [](std::string_view) -> const openapi::Operation* { return nullptr; }};
  report::Findings findings;
  const report::InFile report(findings, "workflows.json");
  for (const auto& [intent, workflow] : workflows::read_workflows(*json, report))
    workflows::check_workflow(workflow, actions, report);
  workflows::read_probes(*json, actions, report);
  return 0;
}
