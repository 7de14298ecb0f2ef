// `troupe pack …`: services' folders. They are files; no server is asked.
#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "app/cli_line.h"
#include "app/print.h"
#include "assistant/packs/commands.h"

namespace troupe::app {
namespace {

namespace packs = assistant::packs;

int print(const packs::Said& said, bool as_json) {
  if (as_json) {
    fmt::print("{}\n", boost::json::serialize(said.json));
  } else {
    fmt::print(said.good ? stdout : stderr, "{}", lines_for_terminal(said.text, ""));
    if (!said.text.ends_with('\n')) fmt::print("\n");
  }
  return said.good ? kDone : kFailed;
}

}  // namespace

void CommandLine::add_pack_commands() {
  auto* pack = group("pack", "Services that the assistant works with");
  const auto in_data = [this](auto run) {
    return [this, run] {
      const auto config = load(options_, modules_);
      return config ? print(run(config->settings.data_dir), options_.output.json) : kWrongUse;
    };
  };
  add(pack, "list", "List the packs: those of the program and those that were added",
      in_data([](const auto& data) { return packs::list_packs(data); }));
  auto* check = add(pack, "check", "Say what a folder lacks to be a pack",
                    [this] { return print(packs::check_folder(args_.file), options_.output.json); });
  auto* make = add(pack, "add", "Check a folder and copy it into the data folder",
                   in_data([this](const auto& data) { return packs::add_pack(data, args_.file); }));
  for (auto* command : {check, make}) command->add_option("folder", args_.file, "The pack's folder")->required();
  auto* show = add(pack, "show", "Show a pack, or one of its operations with its schemas",
                   in_data([this](const auto& data) { return packs::show_pack(data, args_.name, args_.action); }));
  auto* remove = add(pack, "remove", "Remove a pack that was added",
                     in_data([this](const auto& data) { return packs::remove_pack(data, args_.name); }));
  for (auto* command : {show, remove})
    command->add_option("service", args_.name, "Its service, e.g. slack")->required();
  show->add_option("operation", args_.action, "One of its operations");
}

}  // namespace troupe::app
