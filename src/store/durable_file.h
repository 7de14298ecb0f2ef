// Files beside the ledger that matter: written so that a power cut or a full disk leaves the old one or the new one,
// never half of one.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::store {

/// The one way to write a small file that must survive: under a new name (`<file>.new`), synced, renamed into place,
/// and the folder synced. When it returns the content is durable under its name; when it fails, what was there before
/// is there still and nothing else is left. Blocks on the disk. One writer of a file at a time.
/// Error: unavailable; the message names the file and what the system said.
Result<Unit> write_durably(const std::filesystem::path& file, std::string_view bytes, ::mode_t mode = 0600);

/// The whole of a small file; nothing when there is none. Errors: unavailable (cannot be read, larger than `most`).
Result<std::optional<std::string>> read_whole(const std::filesystem::path& file, std::size_t most);

/// So that the names in a folder survive a power cut. Error: unavailable.
Result<Unit> sync_folder(const std::filesystem::path& folder);

/// Makes a folder and what is missing above it, each with this mode and each name durable in its parent. One that is
/// there already is left as it is. Error: unavailable.
Result<Unit> make_folders_durably(const std::filesystem::path& folder, ::mode_t mode = 0700);

/// Bytes that an unprivileged user may still write where this folder lies, and how many the file system holds in all.
struct DiskSpace {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};
/// Error: unavailable.
Result<DiskSpace> disk_space(const std::filesystem::path& folder);

}  // namespace troupe::store
