#include "base/until_available.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace troupe::base {
namespace {

struct Asked {
  int fail = 0;  ///< so often at first
  Errc how = Errc::unavailable;
  int times = 0;
  Task<int> operator()() {
    if (times++ < fail) co_return Error(how);
    co_return 7;
  }
};

/// What comes of it, with pauses that take no time; `patience` of them.
Result<int> outcome(Asked& asked, int patience, std::vector<std::int64_t>& pauses) {
  asio::io_context io;
  auto pause = [&](std::chrono::milliseconds time) -> asio::awaitable<bool> {
    pauses.push_back(time.count());
    co_return static_cast<int>(pauses.size()) <= patience;
  };
  auto ask = [&asked] { return asked(); };
  auto done = asio::co_spawn(io, until_available(ask, pause), asio::use_future);
  io.run();
  return done.get();
}

TEST(UntilAvailable, WaitsForWhatIsAwayForAMoment) {
  Asked asked{.fail = 7};
  std::vector<std::int64_t> pauses;
  EXPECT_EQ(outcome(asked, 100, pauses), 7);
  EXPECT_EQ(pauses, (std::vector<std::int64_t>{100, 200, 400, 800, 1'600, 2'000, 2'000}));
}

TEST(UntilAvailable, OtherErrorsAreNotWaitedFor) {
  Asked asked{.fail = 1, .how = Errc::forbidden};
  std::vector<std::int64_t> pauses;
  EXPECT_EQ(outcome(asked, 100, pauses).error().code(), Errc::forbidden);
  EXPECT_TRUE(pauses.empty());
}

TEST(UntilAvailable, EndsWhenNobodyWaits) {
  Asked asked{.fail = 100};
  std::vector<std::int64_t> pauses;
  EXPECT_EQ(outcome(asked, 2, pauses).error().code(), Errc::unavailable);
  EXPECT_EQ(asked.times, 3);
}

}  // namespace
}  // namespace troupe::base
