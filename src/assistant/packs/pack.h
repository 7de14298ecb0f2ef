// A service as the assistant knows it: what it can do, how it is called, which intents it has. Made from a folder's
// files.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assistant/openapi/operation.h"
#include "assistant/packs/config.h"
#include "assistant/packs/files.h"
#include "assistant/packs/phrases.h"
#include "assistant/packs/tools.h"
#include "assistant/report/findings.h"
#include "assistant/workflows/probe.h"
#include "assistant/workflows/workflow.h"

namespace troupe::assistant::packs {

/// An operation with what the pack says of it.
struct Offered {
  openapi::Operation operation;
  bool approval = false;  ///< somebody must agree to the exact call
  Paging paging;          ///< of a reading operation; style none: one page
  std::optional<Undo> undo;
  std::optional<Tool> tool = {};  ///< of an MCP server
};

struct Pack {
  Config config;
  std::string title;
  std::string base_url;             ///< config.json's, else the document's first server
  std::vector<std::string> egress;  ///< hosts that may be called
  std::map<std::string, Offered, std::less<>> operations;
  workflows::Workflows workflows;  ///< of workflows.json; each other operation is an intent of its own
  workflows::Probes probes;
  std::vector<Example> examples;  ///< of examples.jsonl: what people say when they mean it

  const Offered* find(std::string_view operation) const;
  /// The workflow of an intent: workflows.json's, or the operation of this name alone; nothing when there is neither.
  std::optional<workflows::Workflow> workflow(std::string_view intent) const;
  /// All intents, in order.
  std::vector<std::string> intents() const;
};

struct Checked {
  std::optional<Pack> pack;  ///< nothing when a finding is an error
  report::Findings findings;
};

/// Reads and checks a pack. Never fails: what is wrong stands in the findings. Any thread; costs about as much as
/// parsing the document. `tools`: the entries of tools/list of the pack's MCP server, as they were last listed;
/// nullptr: nothing is known of them, and the pack has no operations.
Checked read_pack(const Files& files, const matrix::JsonArray* tools = nullptr);

/// {service, title, enabled, base_url, egress, operations: [...], intents: [...], …}, for people and programs.
matrix::JsonObject describe(const Pack& pack);
/// One operation with its schemas, both as it is and strict for models.
matrix::JsonObject describe(const Pack& pack, const Offered& offered);

}  // namespace troupe::assistant::packs
