#include "host/backup.h"

namespace troupe::host {
namespace {

/// What goes away while it is counted is not counted.
bool is_gone(const std::error_code& error) { return error == std::errc::no_such_file_or_directory; }

Error unreadable(const std::filesystem::path& path, const std::error_code& error) {
  return Error(Errc::unavailable, path.string() + " cannot be read: " + error.message());
}

Result<Unit> count(const std::filesystem::directory_entry& entry, BackupItem& item) {
  std::error_code failed;
  if (!entry.is_regular_file(failed)) return Unit{};
  const auto bytes = entry.file_size(failed);
  if (failed) return is_gone(failed) ? Result<Unit>(Unit{}) : unreadable(entry.path(), failed);
  ++item.files;
  item.bytes += bytes;
  return Unit{};
}

}  // namespace

Result<BackupItem> backup_item(const std::filesystem::path& path) {
  BackupItem item{.name = path.string()};
  std::error_code failed;
  const std::filesystem::directory_entry top(path, failed);
  if (failed || !top.exists(failed)) {
    if (failed && !is_gone(failed)) return unreadable(path, failed);
    return item;
  }
  TRY(count(top, item));
  if (!top.is_directory(failed)) return item;
  std::filesystem::recursive_directory_iterator walk(path, failed);
  for (const std::filesystem::recursive_directory_iterator end; !failed && walk != end; walk.increment(failed)) {
    TRY(count(*walk, item));
  }
  if (failed && !is_gone(failed)) return unreadable(path, failed);
  return item;
}

BackupStep backup_of_files(std::string name, std::string help,
                           std::function<std::vector<std::filesystem::path>(const Settings&)> paths) {
  auto list = [paths = std::move(paths)](const Settings& settings) -> Result<std::vector<BackupItem>> {
    std::vector<BackupItem> items;
    for (const auto& path : paths(settings)) {
      TRY(auto item, backup_item(path));
      items.push_back(std::move(item));
    }
    return items;
  };
  return {.name = std::move(name), .help = std::move(help), .list = std::move(list)};
}

}  // namespace troupe::host
