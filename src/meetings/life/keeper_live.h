// What a Keeper keeps in memory of one meeting. Only its own files include this.
#pragma once
#include "meetings/life/keeper.h"

namespace troupe::meetings::life {

struct Keeper::Live {
  explicit Live(const asio::any_io_executor& home) : wakeup(home) {}
  base::Notify wakeup;
  std::int64_t recovered = 0;  ///< the attempt whose task the driver has been asked to find again
  int tries = 0;               ///< to take it away, in vain
};

}  // namespace troupe::meetings::life
