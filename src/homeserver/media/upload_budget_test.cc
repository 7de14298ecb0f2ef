// What is under way is bounded: for all, and for one account, so that nobody keeps the others out.
#include "homeserver/media/upload_budget.h"

#include <gtest/gtest.h>

#include <vector>

namespace troupe::homeserver::media {
namespace {

constexpr UploadBudget::Limits kLimits{.bytes = 1'000, .one_file = 300};

TEST(UploadBudgetTest, OneAccountHasHalfOfTheBytes) {
  UploadBudget budget;
  auto anna = budget.begin("@anna:example.org", kLimits).value();
  auto more = budget.begin("@anna:example.org", kLimits).value();
  EXPECT_TRUE(anna.grow(300));
  EXPECT_TRUE(more.grow(200));
  const auto refused = more.grow(1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::limit_exceeded);
  auto berta = budget.begin("@berta:example.org", kLimits).value();
  EXPECT_TRUE(berta.grow(300));
  {
    auto carla = budget.begin("@carla:example.org", kLimits).value();
    EXPECT_TRUE(carla.grow(200));
    EXPECT_FALSE(carla.grow(1)) << "all together";
    EXPECT_FALSE(berta.grow(1));
  }
  EXPECT_TRUE(berta.grow(200)) << "what ended is given back";
}

TEST(UploadBudgetTest, OneWholeFileAlwaysFits) {
  UploadBudget budget;
  auto alone = budget.begin("@anna:example.org", {.bytes = 100, .one_file = 300}).value();
  EXPECT_TRUE(alone.grow(300));
  EXPECT_FALSE(alone.grow(1));
}

TEST(UploadBudgetTest, FilesAreCounted) {
  UploadBudget budget;
  std::vector<UploadBudget::Share> shares;
  for (std::size_t i = 0; i < UploadBudget::kMaxFilesOfOne; ++i)
    shares.push_back(budget.begin("@anna:example.org", kLimits).value());
  EXPECT_FALSE(budget.begin("@anna:example.org", kLimits));
  shares.pop_back();
  EXPECT_TRUE(budget.begin("@anna:example.org", kLimits)) << "one that goes at once";
  for (int i = 0; shares.size() < UploadBudget::kMaxFiles; ++i)
    shares.push_back(budget.begin("@person" + std::to_string(i) + ":example.org", kLimits).value());
  EXPECT_FALSE(budget.begin("@berta:example.org", kLimits));
  EXPECT_FALSE(budget.begin("", kLimits));
}

}  // namespace
}  // namespace troupe::homeserver::media
