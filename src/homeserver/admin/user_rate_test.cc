#include "homeserver/admin/admin_fixture.h"

namespace troupe::homeserver::admin {
namespace {

using matrix::JsonObject;

class UserRateTest : public AdminFixture {
 protected:
  /// How many of so many messages were taken.
  int sent(int wanted) {
    const auto room = server_.call(anna_, "POST", "/createRoom", JsonObject()).string_at("/room_id");
    int taken = 0;
    for (int i = 0; i < wanted; ++i) {
      const auto path = "/rooms/" + room + "/send/m.room.message/" + room + std::to_string(i);
      taken += server_.call(anna_, "PUT", path, JsonObject{{"msgtype", "m.text"}, {"body", "hi"}}).status == 200;
    }
    return taken;
  }
  static constexpr const char* kRate = "/v1/users/@anna:example.org/override_ratelimit";
};

TEST_F(UserRateTest, IsSetShownAndTakenAway) {
  EXPECT_EQ(ask("GET", kRate).text, "{}");
  const auto set = ask("POST", kRate, JsonObject{{"messages_per_second", 2}, {"burst_count", 5}});
  EXPECT_EQ(set.text, R"({"messages_per_second":2,"burst_count":5})");
  EXPECT_EQ(ask("GET", kRate).text, set.text);
  EXPECT_EQ(ask("POST", kRate).text, R"({"messages_per_second":0,"burst_count":0})");
  EXPECT_EQ(ask("DELETE", kRate).text, "{}");
  EXPECT_EQ(ask("GET", kRate).text, "{}");
}

TEST_F(UserRateTest, CountsFromTheNextMessageOn) {
  // What everybody has: two at once, then none for long.
  net::route::RateLimits limits;
  limits.message = {.per_s = 0.001, .burst = 2};
  limits.create_room = {.per_s = 100, .burst = 100};
  server_.router.set_rate_limits(limits);
  EXPECT_EQ(sent(4), 2);
  ASSERT_EQ(status("POST", kRate, JsonObject()), "200");
  EXPECT_EQ(sent(20), 20);
  ASSERT_EQ(status("DELETE", kRate), "200");
  EXPECT_EQ(sent(2), 0);
}

TEST_F(UserRateTest, BadOnesAreRefused) {
  for (const auto* bad : {R"({"messages_per_second":-1})", R"({"burst_count":-1})"})
    EXPECT_EQ(status("POST", kRate, boost::json::parse(bad)), "400 M_INVALID_PARAM") << bad;
  EXPECT_EQ(ask("POST", kRate, JsonObject{{"messages_per_second", "x"}}).status, 400);
  for (const auto* method : {"GET", "POST", "DELETE"}) {
    EXPECT_EQ(status(method, "/v1/users/@nobody:example.org/override_ratelimit"), "404 M_NOT_FOUND") << method;
    EXPECT_EQ(status(method, "/v1/users/@anna:elsewhere.org/override_ratelimit"), "400 M_UNKNOWN") << method;
    EXPECT_EQ(outcome(as(anna_, method, kRate)), "403 M_FORBIDDEN") << method;
  }
}

}  // namespace
}  // namespace troupe::homeserver::admin
