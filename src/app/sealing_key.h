// The key that seals credentials, in secret.key of the data folder.
#pragma once
#include <filesystem>
#include <span>
#include <string_view>

#include "base/crypto.h"
#include "store/database.h"

namespace troupe::app {

/// Loads the key; makes it when there is none and the database has never seen one. `sealed_queries`: each yields a row
/// when its module's tables hold something sealed; the tables exist.
///
/// The key is durable before the database notes that it exists. So an empty, short or missing file beside a database
/// that noted nothing and holds nothing sealed is what an interrupted first start left behind, and is made anew; beside
/// any other it is damage that must be repaired, and the file is left as it is. One that other users may open is closed
/// to them, with a warning.
/// Errors: conflict (damaged, missing or another key than the database's; the message names the file and what to do),
/// unavailable (cannot be read or written).
Result<base::SealingKey> load_sealing_key(const std::filesystem::path& file, store::Database& db,
                                          std::span<const std::string_view> sealed_queries);

}  // namespace troupe::app
