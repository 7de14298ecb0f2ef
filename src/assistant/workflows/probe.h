// probes.json: how one finds out whether a write was done whose answer never came. Declared data; asking is the
// executor's.
#pragma once
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "assistant/workflows/check.h"

namespace troupe::assistant::workflows {

enum class ProbeKind : std::uint8_t {
  external_reference,  ///< the write bears a mark in a field of its own (`set`), by which `read` finds it
  metadata,            ///< the same in what rides along with a message
  lookup,              ///< `read` finds what the write would have made by what it was called with
  etag,                ///< the write names the version that it changes: a second one is refused by the service
  repeatable,          ///< done twice is done once (a PUT of the whole): it is simply sent again
  none,                ///< nobody can know: the person is asked. `reason` says why
};
std::string_view name_of(ProbeKind kind);

struct Probe {
  ProbeKind kind = ProbeKind::none;
  std::string read;                                    ///< the reading operation, without the service
  std::vector<std::pair<std::string, Binding>> bind;   ///< its arguments, from $args and $marker
  std::size_t most_pages = 1;                          ///< how far it looks
  std::string items;                                   ///< pointer to the list in the answer; "" is the whole answer
  std::vector<std::pair<std::string, Binding>> match;  ///< pointer inside an entry → what it must be
  std::vector<std::pair<std::string, Binding>>
      set;                        ///< pointer into the write's arguments → what is added before it is sent
  std::string found;              ///< pointer inside the entry to what the write would have answered
  std::string created;            ///< pointer inside the entry to when it was made, in Unix time: older ones are others
  bool newest_first = false;      ///< the list begins with the newest: what is not on the pages looked at is not there
  std::vector<std::string> done;  ///< repeatable: codes of a refusal that says that it was done before
  std::optional<std::chrono::minutes> within;  ///< repeatable: so long; then others may have changed what it sets
  std::string etag;                            ///< etag: pointer into the write's arguments
  std::string reason;                          ///< none, repeatable: why
};

using Probes = std::map<std::string, Probe, std::less<>>;

/// operation → probe. Mistakes stand in `report`; a probe with one is left out.
Probes read_probes(const Json& document, const Actions& actions, const report::InFile& report);

}  // namespace troupe::assistant::workflows
