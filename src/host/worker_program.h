// The programs under workers/ that come with this one and are run by it: where they are, and what runs them.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::host {

/// The folder of the worker `name` that belongs to a program: `workers/name` of the checkout that the program was built
/// in (build/PRESET/troupe), or `share/troupe/workers/name` beside its `bin`. Nothing: there is none, or its packages
/// (`node_modules`) are not installed. Looks at the disk; any thread.
std::optional<std::filesystem::path> find_worker(std::string_view name, const std::filesystem::path& program);
/// The same, of the running program.
std::optional<std::filesystem::path> find_worker(std::string_view name);

/// A command that runs a worker's file with Node: the one that scripts/setup has fetched into the checkout, else the
/// first that PATH names. Nothing: there is no Node.
std::optional<std::vector<std::string>> node_command(const std::filesystem::path& worker, std::string_view file);

}  // namespace troupe::host
