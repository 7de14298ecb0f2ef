#include "fleet/types/conduct.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace troupe::fleet {
namespace {

Result<Conduct> read(std::string_view text) { return read_conduct(boost::json::parse(text).as_object()); }

TEST(Conduct, DefaultsAreClosedAndBounded) {
  auto conduct = *read("{}");
  EXPECT_TRUE(accepts_invite(conduct, "@anna:here.org", "!r:x", "here.org", true));
  EXPECT_FALSE(accepts_invite(conduct, "@anna:evil.org", "!r:x", "here.org", true));
  EXPECT_FALSE(accepts_invite(conduct, "", "!r:x", "here.org", true)) << "nobody knows who invited";
  EXPECT_FALSE(accepts_invite(conduct, "@anna:here.org", "!r:x", "here.org", false)) << "another tenant's";
  EXPECT_EQ(conduct.bots_in_a_row, 5);
  EXPECT_EQ(conduct.catch_up_messages, 20);
}

TEST(Conduct, RulesOfInvites) {
  auto conduct = *read(R"({"invites":{"from":["@anna:a.org","*:b.org","!room:c.org"]}})");
  EXPECT_TRUE(accepts_invite(conduct, "@anna:a.org", "!x:y", "here.org", true));
  EXPECT_FALSE(accepts_invite(conduct, "@ben:a.org", "!x:y", "here.org", true));
  EXPECT_TRUE(accepts_invite(conduct, "@ben:b.org", "!x:y", "here.org", true));
  EXPECT_FALSE(accepts_invite(conduct, "@ben:notb.org", "!x:y", "here.org", true));
  EXPECT_TRUE(accepts_invite(conduct, "", "!room:c.org", "here.org", true));
  EXPECT_FALSE(accepts_invite(conduct, "@ben:here.org", "!x:y", "here.org", true)) << "'here' is not in the list";
  EXPECT_FALSE(accepts_invite(*read(R"({"invites":{"from":[]}})"), "@ben:here.org", "!x:y", "here.org", true));
  EXPECT_TRUE(accepts_invite(*read(R"({"invites":{"from":["anyone"]}})"), "@x:y.org", "!x:y", "here.org", true));
}

TEST(Conduct, WrongOnesNameTheMember) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"limits":{"room_per_minute":0}})", "limits.room_per_minute"},
      {R"({"limits":{"bot_per_minute":"many"}})", "limits.bot_per_minute"},
      {R"({"limits":{"bots_in_a_row":51}})", "limits.bots_in_a_row"},
      {R"({"limits":{"catch_up_minutes":-1}})", "limits.catch_up_minutes"},
      {R"({"limits":{"catch_up_messages":1e9}})", "limits.catch_up_messages"},
      {R"({"limits":{"speed":1}})", "speed"},
      {R"({"limits":7})", "limits"},
      {R"({"invites":[]})", "invites"},
      {R"({"invites":{"from":"here"}})", "invites.from"},
      {R"({"invites":{"from":["everybody"]}})", "invites.from"},
      {R"({"invites":{"from":[1]}})", "invites.from"},
      {R"({"invites":{"max_rooms":0}})", "invites.max_rooms"},
      {R"({"hear_notices":1})", "hear_notices"},
  };
  for (const auto& [text, named] : cases) {
    auto refused = read(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code(), Errc::invalid_param);
    EXPECT_NE(refused.error().message().find(named), std::string::npos) << refused.error().message();
  }
}

TEST(Conduct, AMistypedSettingIsNamedWithTheNearest) {
  EXPECT_EQ(read(R"({"limits":{"bot_per_minut":1}})").error().message(),
            "limits has no setting 'bot_per_minut'; did you mean \"bot_per_minute\"?");
  EXPECT_EQ(read(R"({"limits":{"speed":1}})").error().message(), "limits has no setting 'speed'.");
  const auto wrong = no_such_setting("The brain", std::string(10'000, 'a'), {"url"});
  EXPECT_EQ(wrong, "The brain has no setting '" + std::string(64, 'a') + "'.");
}

TEST(Conduct, ItsSchemaIsAnObjectOfItsKeys) {
  auto schema = boost::json::parse(common_properties()).as_object();
  EXPECT_EQ(schema.size(), 6U);
  for (const auto key : common_keys()) EXPECT_TRUE(schema.contains(key)) << key;
}

}  // namespace
}  // namespace troupe::fleet
