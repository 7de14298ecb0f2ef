#include "app/descriptors.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "host/listeners.h"
#include "net/route/listener.h"

namespace troupe::app {
namespace {

std::size_t clients(std::size_t descriptors) { return connections_of(host::kMatrixListener, descriptors, 1); }
std::size_t others(std::size_t descriptors, std::size_t count = 1) {
  return connections_of(net::route::kPlatformListener, descriptors, count);
}

TEST(Descriptors, WhereThereAreManyConnectionsHaveALimitOfTheirOwn) {
  EXPECT_EQ(clients(1'048'576), kMostClientConnections);
  EXPECT_EQ(others(1'048'576), kMostOtherConnections);
  EXPECT_EQ(clients(1UL << 30), kMostClientConnections);
}

TEST(Descriptors, TenThousandMayWaitWhereThereAreTwentyThousand) { EXPECT_GT(clients(20'000), 10'000U); }

TEST(Descriptors, SomeAreLeftForWhateverElseIsOpened) {
  for (const std::size_t descriptors : {256UL, 1'024UL, 4'096UL, 20'000UL, 65'536UL}) {
    for (const std::size_t count : {1UL, 3UL}) {
      const auto left = descriptors - clients(descriptors) - count * others(descriptors, count);
      EXPECT_GE(left, std::min<std::size_t>(1'024, descriptors / 4)) << descriptors;
      EXPECT_LT(left, descriptors) << descriptors;
    }
    EXPECT_GT(clients(descriptors), others(descriptors)) << descriptors;
  }
}

TEST(Descriptors, EveryListenerAnswersSomebody) {
  EXPECT_GE(clients(0), 1U);
  EXPECT_GE(others(64, 5), 1U);
}

TEST(Descriptors, TheLimitIsRaisedToWhatTheMachineAllows) {
  const auto raised = raise_descriptor_limit();
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(limit.rlim_cur, limit.rlim_max);
  if (limit.rlim_cur < (1UL << 30)) EXPECT_EQ(raised, limit.rlim_cur);
  EXPECT_EQ(raise_descriptor_limit(), raised);
}

}  // namespace
}  // namespace troupe::app
