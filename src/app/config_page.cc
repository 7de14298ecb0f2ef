#include "app/config_page.h"

#include <fmt/format.h>

namespace troupe::app {
namespace {

constexpr std::string_view kHead =
    "# Configuration\n"
    "\n"
    "<!-- Made by `troupe config keys --markdown`; a test compares. Change the keys in the modules' settings. -->\n"
    "\n"
    "Each key is read from `troupe.toml` (or the file after `--config`), then from the environment, then from flags: "
    "what is "
    "said later holds. In the file the part before the dot is a table:\n"
    "\n"
    "```toml\n"
    "data = \"/srv/troupe\"\n"
    "\n"
    "[server]\n"
    "name = \"example.org\"\n"
    "```\n"
    "\n"
    "`troupe config check` explains every mistake with its line and the nearest valid key. A *secret* is never shown, "
    "neither in the console nor in a log; *long* means that the server refuses fewer than 12 characters where other "
    "machines reach "
    "a listener.\n";

std::string_view group_of(std::string_view key) {
  const auto dot = key.find('.');
  return dot == key.npos ? "general" : key.substr(0, dot);
}

std::string cell(std::string text) {
  for (auto at = text.find('|'); at != text.npos; at = text.find('|', at + 2)) text.insert(at, "\\");
  return text;
}

std::string_view secrecy(host::Secret secret) {
  switch (secret) {
    case host::Secret::no:
      return "";
    case host::Secret::yes:
      return "; *secret*";
    case host::Secret::credential:
      return "; *secret*, *long*";
  }
  return "";
}

std::string row(const host::Setting& key) {
  const auto standard = key.value.write({});
  return fmt::format("| `{}` | `{}` | {} | {}{} | {} |\n", key.key, fmt::join(key.environment, "`, `"),
                     standard.empty() ? "" : "`" + standard + "`", cell(key.value.takes), secrecy(key.secret),
                     cell(std::string(key.help)));
}

}  // namespace

std::string configuration_page(const std::vector<host::Setting>& keys) {
  std::string page(kHead);
  std::vector<std::string_view> groups{"general"};
  for (const auto& key : keys) {
    if (std::ranges::find(groups, group_of(key.key)) == groups.end()) groups.push_back(group_of(key.key));
  }
  for (const auto group : groups) {
    page += fmt::format("\n## {}\n\n| key | environment | default | takes | about |\n|---|---|---|---|---|\n", group);
    for (const auto& key : keys) {
      if (group_of(key.key) == group) page += row(key);
    }
  }
  return page;
}

}  // namespace troupe::app
