#include "base/retry.h"

#include <gtest/gtest.h>

#include <limits>

namespace troupe::base {
namespace {

using std::chrono::milliseconds;

TEST(Retry, PausesDoubleUpToTheLongest) {
  EXPECT_EQ(doubled(milliseconds(100), 0, milliseconds(1'000)), milliseconds(100));
  EXPECT_EQ(doubled(milliseconds(100), 3, milliseconds(1'000)), milliseconds(800));
  EXPECT_EQ(doubled(milliseconds(100), 4, milliseconds(1'000)), milliseconds(1'000));
  EXPECT_EQ(doubled(milliseconds(100), std::numeric_limits<std::int64_t>::max(), milliseconds(1'000)),
            milliseconds(1'000));
  EXPECT_EQ(doubled(milliseconds(100), -1, milliseconds(1'000)), milliseconds(100));
  EXPECT_EQ(doubled(milliseconds(2'000), 1, milliseconds(1'000)), milliseconds(1'000));
}

}  // namespace
}  // namespace troupe::base
