// Ids by which new rows lie side by side.
#pragma once
#include <string>

#include "base/clock.h"

namespace troupe::base {

/// Letters and digits of which nobody guesses another one, in the order of their times: rows whose key it is are stored
/// next to those of the same time, in place of anywhere in the table and its indexes. Eight characters say the
/// millisecond, the others are chance (5.9 bits each). `length`: 16 at least.
std::string ordered_id(UnixMs now, std::size_t length);

}  // namespace troupe::base
