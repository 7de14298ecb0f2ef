// Inbound webhooks over /api/v1: made, listed, removed; their address is shown once.
#include "console/console_fixture.h"

namespace troupe::console {
namespace {

using HookTest = ConsoleTest;

TEST_F(HookTest, AHookIsMadeListedAndRemoved) {
  api("POST", "/api/v1/bots", R"({"bot_id":"echo","brain":{"kind":"echo"}})");
  api("POST", "/api/v1/bots/echo/start");
  auto anna = sign_in("anna", "anna-password");
  auto room = boost::json::value_to<std::string>(
      call("POST", "/api/v1/bots/echo/chat", R"({"text":"hello"})", {anna})["/room_id"]);
  const std::string hooks = "/api/v1/bots/echo/hooks";
  auto made = api("POST", hooks, R"({"name":"builds","room_id":")" + room + "\"}");
  ASSERT_EQ(made.status, 201) << made.text;
  auto url = boost::json::value_to<std::string>(made["/url"]);
  EXPECT_TRUE(url.starts_with("http://127.0.0.1:8001/webhook/")) << url;
  auto list = api("GET", hooks);
  EXPECT_EQ(list["/total"], 1);
  EXPECT_EQ(list["/items/0/name"], "builds");
  EXPECT_EQ(list["/items/0/wait_for_complete"], false);
  EXPECT_EQ(list.text.find(url.substr(url.rfind('/') + 1)), std::string::npos) << "shown once";
  EXPECT_EQ(api("GET", "/api/v1/audit").text.find(url.substr(url.rfind('/') + 1)), std::string::npos);
  auto id = boost::json::value_to<std::string>(made["/hook/hook_id"]);
  EXPECT_EQ(call("GET", hooks, "", {anna}).status, 403);
  EXPECT_EQ(api("DELETE", hooks + "/" + id).status, 204);
  EXPECT_EQ(api("DELETE", hooks + "/" + id).status, 404);
  auto waits = api("POST", hooks, R"({"name":"waits","wait_for_complete":true,"room_id":")" + room + "\"}");
  EXPECT_EQ(waits["/hook/wait_for_complete"], true) << waits.text;
  EXPECT_EQ(api("GET", hooks)["/items/0/wait_for_complete"], true);
  EXPECT_EQ(api("POST", hooks, R"({"name":"x","wait_for_complete":"yes","room_id":")" + room + "\"}").status, 400);
  EXPECT_EQ(api("POST", hooks, R"({"name":"x","room_id":"!elsewhere:localhost"})").status, 400);
  auto brief =
      api("POST", hooks, R"({"name":"x","room_id":")" + room + R"(","wait_for_complete":true,"expires_in_days":7})");
  ASSERT_EQ(brief.status, 201) << brief.text;
  EXPECT_EQ(brief["/hook/wait_for_complete"], true);
  EXPECT_TRUE(boost::json::value_to<std::string>(brief["/hook/expires_at"]).ends_with("Z"));
  EXPECT_EQ(api("POST", hooks, R"({"name":"x","room_id":")" + room + R"(","expires_in_days":0})").status, 400);
  EXPECT_EQ(api("GET", "/api/v1/bots/nobody/hooks").status, 404);
}

}  // namespace
}  // namespace troupe::console
