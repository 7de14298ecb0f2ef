#include "fleet/routes/flowise_url.h"

#include "fleet/brains/flowise/flowise_brain.h"
#include "fleet/fleet_fixture.h"

namespace troupe::fleet::routes {
namespace {

constexpr auto kFirst = "http://flowise:3000/api/v1/prediction/flow-1";
constexpr auto kSecond = "http://flowise:3000/api/v1/prediction/flow-2";

class FlowiseUrlTest : public FleetTest {
 protected:
  FlowiseUrlTest() { brains.add(brains::flowise_brain()); }
  Result<service::MadeBot> make(const std::string& kind, const std::string& url) {
    service::NewBot wanted;
    wanted.bot_id = "flow";
    wanted.brain_kind = kind;
    set_flowise_url(wanted, url);
    return run(bots->create(1, std::move(wanted), {"tester"}));
  }
  Result<service::MadeBot> change(service::BotPatch patch, std::optional<std::string> url) {
    set_flowise_url(patch, std::move(url));
    return run(bots->change(1, "flow", std::move(patch), {"tester"}));
  }
  std::string address() { return std::string(view("flow").bot.brain_config.at("url").as_string()); }
  std::string shown() { return std::string(flowise_url_of(view("flow").bot)); }
};

TEST_F(FlowiseUrlTest, ItMakesABotAndMovesIt) {
  begin();
  ASSERT_TRUE(make("flowise", kFirst));
  EXPECT_EQ(address(), kFirst);
  EXPECT_EQ(shown(), kFirst);
  ASSERT_TRUE(change({.display_name = "Flow"}, std::nullopt));
  EXPECT_EQ(address(), kFirst);
  ASSERT_TRUE(change({}, kSecond));
  EXPECT_EQ(address(), kSecond);
  EXPECT_EQ(shown(), kSecond);
  // Taken back it is shown no more; the brain goes on asking where it asked.
  ASSERT_TRUE(change({}, ""));
  EXPECT_EQ(address(), kSecond);
  EXPECT_EQ(shown(), "");
}

TEST_F(FlowiseUrlTest, AnyBotKeepsItForABrainThatNeedsIt) {
  begin();
  ASSERT_TRUE(make("test", kFirst));
  EXPECT_EQ(shown(), kFirst);
  EXPECT_FALSE(view("flow").bot.brain_config.contains("url"));
  ASSERT_TRUE(change({.brain_kind = "flowise"}, std::nullopt));
  EXPECT_EQ(address(), kFirst);
  // What the brain's own settings say goes before.
  ASSERT_TRUE(change({.brain_config = boost::json::object{{"url", kSecond}}}, kFirst));
  EXPECT_EQ(address(), kSecond);
  EXPECT_EQ(shown(), kFirst);
}

TEST_F(FlowiseUrlTest, WhatIsNoAddressIsRefusedWithAllElse) {
  begin();
  auto refused = make("none", "javascript:1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::invalid_param);
  EXPECT_EQ(refused.error().members().at("errors").as_array().size(), 2);
  ASSERT_TRUE(make("flowise", kFirst));
  for (const auto& bad : {std::string("ftp://x"), std::string("http://a b"), "http://" + std::string(2'048, 'a')}) {
    EXPECT_EQ(change({}, bad).error().code(), Errc::invalid_param) << bad;
  }
  EXPECT_EQ(shown(), kFirst);
}

}  // namespace
}  // namespace troupe::fleet::routes
