// The later legacy face: forms, statuses and messages as the original had them.
#include "console/console_fixture.h"

namespace troupe::console::legacy {
namespace {

class LegacyFormTest : public ConsoleTest {
 protected:
  Answer form(const std::string& target, const std::string& body, HeaderList more = {{"X-API-Key", "the-api-token"}}) {
    more.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    return call("POST", target, body, std::move(more));
  }
  std::string number(const std::string& user_id) {
    auto bots = api("GET", "/api/bots");
    for (const auto& row : bots.body.as_array()) {
      if (boost::json::value_to<std::string>(row.at("bot_user_id")) == user_id)
        return boost::json::serialize(row.at("id"));
    }
    throw std::runtime_error("no bot " + user_id + " in " + bots.text);
  }
};

TEST_F(LegacyFormTest, NobodyIsLetIn) {
  const std::string refused = R"({"error":"Not authenticated"})";
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{{"GET", "/api/bots"},
                                                                                     {"POST", "/api/bots"},
                                                                                     {"POST", "/api/bot/1/action"},
                                                                                     {"GET", "/api/bot/1/logs"},
                                                                                     {"POST", "/api/create_user"}}) {
    auto answer = call(method, path, "", {});
    EXPECT_EQ(answer.status, 401) << path;
    EXPECT_EQ(answer.text, refused) << path;
    EXPECT_EQ(call(method, path, "", {{"X-API-Key", "wrong"}}).status, 401);
  }
  auto member = sign_in("anna", "anna-password");
  EXPECT_EQ(call("GET", "/api/bots", "", {member}).status, 403);
}

TEST_F(LegacyFormTest, SigningInSetsACookie) {
  auto page = call("GET", "/login", "", {});
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.text.find("<form"), std::string::npos);
  auto wrong = form("/login", "password=nope", {});
  EXPECT_EQ(wrong.status, 200);
  EXPECT_NE(wrong.text.find("Invalid password"), std::string::npos);
  EXPECT_FALSE(wrong.headers.has("Set-Cookie"));
  auto good = form("/login", "password=admin-password", {});
  EXPECT_EQ(good.status, 302);
  EXPECT_EQ(good.headers.get("Location"), "/");
  std::string cookie(good.headers.get("Set-Cookie"));
  HeaderList session{{"Cookie", cookie.substr(0, cookie.find(';'))}};
  EXPECT_EQ(call("GET", "/api/bots", "", session).text, "[]");
  EXPECT_EQ(form("/login", "password=admin-password", {{"Origin", "http://evil.example"}}).status, 403);

  auto foreign = session;
  foreign.emplace_back("Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(call("GET", "/logout", "", foreign).status, 302);
  EXPECT_EQ(call("GET", "/api/bots", "", session).status, 200) << "another site signs nobody out";
  auto out = call("GET", "/logout", "", session);
  EXPECT_EQ(out.status, 302);
  EXPECT_EQ(out.headers.get("Location"), "/login");
  EXPECT_EQ(call("GET", "/api/bots", "", session).status, 401);
}

TEST_F(LegacyFormTest, ACookieFormMustComeFromOurOwnPages) {
  auto cookie = sign_in("admin", "admin-password");
  const std::string body = "username=eve&password=secret-1&is_admin=on";
  for (HeaderList foreign :
       {HeaderList{{"Origin", "http://evil.example"}}, HeaderList{{"Sec-Fetch-Site", "cross-site"}},
        HeaderList{{"Sec-Fetch-Site", "same-site"}}, HeaderList{{"Origin", "null"}}}) {
    foreign.push_back(cookie);
    auto answer = form("/api/create_user", body, foreign);
    EXPECT_EQ(answer.status, 403) << answer.text;
    EXPECT_TRUE(answer.body.as_object().contains("error"));
  }
  EXPECT_EQ(form("/api/create_user", body, {cookie, {"Sec-Fetch-Site", "same-origin"}}).status, 200);
}

TEST_F(LegacyFormTest, BotsAreMadeListedAndActedOn) {
  auto made = form("/api/bots", "bot_user_id=%40helper&flowise_url=&bot_password=pw-of-bot");
  EXPECT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.text, R"({"success":true,"message":"Bot created successfully"})");
  EXPECT_EQ(form("/api/bots", "bot_user_id=helper&flowise_url=&bot_password=pw-of-bot").status, 400)
      << "it exists: the caller's mistake";
  EXPECT_EQ(form("/api/bots", "bot_user_id=&flowise_url=&bot_password=x").text,
            R"({"error":"Bot user ID is required"})");
  EXPECT_EQ(form("/api/bots", "flowise_url=x").status, 400);
  EXPECT_EQ(form("/api/bots", "bot_user_id=x:elsewhere.example&flowise_url=&bot_password=xxx").status, 400);
  auto list = api("GET", "/api/bots");
  ASSERT_EQ(list.body.as_array().size(), 1U);
  std::set<std::string> keys;
  for (const auto& member : list["/0"].as_object()) keys.emplace(member.key());
  EXPECT_EQ(keys, (std::set<std::string>{"id", "bot_user_id", "flowise_url", "status", "created_at"}))
      << "no password hash";
  EXPECT_EQ(list["/0/bot_user_id"], "@helper:localhost");
  EXPECT_EQ(list["/0/status"], "stopped");
  EXPECT_TRUE(list["/0/created_at"].as_string().ends_with(" GMT"));

