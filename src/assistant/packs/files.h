// The files of a pack, read whole and with limits, from a folder that somebody else wrote.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace troupe::assistant::packs {

/// Name → bytes. Nothing of a pack is in a folder further in.
using Files = std::map<std::string, std::string, std::less<>>;

inline constexpr std::size_t kMaxPackFiles = 16;
inline constexpr std::size_t kMaxFileBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxPackBytes = 32 * 1024 * 1024;

/// Reads config.json, the documents, workflows.json, probes.json, examples.jsonl and notes (*.md) of a folder. Other
/// files, and what begins with a dot, are passed over. Blocks. Errors: not_found (no such folder, no config.json);
/// invalid_param (a symbolic link or a folder under a pack's name, bytes that are no UTF-8); too_large.
Result<Files> read_folder(const std::filesystem::path& folder);

/// The files of a pack that comes with the program; empty when there is none of this name.
Files shipped_pack(std::string_view service);
/// The names of all of them, in order.
std::vector<std::string> shipped_services();

}  // namespace troupe::assistant::packs
