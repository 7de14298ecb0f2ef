#include "console/console_fixture.h"

namespace troupe::console {
namespace {

using ApiTest = ConsoleTest;

TEST_F(ApiTest, APersonSignsInAndOut) {
  auto cookie = sign_in("admin", "admin-password");
  auto me = call("GET", "/api/v1/session", "", {cookie});
  EXPECT_EQ(me.status, 200);
  EXPECT_EQ(me["/user_id"], "@admin:localhost");
  EXPECT_EQ(me["/role"], "admin");
  EXPECT_EQ(me["/by"], "cookie");
  EXPECT_EQ(call("DELETE", "/api/v1/session", "", {cookie, {"Sec-Fetch-Site", "same-origin"}}).status, 204);
  EXPECT_EQ(call("GET", "/api/v1/session", "", {cookie}).status, 401);
  EXPECT_EQ(call("GET", "/api/v1/session", "", {}).status, 401);
}

TEST_F(ApiTest, WrongSignInsAreRefusedAlike) {
  auto wrong = call("POST", "/api/v1/session", R"({"user":"admin","password":"nope"})", {});
  auto nobody = call("POST", "/api/v1/session", R"({"user":"nobody","password":"nope"})", {});
  EXPECT_EQ(wrong.status, 403);
  EXPECT_EQ(nobody.status, 403);
  EXPECT_EQ(wrong["/detail"], nobody["/detail"]);
  EXPECT_FALSE(wrong.headers.has("Set-Cookie"));
  EXPECT_EQ(call("POST", "/api/v1/session", R"({"user":"admin"})", {}).status, 400);
  EXPECT_EQ(call("POST", "/api/v1/session", R"({"user":"admin","password":["x"]})", {}).status, 400);
  EXPECT_EQ(call("POST", "/api/v1/session", "", {}).status, 400);
  EXPECT_EQ(call("POST", "/api/v1/session", R"({"user":"admin","password":"admin-password"})",
                 {{"Origin", "http://evil.example"}})
                .status,
            403);
  homeserver.set_flags("@anna:localhost", false, true);
  EXPECT_EQ(call("POST", "/api/v1/session", R"({"user":"anna","password":"anna-password"})", {}).status, 403);
}

TEST_F(ApiTest, ACookieRequestMustComeFromOurOwnPages) {
  auto cookie = sign_in("admin", "admin-password");
  std::string body = R"({"bot_id":"x","brain":{"kind":"echo"}})";
  EXPECT_EQ(call("POST", "/api/v1/bots", body, {cookie, {"Origin", "http://evil.example"}}).status, 403);
  EXPECT_EQ(call("POST", "/api/v1/bots", body, {cookie, {"Sec-Fetch-Site", "cross-site"}}).status, 403);
  EXPECT_EQ(call("POST", "/api/v1/bots", body, {cookie, {"Origin", "http://127.0.0.1:8001"}}).status, 201);
  EXPECT_EQ(call("GET", "/api/v1/bots", "", {cookie, {"X-API-Key", "the-api-token"}}).status, 400);
}

TEST_F(ApiTest, ABotIsMadeStartedWatchedStoppedAndDeleted) {
  auto made =
      api("POST", "/api/v1/bots", R"({"bot_id":"echo","display_name":"Echo","brain":{"kind":"echo","config":{}}})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made["/bot/user_id"], "@bot_echo:localhost");
  EXPECT_EQ(made["/bot/state"], "created");
  EXPECT_EQ(made["/bot/actions"], (boost::json::array{"start", "delete"}));
  auto started = api("POST", "/api/v1/bots/echo/start");
  EXPECT_EQ(started.status, 200) << started.text;
  EXPECT_EQ(started["/state"], "running");
  EXPECT_EQ(started["/desired_state"], "running");
  auto list = api("GET", "/api/v1/bots?search=ECH");
  EXPECT_EQ(list["/total"], 1);
  auto history = api("GET", "/api/v1/bots/echo/history");
  EXPECT_EQ(history["/items/0/event"], "ready");
  EXPECT_EQ(history["/items/1/actor"], "TROUPE_API_TOKEN");
  auto found = api("GET", "/api/v1/bots/echo/history?search=STARTING%20%E2%86%92%20running&limit=1");
  EXPECT_EQ(found["/total"], 1) << found.text;
  EXPECT_EQ(found["/items/0/event"], "ready");
  EXPECT_EQ(api("GET", "/api/v1/bots/echo/history?search=troupe_api_token")["/total"], 2) << "made and started by it";
  EXPECT_EQ(api("GET", "/api/v1/bots/echo/history?search=troupe%20api%20token&from=1")["/items"].as_array().size(), 1U);
  EXPECT_EQ(api("GET", "/api/v1/bots/echo/history?search=%25")["/total"], 0) << "no pattern, but text";
  EXPECT_EQ(api("GET", "/api/v1/bots/echo/history?search=" + std::string(300, 'x')).status, 400);
  EXPECT_EQ(api("GET", "/api/v1/bots/echo/rooms")["/total"], 0);
  auto renamed = api("PATCH", "/api/v1/bots/echo", R"({"display_name":"New"})");
  EXPECT_EQ(renamed["/display_name"], "New");
  EXPECT_EQ(api("POST", "/api/v1/bots/echo/stop")["/state"], "stopped");
  EXPECT_EQ(api("DELETE", "/api/v1/bots/echo").status, 400);
  EXPECT_EQ(api("DELETE", "/api/v1/bots/echo?confirm=echo").status, 204);
  EXPECT_EQ(api("GET", "/api/v1/bots/echo").status, 404);
}

TEST_F(ApiTest, SecretsOfBrainsAreShownOnceOnly) {
  auto made = api("POST", "/api/v1/bots",
                  R"({"bot_id":"hook","brain":{"kind":"webhook","config":{"url":"http://127.0.0.1:1/x"}}})");
  ASSERT_EQ(made.status, 201) << made.text;
  auto secret = boost::json::value_to<std::string>(made["/generated_secret"]);
  EXPECT_FALSE(secret.empty());
  EXPECT_EQ(api("GET", "/api/v1/bots/hook").text.find(secret), std::string::npos);
  EXPECT_EQ(api("GET", "/api/v1/bots/hook")["/brain/config/secret_set"], true);
  auto again =
      api("PATCH", "/api/v1/bots/hook",
          R"({"brain":{"kind":"webhook","config":{"url":"http://127.0.0.1:1/y","secret":"0123456789abcdef0"}}})");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.text.find("0123456789abcdef0"), std::string::npos);
  EXPECT_EQ(api("GET", "/api/v1/audit").text.find("0123456789abcdef0"), std::string::npos);
}

TEST_F(ApiTest, BadBodiesAreRefusedWithReasons) {
  const std::string bodies[] = {"",
                                "x",
                                "[]",
                                "{}",
                                R"({"bot_id":"x"})",
                                R"({"bot_id":7,"brain":{"kind":"echo"}})",
                                R"({"bot_id":"x","brain":"echo"})",
                                R"({"bot_id":"x","brain":{"kind":"nothing"}})",
                                R"({"bot_id":"X","brain":{"kind":"echo"}})",
                                R"({"bot_id":"x","brain":{"kind":"echo","config":[]}})",
                                R"({"bot_id":"x","brain":{"kind":"echo"},"more":1})",
                                R"({"bot_id":"x","brain":{"kind":"echo"},"flowise_url":"javascript:1"})",
                                R"({"bot_id":"../../etc","brain":{"kind":"echo"}})",
                                "{\"bot_id\":\"\xff\",\"brain\":{\"kind\":\"echo\"}}"};
  for (const auto& body : bodies) {
    auto answer = api("POST", "/api/v1/bots", body);
    EXPECT_EQ(answer.status, 400) << body << answer.text;
    EXPECT_FALSE(answer["/detail"].as_string().empty());
    EXPECT_FALSE(answer["/code"].as_string().empty());
  }
  for (const char* target :
       {"/api/v1/bots?limit=0", "/api/v1/bots?limit=1001", "/api/v1/bots?from=-1", "/api/v1/bots?from=x",
        "/api/v1/bots?limit=99999999999999999999", "/api/v1/users?limit=1e3"}) {
    EXPECT_EQ(api("GET", target).status, 400) << target;
  }
  EXPECT_EQ(api("GET", "/api/v1/bots/%2e%2e").status, 404);
  EXPECT_EQ(api("GET", "/api/v1/nothing").status, 404);
  EXPECT_EQ(api("PUT", "/api/v1/bots").status, 405);
}

TEST_F(ApiTest, UsersAreMadeListedChangedAndClosed) {
  auto made = api("POST", "/api/v1/users",
                  R"({"username":"ben","password":"long-enough","display_name":"Ben","role":"operator"})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made["/user/user_id"], "@ben:localhost");
  EXPECT_EQ(made["/user/role"], "operator");
  auto generated = api("POST", "/api/v1/users", R"({"username":"cleo"})");
  EXPECT_GE(generated["/generated_password"].as_string().size(), 16U);
  EXPECT_EQ(api("POST", "/api/v1/users", R"({"username":"ben"})").status, 400);
  EXPECT_EQ(api("POST", "/api/v1/users", R"({"username":"bot_x"})").status, 400);
  EXPECT_EQ(api("POST", "/api/v1/users", R"({"username":"Not Valid"})").status, 400);

  auto page = api("GET", "/api/v1/users?limit=2");
  EXPECT_EQ(page["/total"], 4);
  EXPECT_EQ(page["/next_from"], 2);
  EXPECT_FALSE(api("GET", "/api/v1/users?from=2&limit=2").body.as_object().contains("next_from"));

  EXPECT_EQ(api("PATCH", "/api/v1/users/ben", R"({"role":"admin"})")["/role"], "admin");
  auto cookie = sign_in("ben", "long-enough");
  EXPECT_EQ(call("GET", "/api/v1/session", "", {cookie})["/role"], "admin");
  EXPECT_EQ(call("PATCH", "/api/v1/users/ben", R"({"role":"member"})", {cookie}).status, 409) << "not oneself";
  EXPECT_EQ(api("PATCH", "/api/v1/users/@ben:localhost", R"({"role":"member"})")["/role"], "member");
  EXPECT_EQ(call("GET", "/api/v1/users", "", {cookie}).status, 403) << "the role is lowered at once";

  EXPECT_EQ(api("POST", "/api/v1/users/ben/password", R"({"password":"another-one"})").status, 204);
  EXPECT_EQ(call("GET", "/api/v1/session", "", {cookie}).status, 401) << "a new password ends sessions";
  cookie = sign_in("ben", "another-one");
  EXPECT_EQ(call("POST", "/api/v1/users/ben/password", R"({"password":"third-one!"})", {cookie}).status, 400);
  const auto refused =
      call("POST", "/api/v1/users/ben/password", R"({"password":"third-one!","current_password":"x"})", {cookie});
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused["/errors/0/pointer"], "/current_password") << refused.text;
  EXPECT_EQ(call("POST", "/api/v1/users/anna/password", R"({"password":"third-one!"})", {cookie}).status, 403);

  EXPECT_EQ(api("POST", "/api/v1/users/ben/deactivate", R"({"confirm":"anna"})").status, 400);
  auto closed = api("POST", "/api/v1/users/ben/deactivate", R"({"confirm":"ben"})");
  EXPECT_EQ(closed.status, 200) << closed.text;
  EXPECT_EQ(closed["/deactivated"], true);
  EXPECT_EQ(call("GET", "/api/v1/session", "", {cookie}).status, 401);
  EXPECT_EQ(api("GET", "/api/v1/users/nobody").status, 404);
}

TEST_F(ApiTest, RolesAndScopesLimitWhatACallerMayDo) {
  auto member = sign_in("anna", "anna-password");
  EXPECT_EQ(call("GET", "/api/v1/bots", "", {member}).status, 200);
  EXPECT_EQ(call("POST", "/api/v1/bots", R"({"bot_id":"x","brain":{"kind":"echo"}})", {member}).status, 403);
  EXPECT_EQ(call("GET", "/api/v1/users", "", {member}).status, 403);
  EXPECT_EQ(call("GET", "/api/v1/audit", "", {member}).status, 403);
  EXPECT_EQ(call("GET", "/api/v1/audit/anchoring", "", {member}).status, 403);
  EXPECT_EQ(call("POST", "/api/v1/rooms", R"({"creator":"admin"})", {member}).status, 403);
  EXPECT_EQ(call("POST", "/api/v1/keys", R"({"name":"k","role":"admin"})", {member}).status, 403);
  EXPECT_EQ(call("GET", "/create_bot", "", {member}).status, 405);
  EXPECT_EQ(call("GET", "/bots", "", {member}).status, 403);
  // The developer's token is for the assistant only.
  EXPECT_EQ(call("GET", "/api/v1/bots", "", {{"X-API-Key", "the-dev-token"}}).status, 403);
  EXPECT_EQ(call("GET", "/api/v1/session", "", {{"X-API-Key", "the-dev-token"}}).status, 200);
  EXPECT_EQ(call("GET", "/api/v1/bots", "", {{"X-API-Key", "wrong"}}).status, 401);
}

TEST_F(ApiTest, KeysAreMadeUsedAndRevoked) {
  auto made = api("POST", "/api/v1/keys", R"({"name":"ci","role":"operator","scopes":["bots"],"expires_in_days":1})");
  ASSERT_EQ(made.status, 201) << made.text;
  auto token = boost::json::value_to<std::string>(made["/token"]);
  EXPECT_EQ(call("GET", "/api/v1/bots", "", {{"Authorization", "Bearer " + token}}).status, 200);
  EXPECT_EQ(call("GET", "/api/v1/users", "", {{"Authorization", "Bearer " + token}}).status, 403);
  EXPECT_EQ(call("POST", "/api/v1/keys", R"({"name":"more"})", {{"Authorization", "Bearer " + token}}).status, 403)
      << "a limited key makes no unlimited one";
  EXPECT_EQ(api("GET", "/api/v1/keys").text.find(token), std::string::npos);
  auto id = boost::json::value_to<std::int64_t>(made["/key/id"]);
  EXPECT_EQ(api("DELETE", "/api/v1/keys/" + std::to_string(id)).status, 204);
  EXPECT_EQ(call("GET", "/api/v1/bots", "", {{"Authorization", "Bearer " + token}}).status, 401);
  EXPECT_EQ(api("DELETE", "/api/v1/keys/x").status, 400);
  EXPECT_EQ(api("POST", "/api/v1/keys", R"({"name":"k","scopes":["all"]})").status, 400);
}

TEST_F(ApiTest, EveryChangeIsInTheAuditLog) {
  api("POST", "/api/v1/bots", R"({"bot_id":"echo","brain":{"kind":"echo"}})");
  api("POST", "/api/v1/bots/echo/start");
  call("POST", "/api/v1/session", R"({"user":"admin","password":"nope"})", {});
  auto log = api("GET", "/api/v1/audit");
  std::vector<std::string> actions;
  for (const auto& row : log["/items"].as_array())
    actions.push_back(boost::json::value_to<std::string>(row.at("action")));
  EXPECT_EQ(actions, (std::vector<std::string>{"session.refuse", "bot.start", "bot.create"}));
  EXPECT_EQ(log["/items/1/actor"], "TROUPE_API_TOKEN");
  EXPECT_EQ(log["/items/1/request_id"], "test-request");
  EXPECT_EQ(api("GET", "/api/v1/audit?search=refuse")["/total"], 1);
}

TEST_F(ApiTest, AnAuditLogThatIsAnchoredNowhereSaysSo) {
  const auto answer = api("GET", "/api/v1/audit/anchoring");
  EXPECT_EQ(answer["/every_minutes"], 60);
  EXPECT_EQ(answer["/places"], boost::json::array());
}

TEST_F(ApiTest, TheOverviewGuidesTheFirstSteps) {
  auto codes = [&] {
    std::vector<std::string> found;
    auto answer = api("GET", "/api/v1/overview");
    for (const auto& hint : answer["/hints"].as_array())
      found.push_back(boost::json::value_to<std::string>(hint.at("code")));
    return found;
  };
  EXPECT_EQ(codes(), std::vector<std::string>{"make_bot"});
  api("POST", "/api/v1/bots", R"({"bot_id":"echo","brain":{"kind":"echo"}})");
  EXPECT_EQ(codes(), std::vector<std::string>{"start_bot"});
  api("POST", "/api/v1/bots/echo/start");
  EXPECT_EQ(codes(), std::vector<std::string>{"invite_bot"});
  auto answer = api("GET", "/api/v1/overview");
  EXPECT_EQ(answer["/version"], "9.9.9");
  EXPECT_EQ(answer["/counts/bots_running"], 1);
}

TEST_F(ApiTest, RoomsWorkForTheCommandLine) {
  auto room = api("POST", "/api/v1/rooms", R"({"creator":"admin","name":"Hall","invite":["anna"]})");
  ASSERT_EQ(room.status, 201) << room.text;
  auto id = boost::json::value_to<std::string>(room["/room_id"]);
  auto path = "/api/v1/rooms/" + base::percent_encode(id);
  EXPECT_EQ(api("POST", path + "/join", R"({"user_id":"anna"})").status, 204);
  auto sent = api("POST", path + "/send", R"({"sender":"anna","text":"hello","txn_id":"1"})");
  EXPECT_EQ(sent.status, 200) << sent.text;
  auto again = api("POST", path + "/send", R"({"sender":"anna","text":"hello","txn_id":"1"})");
  EXPECT_EQ(again["/event_id"], sent["/event_id"]);
  EXPECT_EQ(again["/duplicate"], true);
  auto messages = api("GET", path + "/messages?user_id=admin&limit=5");
  EXPECT_EQ(messages["/items/0/content/body"], "hello");
  EXPECT_EQ(messages["/items/0/edited"], false);
  EXPECT_EQ(api("GET", path)["/joined_members"], 2);
  auto rooms = api("GET", "/api/v1/rooms?user_id=anna");
  EXPECT_EQ(rooms["/total"], 1);
  EXPECT_EQ(rooms["/items/0/room_id"], room["/room_id"]);
  EXPECT_EQ(api("GET", "/api/v1/rooms").status, 400);
  EXPECT_EQ(api("GET", "/api/v1/rooms?user_id=nobody").status, 404);
  EXPECT_EQ(api("POST", path + "/send", R"({"sender":"ben","text":"x"})").status, 404) << "nobody's name";
  api("POST", "/api/v1/users", R"({"username":"ben"})");
  EXPECT_EQ(api("POST", path + "/send", R"({"sender":"ben","text":"x"})").status, 403) << "not in the room";
  EXPECT_EQ(api("POST", path + "/invite", R"({"user_id":"ben"})").status, 400);
}

TEST_F(ApiTest, HealthAndMetricsAnswer) {
  auto health = call("GET", "/health", "", {});
  EXPECT_EQ(health.status, 200) << health.text;
  EXPECT_EQ(health["/status"], "healthy");
  EXPECT_EQ(health["/checks/fleet/ok"], true);
  // Reading works and writing does not: both are "database", and the worse of the two is said.
  context->health("database", [] { return std::optional<std::string>("writing fails: disk full"); });
  context->health("checkpoint", [] { return std::optional<std::string>("3 checkpoints in a row have failed"); });
  health = call("GET", "/health", "", {});
  EXPECT_EQ(health.status, 503);
  EXPECT_EQ(health["/checks/database/ok"], false) << health.text;
  EXPECT_EQ(health["/checks/database/detail"], "writing fails: disk full");
  EXPECT_EQ(health["/checks/checkpoint/ok"], false);
  EXPECT_EQ(health["/checks/fleet/ok"], true);
  auto metrics_text = call("GET", "/metrics", "", {});
  EXPECT_EQ(metrics_text.status, 200);
  EXPECT_NE(metrics_text.text.find("troupe_fleet_bots"), std::string::npos);
}

TEST_F(ApiTest, TheDocumentDescribesEveryRouteOfTheApi) {
  auto document = call("GET", "/api/openapi.json", "", {});
  ASSERT_EQ(document.status, 200);
  EXPECT_EQ(document["/openapi"], "3.1.0");
  std::set<std::string> schemas;
  for (const auto& schema : document["/components/schemas"].as_object()) schemas.emplace(schema.key());
  for (const auto& route : router.routes()) {
    if (route.path.starts_with("/ui") || route.path == "/") continue;
    EXPECT_FALSE(route.tag.empty()) << route.path << " is not in the document";
    EXPECT_FALSE(route.summary.empty()) << route.path;
    bool takes_body = route.body == net::route::Body::json_object || route.body == net::route::Body::json_required ||
                      route.body == net::route::Body::form;
    EXPECT_EQ(takes_body, !route.body_schema.empty()) << route.path;
  }
  // Every tag is described in words that an outsider knows; what is kept for old programs says so.
  std::set<std::string> described;
  for (const auto& tag : document["/tags"].as_array()) {
    described.insert(boost::json::value_to<std::string>(tag.at("name")));
    EXPECT_FALSE(tag.at("description").as_string().empty());
  }
  for (const auto& path : document["/paths"].as_object()) {
    for (const auto& method : path.value().as_object()) {
      const auto tag = boost::json::value_to<std::string>(method.value().at("tags").at(0));
      EXPECT_TRUE(described.contains(tag)) << tag;
      EXPECT_EQ(method.value().as_object().contains("deprecated"), tag.ends_with("(compatibility)")) << path.key();
    }
  }
  EXPECT_EQ(document.text.find("seed 000"), document.text.npos);
  // Every reference leads somewhere.
  std::string_view text = document.text;
  constexpr std::string_view kRef = "#/components/schemas/";
  for (auto at = text.find(kRef); at != text.npos; at = text.find(kRef, at + 1)) {
    auto name = text.substr(at + kRef.size());
    EXPECT_TRUE(schemas.contains(std::string(name.substr(0, name.find('"'))))) << name.substr(0, 40);
  }
  auto docs = call("GET", "/docs", "", {});
  EXPECT_NE(docs.text.find("/api/v1/bots/{bot_id}/start"), std::string::npos);
  // Its contents lead to each section, what is Troupe's own first.
  const auto bots = docs.text.find("<a href=\"#tag-bots\">"), old = docs.text.find("(compatibility)</a>");
  ASSERT_NE(bots, std::string::npos);
  ASSERT_NE(old, std::string::npos);
  EXPECT_LT(bots, old);
  EXPECT_NE(docs.text.find("<h2 id=\"tag-bots\">"), std::string::npos);
}

/// Collects what a stream writes and says goodbye after enough events.
class Collector : public net::http::BodyWriter {
 public:
  explicit Collector(std::size_t enough) : enough_(enough) {}
  Task<Unit> write(std::string piece) override {
    text += piece;
    if (std::ranges::count(text, '\n') > 0 && count("event: ") >= enough_) co_return Error(Errc::unavailable, "gone");
    co_return Unit{};
  }
  std::size_t count(std::string_view part) const {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
  }
  std::string text;

 private:
  std::size_t enough_;
};

TEST_F(ApiTest, LiveChangesResumeWhereTheyWereLeft) {
  api("POST", "/api/v1/bots", R"({"bot_id":"echo","brain":{"kind":"echo"}})");
  api("POST", "/api/v1/bots/echo/start");
  // hello, created, start, ready
  auto response = raw("GET", "/api/v1/live?since=0", "", {{"X-API-Key", "the-api-token"}});
  ASSERT_EQ(response.status, 200);
  Collector all(4);
  EXPECT_FALSE(wait(response.stream(all)));
  EXPECT_NE(all.text.find(R"("event":"created")"), std::string::npos) << all.text;
  EXPECT_NE(all.text.find(R"("event":"ready")"), std::string::npos);

  auto resumed = raw("GET", "/api/v1/live", "", {{"X-API-Key", "the-api-token"}, {"Last-Event-ID", "2"}});
  Collector rest(2);
  EXPECT_FALSE(wait(resumed.stream(rest)));
  EXPECT_EQ(rest.text.find(R"("event":"start")"), std::string::npos);
  EXPECT_NE(rest.text.find(R"("event":"ready")"), std::string::npos);

  EXPECT_EQ(call("GET", "/api/v1/live?since=x", "", {{"X-API-Key", "the-api-token"}}).status, 400);
  // A number from another database's future.
  auto far = raw("GET", "/api/v1/live?since=999999", "", {{"X-API-Key", "the-api-token"}});
  Collector reset(2);
  EXPECT_FALSE(wait(far.stream(reset)));
  EXPECT_NE(reset.text.find("event: reset"), std::string::npos);
}

}  // namespace
}  // namespace troupe::console
