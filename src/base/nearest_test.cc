#include "base/nearest.h"

#include <gtest/gtest.h>

namespace troupe::base {
namespace {

TEST(Nearest, ASlipOfTheFingerIsNamedAndNothingElse) {
  const std::vector<std::string> words{"add", "list", "logs", "start", "stop"};
  EXPECT_EQ(nearest("lst", words), "list");
  EXPECT_EQ(nearest("sotp", words), "stop");
  EXPECT_EQ(nearest("starts", words), "start");
  EXPECT_EQ(nearest("bogus", words), std::nullopt);
  EXPECT_EQ(nearest("x", words), std::nullopt);
  EXPECT_EQ(nearest("", words), std::nullopt);
  EXPECT_EQ(nearest(std::string(10'000, 'a'), words), std::nullopt);
  EXPECT_EQ(nearest("add", {}), std::nullopt);
}

TEST(Nearest, AHintIsASentenceOrNothing) {
  EXPECT_EQ(did_you_mean("sotp", {"start", "stop"}), "did you mean \"stop\"?");
  EXPECT_EQ(did_you_mean("bogus", {"start", "stop"}), "");
}

}  // namespace
}  // namespace troupe::base
