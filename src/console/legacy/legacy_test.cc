// The first legacy face: statuses and messages word for word.
#include "console/console_fixture.h"

namespace troupe::console::legacy {
namespace {

using LegacyTest = ConsoleTest;

std::string create_body(const std::string& bot_id,
                        const std::string& flowise_url = "http://flowise:3000/api/v1/prediction/1") {
  return R"({"bot_id":")" + bot_id + R"(","homeserver":"http://synapse:8008","user_id":"@)" + bot_id +
         R"(:localhost","password":"pw-of-bot","flowise_url":")" + flowise_url + "\"}";
}

TEST_F(LegacyTest, BotsAreMadeAndListed) {
  auto made = api("POST", "/create_bot", create_body("first"));
  EXPECT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.text, R"({"message":"Bot first created successfully"})");
  auto again = api("POST", "/create_bot", create_body("first"));
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(again.text, R"({"detail":"Bot with id first already exists"})");
  auto list = api("GET", "/bots");
  ASSERT_TRUE(list.body.is_array()) << list.text;
  ASSERT_EQ(list.body.as_array().size(), 1U);
  const auto& row = list.body.as_array()[0].as_object();
  std::set<std::string> keys;
  for (const auto& member : row) keys.emplace(member.key());
  EXPECT_EQ(keys,
            (std::set<std::string>{"id", "bot_id", "homeserver", "user_id", "flowise_url", "status", "created_at"}));
  EXPECT_EQ(row.at("homeserver"), "http://synapse:8008");
  EXPECT_EQ(row.at("status"), "created");
  EXPECT_EQ(row.at("created_at").as_string().size(), 26U);
  EXPECT_EQ(row.at("created_at").as_string().back() == 'Z', false);
  // The account is a real one with that password.
  EXPECT_TRUE(must(homeserver.check_password("first", "pw-of-bot")).kind == matrix::AccountKind::bot);
}

TEST_F(LegacyTest, MissingAndWrongFieldsAre422) {
  for (const char* body :
       {"{}", R"({"bot_id":"x"})", R"({"bot_id":1,"homeserver":"","user_id":"","password":"","flowise_url":""})"}) {
    auto answer = api("POST", "/create_bot", body);
    EXPECT_EQ(answer.status, 422) << body;
    ASSERT_TRUE(answer["/detail"].is_array()) << answer.text;
    EXPECT_TRUE(answer["/detail/0"].as_object().contains("loc"));
    EXPECT_TRUE(answer["/detail/0"].as_object().contains("msg"));
  }
  EXPECT_EQ(api("POST", "/start_bot", "{}").status, 422);
  EXPECT_EQ(api("POST", "/create_user", R"({"username":"x"})").status, 422);
}

TEST_F(LegacyTest, StartsAndStopsSayWhatTheOriginalSaid) {
  auto unknown = api("POST", "/start_bot", R"({"bot_id":"nobody"})");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.text, R"({"detail":"Bot with id nobody does not exist"})");
  auto stopped = api("POST", "/stop_bot", R"({"bot_id":"nobody"})");
  EXPECT_EQ(stopped.status, 200);
  EXPECT_EQ(stopped.text, R"({"message":"Bot nobody stopped successfully"})");

  api("POST", "/create_bot", create_body("plain", ""));
  for (int i = 0; i < 2; ++i) {
    auto started = api("POST", "/start_bot", R"({"bot_id":"plain"})");
    EXPECT_EQ(started.status, 200) << started.text;
    EXPECT_EQ(started.text, R"({"message":"Bot plain started successfully"})");
  }
  EXPECT_EQ(api("GET", "/bots")["/0/status"], "running");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(api("POST", "/stop_bot", R"({"bot_id":"plain"})").status, 200);
  EXPECT_EQ(api("GET", "/bots")["/0/status"], "stopped");
}

TEST_F(LegacyTest, AFlowiseBotStartsWithItsFlow) {
  api("POST", "/create_bot", create_body("flow"));
  auto started = api("POST", "/start_bot", R"({"bot_id":"flow"})");
  EXPECT_EQ(started.status, 200) << started.text;
  EXPECT_EQ(api("GET", "/bots")["/0/status"], "running");
  EXPECT_EQ(api("GET", "/api/v1/bots/flow")["/brain/config/url"], "http://flowise:3000/api/v1/prediction/1");
  EXPECT_EQ(api("POST", "/create_bot", create_body("wrong", "http://flowise:3000")).status, 400);
}

TEST_F(LegacyTest, UsersAreMadeAndListed) {
  auto made = api("POST", "/create_user", R"({"username":"ben","password":"x","user_type":"user"})");
  EXPECT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made["/message"], "User ben created successfully");
  EXPECT_EQ(made["/user_info/username"], "ben");
  EXPECT_EQ(made["/user_info/user_type"], "user");
  EXPECT_EQ(made["/user_info/admin"], false);
  auto wrong = api("POST", "/create_user", R"({"username":"c","password":"x","user_type":"robot"})");
  EXPECT_EQ(wrong.status, 400) << "the caller's mistake";
  EXPECT_TRUE(wrong["/detail"].as_string().starts_with("Error creating user: 400: Invalid user type"));
  auto again = api("POST", "/create_user", R"({"username":"ben","password":"x","user_type":"user"})");
  EXPECT_EQ(again.status, 400);
  EXPECT_TRUE(again["/detail"].as_string().starts_with("Error creating user: ")) << again.text;
  EXPECT_EQ(api("POST", "/create_bot_user", R"({"username":"robo","password":"x"})")["/user_info/user_type"], "bot");
  EXPECT_EQ(api("POST", "/create_regular_user", R"({"username":"dora","password":"x"})")["/user_info/user_type"],
            "user");
  auto list = api("GET", "/users");
  ASSERT_TRUE(list.body.is_array());
  EXPECT_EQ(list.body.as_array().size(), 5U);
  std::set<std::string> keys;
  for (const auto& member : list.body.as_array()[0].as_object()) keys.emplace(member.key());
  EXPECT_EQ(keys, (std::set<std::string>{"id", "username", "user_type", "admin", "created_at"}));
}

