// `troupe pack …` without the command line: what each command does, and what it says as JSON and for people.
#pragma once
#include <filesystem>
#include <string>

#include "matrix/json.h"

namespace troupe::assistant::packs {

struct Said {
  matrix::Json json;
  std::string text;  ///< lines; may hold what stands in the pack's files, so that whoever prints it cleans it
  bool good = true;  ///< false: exit code 1
};

/// Reads a folder and tells everything that is wrong with it.
Said check_folder(const std::filesystem::path& folder);
/// All packs, those that come with the program and those in the data folder.
Said list_packs(const std::filesystem::path& data_dir);
/// A pack, or one of its operations.
Said show_pack(const std::filesystem::path& data_dir, const std::string& service, const std::string& operation);
/// Checks a folder and copies it into the data folder; one with errors is not taken.
Said add_pack(const std::filesystem::path& data_dir, const std::filesystem::path& folder);
Said remove_pack(const std::filesystem::path& data_dir, const std::string& service);

}  // namespace troupe::assistant::packs
