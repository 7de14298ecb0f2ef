#include "host/worker_program.h"

#include <cstdlib>
#include <sstream>

namespace troupe::host {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUsualPath = "/usr/local/bin:/usr/bin:/bin";

bool is_there(const fs::path& path) {
  std::error_code ec;
  return fs::exists(path, ec);
}

}  // namespace

std::optional<fs::path> find_worker(std::string_view name, const fs::path& program) {
  const auto above = program.parent_path().parent_path();
  // Only a build stands below the checkout: nothing is run out of /workers because the program is /usr/bin/troupe.
  const auto workers = above.filename() == "build" ? above.parent_path() / "workers" : above / "share/troupe/workers";
  auto worker = workers / name;
  if (is_there(worker / "package.json") && is_there(worker / "node_modules")) return worker;
  return std::nullopt;
}

std::optional<fs::path> find_worker(std::string_view name) {
  std::error_code ec;
  const auto program = fs::read_symlink("/proc/self/exe", ec);
  if (ec) return std::nullopt;
  return find_worker(name, program);
}

std::optional<std::vector<std::string>> node_command(const fs::path& worker, std::string_view file) {
  const auto own = worker.parent_path().parent_path() / "build/node/bin/node";
  const auto with = [&](const fs::path& node) {
    return std::vector<std::string>{node.string(), "--experimental-strip-types",
                                    "--disable-warning=ExperimentalWarning", (worker / file).string()};
  };
  if (is_there(own)) return with(own);
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nothing sets it
  std::istringstream folders{std::string(path && *path ? std::string_view(path) : kUsualPath)};
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (folder.starts_with('/') && is_there(fs::path(folder) / "node")) return with(fs::path(folder) / "node");
  }
  return std::nullopt;
}

}  // namespace troupe::host
