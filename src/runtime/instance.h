// Whose tasks they are: the id by which one installation knows its own among those of others on the same engine.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::runtime {

/// What drivers of containers keep on this machine.
std::filesystem::path containers_folder(const std::filesystem::path& data_dir);

/// `configured`, or the id in the file `instance` of that folder, [a-z0-9]{12}, which is made at the first time.
/// Errors: unavailable (the file), invalid_param (it holds no id).
Result<std::string> instance_of(const std::filesystem::path& data_dir, const std::string& configured);

/// [a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?
bool is_instance(std::string_view id);

}  // namespace troupe::runtime
