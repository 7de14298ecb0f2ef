// Small types that every module shares.
#pragma once
#include <cstdint>

namespace troupe::base {

/// A position in the one stream that orders every durable change. Positions start at 1, only grow, and are never used
/// twice, also across restarts. 0 means "before everything".
using StreamPos = std::int64_t;

}  // namespace troupe::base

namespace troupe {
using base::StreamPos;
}
