// What a backup holds: each module names what it owns and cannot make again.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/settings.h"

namespace troupe::host {

/// A file, a folder with all that lies in it, or a table.
struct BackupItem {
  std::string name;  ///< a path, or the name of a table
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// One part of a backup. `list` says what it would hold now; blocks on the disk or the database, changes nothing.
struct BackupStep {
  std::string name;  ///< "media"
  std::string help;  ///< what it is
  std::function<Result<std::vector<BackupItem>>(const Settings&)> list;
};

/// A file or folder as an item; no files when it is not there. Error: unavailable (it cannot be read).
Result<BackupItem> backup_item(const std::filesystem::path& path);

/// A step that holds files and folders.
BackupStep backup_of_files(std::string name, std::string help,
                           std::function<std::vector<std::filesystem::path>(const Settings&)> paths);

}  // namespace troupe::host