TEST_F(LegacyTest, TheRoutersAreMountedTwice) {
  EXPECT_EQ(api("POST", "/bots/create_bot", create_body("twice")).status, 200);
  EXPECT_EQ(api("POST", "/bots/start_bot", R"({"bot_id":"nobody"})").status, 400);
  EXPECT_EQ(api("POST", "/bots/stop_bot", R"({"bot_id":"twice"})").status, 200);
  EXPECT_EQ(api("GET", "/bots/bots").body, api("GET", "/bots").body);
  EXPECT_EQ(api("POST", "/users/create_user", R"({"username":"ben","password":"x","user_type":"user"})").status, 200);
  EXPECT_EQ(api("GET", "/users/users").body, api("GET", "/users").body);
}

/// Every route of both faces with what no client should send: always 4xx in the face's own shape, never ours.
TEST_F(LegacyTest, BadInputOfAnyKindIsTheCallersMistake) {
  const std::string deep(70, '[');
  const std::string huge(200'000, 'x');
  const std::vector<std::pair<std::string, std::string>> wholes{
      {"nothing", ""},    {"no JSON", "{"},  {"a list", "[]"},      {"a text", R"("x")"},
      {"a number", "1"},  {"null", "null"},  {"true", "true"},      {"no UTF-8", "{\"bot_id\":\"\xff\"}"},
      {"too deep", deep}, {"a form", "a=b"}, {"empty object", "{}"}};
  std::size_t walked = 0;
  for (const auto& route : router.routes()) {
    if (route.tag != "first API face (compatibility)" || route.method != "POST") continue;
    ++walked;
    for (const auto& [what, body] : wholes) {
      for (const char* type : {"application/json", "text/plain", "application/x-www-form-urlencoded", "nonsense"}) {
        auto answer = call("POST", route.path, body, {{"X-API-Key", "the-api-token"}, {"Content-Type", type}});
        EXPECT_EQ(answer.status, 422) << route.path << ' ' << what << answer.text;
        ASSERT_TRUE(answer["/detail"].is_array()) << route.path << ' ' << what << answer.text;
        EXPECT_EQ(answer["/detail/0/loc/0"], "body") << answer.text;
        EXPECT_FALSE(answer["/detail/0/msg"].as_string().empty());
        EXPECT_FALSE(answer["/detail/0/type"].as_string().empty());
      }
    }
    // Each member in turn of another type, absurd, or not there, beside members that are good.
    const boost::json::object good{{"bot_id", "b"},      {"homeserver", "h"}, {"user_id", "@b:localhost"},
                                   {"username", "u"},    {"password", "p"},   {"flowise_url", ""},
                                   {"user_type", "user"}};
    for (const auto& member : good) {
      for (const auto& wrong : {boost::json::value(1), boost::json::value(nullptr), boost::json::value(true),
                                boost::json::value(boost::json::array{"x"}),
                                boost::json::value(boost::json::object{{"x", 1}}), boost::json::value(huge),
                                boost::json::value(std::string("a\0b", 3)), boost::json::value("../../etc/passwd")}) {
        auto body = good;
        body[member.key()] = wrong;
        auto answer = api("POST", route.path, boost::json::serialize(body));
        EXPECT_LT(answer.status, 500) << route.path << ' ' << member.key() << answer.text.substr(0, 300);
        if (answer.status != 200) EXPECT_TRUE(answer.body.as_object().contains("detail"));
        api("POST", "/stop_bot", R"({"bot_id":"b"})");
      }
    }
  }
  EXPECT_EQ(walked, 12U);
}

TEST_F(LegacyTest, ACredentialIsNeeded) {
  for (const char* path : {"/bots", "/users"}) {
    auto answer = call("GET", path, "", {});
    EXPECT_EQ(answer.status, 401);
    EXPECT_TRUE(answer["/detail"].is_string()) << answer.text;
  }
  EXPECT_EQ(call("POST", "/create_bot", create_body("x"), {}).status, 401);
}

TEST_F(LegacyTest, HostileIdsAreRefused) {
  for (const char* id : {"../../etc/passwd", "a; rm -rf", "Ünï", "", "a b"}) {
    auto answer = api("POST", "/create_bot", create_body(id));
    EXPECT_EQ(answer.status, 400) << id << answer.text;
    EXPECT_TRUE(answer["/detail"].is_string());
  }
  auto elsewhere = R"({"bot_id":"x","homeserver":"h","user_id":"@x:matrix.org","password":"p","flowise_url":""})";
  EXPECT_EQ(api("POST", "/create_bot", elsewhere).status, 400);
}

}  // namespace
}  // namespace troupe::console::legacy
