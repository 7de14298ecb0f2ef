// What Asio keeps of coroutines and operations that have ended.
#pragma once

namespace troupe::base {

/// Gives back the memory that Asio keeps of the last coroutines and operations of this thread. It gives that memory to
/// the next ones that fit into it, however much larger it is, which is quick and of no matter for what ends soon. Call
/// it before something begins that may wait for minutes and of which there may be thousands: what comes next takes what
/// it needs. Costs a few short calls of malloc; any thread.
void drop_spare_memory();

}  // namespace troupe::base
