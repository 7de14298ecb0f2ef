// The byte in front of what the ledger keeps whole, events and credentials: how the rest is to be read.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::base {

/// A number keeps its meaning for ever. Those that this version does not write are spoken for, so that what is written
/// today need not be written again when they come.
enum class StoredFormat : unsigned char {
  plain = 1,       ///< the bytes as they are
  dictionary = 2,  ///< spoken for: compressed with a dictionary
  tenant_key = 3,  ///< spoken for: encrypted under the key of a tenant
  sealed = 4,      ///< sealed with the server's key: see SealingKey
};

/// The content as it is stored today: plain.
std::string to_stored(std::string_view content);

/// What to_stored() was given; borrows from `stored`. Error: internal (a format that this version cannot read; the
/// detail says which and that a newer version wrote it).
Result<std::string_view> from_stored(std::string_view stored);

}  // namespace troupe::base