  const auto action = "/api/bot/" + number("@helper:localhost") + "/action";
  EXPECT_EQ(form(action, "action=start").text, R"({"error":"Action and password are required"})");
  EXPECT_EQ(form(action, "action=start").status, 400);
  EXPECT_EQ(form("/api/bot/999/action", "action=start&password=x").text, R"({"error":"Bot not found"})");
  EXPECT_EQ(form("/api/bot/abc/action", "action=start&password=x").status, 404);
  auto wrong = form(action, "action=start&password=wrong");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(wrong.text, R"({"error":"Invalid password"})");
  EXPECT_EQ(form(action, "action=start&password=anna-password").status, 401) << "anybody's password will not do";
  EXPECT_EQ(form(action, "action=dance&password=pw-of-bot").text, R"({"error":"Invalid action"})");
  EXPECT_EQ(form(action, "action=start&password=pw-of-bot").text,
            R"({"success":true,"message":"Bot started successfully"})");
  EXPECT_EQ(api("GET", "/api/bots")["/0/status"], "running");
  // Lines of the log come to the database a moment later.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (;;) {
    auto logs = api("GET", "/api/bot/" + number("@helper:localhost") + "/logs");
    EXPECT_EQ(logs["/success"], true);
    if (logs["/logs"].as_string().find("lifecycle") != boost::json::string::npos) break;
    ASSERT_LT(std::chrono::steady_clock::now(), until) << logs.text;
    std::this_thread::yield();
  }
  EXPECT_EQ(api("GET", "/api/bot/999/logs").text, R"({"success":false,"error":"Log file not found"})");
  EXPECT_EQ(form(action, "action=stop&password=admin-password").text,
            R"({"success":true,"message":"Bot stopped successfully"})");
  EXPECT_EQ(form(action, "action=delete&password=admin-password").text,
            R"({"success":true,"message":"Bot deleted successfully"})");
  EXPECT_EQ(api("GET", "/api/bots").text, "[]");
  EXPECT_EQ(api("GET", "/api/v1/audit").text.find("pw-of-bot"), std::string::npos);
}

