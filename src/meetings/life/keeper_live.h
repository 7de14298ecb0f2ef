// What a Keeper keeps in memory of one meeting. Only its own files include this.
#pragma once
#include "meetings/life/keeper.h"

namespace troupe::meetings::life {

struct Keeper::Live {
  explicit Live(const asio::any_io_executor& home) : wakeup(home) {}
  base::Notify wakeup;
  std::int64_t recovered = 0;  ///< the attempt whose task the driver has been asked to find again
  /// Since when its driver does not know the attempt `unknown_of`.
  std::optional<std::chrono::steady_clock::time_point> unknown_since{};
  std::int64_t unknown_of = 0;
  std::int64_t noted_elsewhere = 0;  ///< the attempt of which the history says so
  bool is_failing = false;           ///< its last round broke off
  std::int64_t told_change = 0;      ///< the number of the step to `reconfiguring` that somebody has heard of
  std::int64_t left = 0;             ///< the attempt that has heard the word to leave
  int tries = 0;                     ///< to take it away, in vain
};

/// Whether a task of this driver is known only to the process that started it. Of a driver that is not there (nullptr)
/// nobody knows better.
bool is_of_one_machine(const runtime::TaskDriver* driver);

}  // namespace troupe::meetings::life
