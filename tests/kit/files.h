// What a test's data folder holds.
#pragma once
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace troupe::kit {

/// Whether a file in it holds these bytes; the database's log of writes is one.
inline bool is_in_a_file(const std::filesystem::path& folder, std::string_view bytes) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    if (std::string(std::istreambuf_iterator<char>(file), {}).contains(bytes)) return true;
  }
  return false;
}

}  // namespace troupe::kit