/// Every route that takes a form with what no page would send: 4xx in the face's own shape, never ours.
TEST_F(LegacyFormTest, BadInputOfAnyKindIsTheCallersMistake) {
  const std::string huge(200'000, 'x');
  form("/api/bots", "bot_user_id=helper&flowise_url=&bot_password=pw-of-bot");
  const auto id = number("@helper:localhost");
  for (const std::string path : {"/api/bots", "/api/create_user", "/api/bot/1/action", "/login"}) {
    const auto target = path == "/api/bot/1/action" ? "/api/bot/" + id + "/action" : path;
    for (const std::string type : {"application/json", "text/plain", "multipart/form-data", "nonsense"}) {
      for (const std::string body : {"{}", "[]", "null", "a=b"}) {
        auto answer = call("POST", target, body, {{"X-API-Key", "the-api-token"}, {"Content-Type", type}});
        EXPECT_TRUE(answer.status == 400 || answer.status == 415) << target << type << answer.status << answer.text;
        EXPECT_TRUE(answer["/error"].is_string()) << answer.text;
      }
    }
    for (const std::string name :
         {"bot_user_id", "flowise_url", "bot_password", "username", "password", "is_admin", "action"}) {
      for (const std::string& value :
           {std::string(), std::string("%00"), std::string("a%00b"), std::string("%F0%9F%99%82"),
            std::string("..%2F..%2Fetc"), std::string("%40x%3Amatrix.org"), huge}) {
        std::string body;
        for (const auto& [key, usual] : std::vector<std::pair<std::string, std::string>>{{"bot_user_id", "b"},
                                                                                         {"flowise_url", ""},
                                                                                         {"bot_password", "pw-of-b"},
                                                                                         {"username", "u"},
                                                                                         {"password", "pw-of-u"},
                                                                                         {"is_admin", ""},
                                                                                         {"action", "stop"}}) {
          body += (body.empty() ? "" : "&") + key + "=" + (key == name ? value : usual);
        }
        auto answer = form(target, body);
        EXPECT_LT(answer.status, 500) << target << ' ' << name << ' ' << answer.text.substr(0, 300);
        if (answer.status >= 400) EXPECT_TRUE(answer["/error"].is_string()) << answer.text.substr(0, 300);
      }
    }
    EXPECT_EQ(form(target, "%ff=%zz").status, 400) << target;
  }
  for (const std::string number : {"999999999999999999999", "-1", "a%20b", "1e3", "%F0%9F%99%82"}) {
    EXPECT_EQ(form("/api/bot/" + number + "/action", "action=stop&password=x").status, 404) << number;
    EXPECT_EQ(api("GET", "/api/bot/" + number + "/logs")["/success"], false) << number;
  }
}

TEST_F(LegacyFormTest, UsersAreMade) {
  auto made = form("/api/create_user", "username=ben&password=abc");
  EXPECT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.text, R"({"success":true,"message":"User @ben:localhost created successfully"})");
  auto again = form("/api/create_user", "username=ben&password=abc");
  EXPECT_EQ(again.status, 400) << "the caller's mistake";
  EXPECT_TRUE(again["/error"].as_string().starts_with("Failed to create user: ")) << again.text;
  EXPECT_EQ(form("/api/create_user", "username=&password=abc").text, R"({"error":"Username is required"})");
  EXPECT_EQ(form("/api/create_user", "username=c&password=ab").text,
            R"({"error":"Password must be at least 3 characters"})");
  EXPECT_EQ(form("/api/create_user", "username=c").status, 400);
  EXPECT_EQ(form("/api/create_user", "username=@root:localhost&password=abc&is_admin=on").status, 200);
  EXPECT_EQ(api("GET", "/api/v1/users/root")["/role"], "admin");
  EXPECT_EQ(form("/api/create_user", "username=No%20Name&password=abc").status, 400);
  // As the original's own page sends it.
  auto parts = call("POST", "/api/create_user",
                    "--b\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\ndora\r\n"
                    "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nabc\r\n--b--\r\n",
                    {{"X-API-Key", "the-api-token"}, {"Content-Type", "multipart/form-data; boundary=b"}});
  EXPECT_EQ(parts["/success"], true) << parts.text;
  EXPECT_EQ(
      call("POST", "/api/create_user", "{}", {{"X-API-Key", "the-api-token"}, {"Content-Type", "text/plain"}}).status,
      415);
  EXPECT_EQ(api("PATCH", "/api/v1/users/ben", R"({"role":"operator"})").status, 200);
  auto operator_ = sign_in("ben", "abc");
  EXPECT_EQ(form("/api/create_user", "username=eve&password=abc&is_admin=on", {operator_}).status, 403);
}

}  // namespace
}  // namespace troupe::console::legacy
