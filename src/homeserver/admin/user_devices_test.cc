#include "homeserver/admin/admin_fixture.h"

namespace troupe::homeserver::admin {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

class UserDevicesTest : public AdminFixture {
 protected:
  static constexpr const char* kDevices = "/v2/users/@anna:example.org/devices";
  static constexpr const char* kPhone = "/v2/users/@anna:example.org/devices/PHONE";
};

TEST_F(UserDevicesTest, AreListedWithTheirUser) {
  const auto all = ask("GET", kDevices);
  EXPECT_EQ(all.at("/total").as_int64(), 1);
  auto device = all.at("/devices/0").as_object();
  EXPECT_EQ(ask("GET", kPhone).json, matrix::Json(device));
  EXPECT_TRUE(device["last_seen_ts"].is_int64());
  device.erase("last_seen_ts");
  EXPECT_EQ(matrix::Json(device), matrix::Json(JsonObject{{"device_id", "PHONE"},
                                                          {"display_name", "Troupe"},
                                                          {"dehydrated", false},
                                                          {"last_seen_ip", nullptr},
                                                          {"last_seen_user_agent", nullptr},
                                                          {"user_id", kAnna}}));
  EXPECT_EQ(status("GET", "/v2/users/@anna:example.org/devices/TABLET"), "404 M_NOT_FOUND");
}

TEST_F(UserDevicesTest, AreMadeAndNamed) {
  const auto made = ask("POST", kDevices, JsonObject{{"device_id", "TABLET"}, {"display_name", "Tablet"}});
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.text, "{}");
  const std::string tablet = "/v2/users/@anna:example.org/devices/TABLET";
  EXPECT_EQ(ask("GET", tablet).string_at("/display_name"), "Tablet");
  EXPECT_EQ(status("POST", kDevices, JsonObject{{"device_id", "TABLET"}}), "201");
  EXPECT_EQ(ask("GET", kDevices).at("/total").as_int64(), 2);
  EXPECT_EQ(ask("PUT", tablet, JsonObject{{"display_name", "Slate"}}).text, "{}");
  EXPECT_EQ(ask("GET", tablet).string_at("/display_name"), "Slate");
  EXPECT_EQ(status("PUT", tablet), "200");
  EXPECT_EQ(status("PUT", "/v2/users/@anna:example.org/devices/NONE", JsonObject{{"display_name", "x"}}),
            "404 M_NOT_FOUND");
  EXPECT_EQ(status("POST", kDevices, JsonObject()), "400 M_MISSING_PARAM");
  EXPECT_EQ(status("POST", kDevices, JsonObject{{"device_id", std::string(256, 'x')}}), "400 M_INVALID_PARAM");
  EXPECT_EQ(status("PUT", tablet, JsonObject{{"display_name", std::string(256, 'x')}}), "400 M_INVALID_PARAM");
  EXPECT_TRUE(is_signed_in(anna_));
}

TEST_F(UserDevicesTest, AreSignedOutLive) {
  EXPECT_EQ(ask("DELETE", kPhone).text, "{}");
  EXPECT_FALSE(is_signed_in(anna_));
  EXPECT_EQ(status("DELETE", kPhone), "200");
  const auto phone = server_.wait(accounts().issue_token(kAnna, "PHONE")).value().access_token;
  const auto tablet = server_.wait(accounts().issue_token(kAnna, "TABLET")).value().access_token;
  const auto laptop = server_.wait(accounts().issue_token(kAnna, "LAPTOP")).value().access_token;
  const std::string path = "/v2/users/@anna:example.org/delete_devices";
  EXPECT_EQ(ask("POST", path, JsonObject{{"devices", JsonArray{"PHONE", "TABLET", "NONE"}}}).text, "{}");
  EXPECT_FALSE(is_signed_in(phone) || is_signed_in(tablet));
  EXPECT_TRUE(is_signed_in(laptop));
  EXPECT_EQ(status("POST", path, JsonObject()), "400 M_MISSING_PARAM");
  EXPECT_EQ(status("POST", path, JsonObject{{"devices", "PHONE"}}), "400 M_BAD_JSON");
}

TEST_F(UserDevicesTest, OfNobodyAndOfUsersElsewhereThereAreNone) {
  const std::pair<const char*, matrix::Json> calls[] = {{"GET", {}}, {"POST", JsonObject{{"device_id", "D"}}}};
  for (const auto& [method, body] : calls) {
    EXPECT_EQ(status(method, "/v2/users/@nobody:example.org/devices", body), "404 M_NOT_FOUND") << method;
    EXPECT_EQ(status(method, "/v2/users/@anna:elsewhere.org/devices", body), "400 M_UNKNOWN") << method;
    EXPECT_EQ(outcome(as(anna_, method, kDevices, body)), "403 M_FORBIDDEN") << method;
  }
  ASSERT_TRUE(server_.wait(accounts().deactivate(kAnna)));
  EXPECT_EQ(status("POST", kDevices, JsonObject{{"device_id", "D"}}), "403 M_USER_DEACTIVATED");
}

}  // namespace
}  // namespace troupe::homeserver::admin
