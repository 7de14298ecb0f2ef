// What belongs into the same commit as a change: its line in the audit log, say.
#pragma once
#include <functional>

namespace troupe::store {

class Tx;
/// Empty: nothing. May be called again, where a commit is tried again.
using AlsoWrite = std::function<void(Tx&)>;

}  // namespace troupe::store
