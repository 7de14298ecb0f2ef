// What the console says about itself is true: bots in trouble, connection tests, accounts of tenants, where a mistake
// stands.
#include "console/console_fixture.h"

namespace troupe::console {
namespace {

class GreenTest : public ConsoleTest {
 protected:
  /// A bot whose model's server nobody runs.
  void make_lost_bot(const std::string& bot_id) {
    auto made = api("POST", "/api/v1/bots",
                    R"({"bot_id":")" + bot_id +
                        R"(","brain":{"kind":"openai","config":{"base_url":"http://127.0.0.1:9/v1","model":"m"}}})");
    EXPECT_EQ(made.status, 201) << made.text;
    EXPECT_EQ(api("POST", "/api/v1/bots/" + bot_id + "/start").status, 200);
  }
  static std::vector<std::string> pointers(const Answer& answer) {
    std::vector<std::string> found;
    for (const auto& one : answer["/errors"].as_array()) found.emplace_back(one.at("pointer").as_string());
    return found;
  }
};

TEST_F(GreenTest, TheOverviewNamesTroubledBotsWhateverTheirNames) {
  for (int i = 0; i < 12; ++i) {
    auto bot_id = "a" + std::to_string(i);
    EXPECT_EQ(api("POST", "/api/v1/bots", R"({"bot_id":")" + bot_id + R"(","brain":{"kind":"echo"}})").status, 201);
  }
  auto before = api("GET", "/api/v1/overview");
  EXPECT_EQ(before["/troubled/total"], 0) << before.text;
  make_lost_bot("zed");
  ASSERT_TRUE(eventually([&] { return api("GET", "/api/v1/overview")["/troubled/total"] == 1; }));
  auto overview = api("GET", "/api/v1/overview");
  EXPECT_EQ(overview["/troubled/items/0/bot_id"], "zed");
  EXPECT_EQ(overview["/troubled/items/0/state"], "running");
  EXPECT_EQ(overview["/troubled/items/0/trouble/code"], "check_failed");
  EXPECT_EQ(overview["/troubled/items/0/trouble/text"], "nobody listens. Questions are asked all the same.");
  EXPECT_EQ(api("GET", "/api/v1/bots/zed")["/trouble/code"], "check_failed");
  for (int i = 0; i < 11; ++i) make_lost_bot("b" + std::to_string(i));
  ASSERT_TRUE(eventually([&] { return api("GET", "/api/v1/overview")["/troubled/total"] == 12; }));
  EXPECT_EQ(api("GET", "/api/v1/overview")["/troubled/items"].as_array().size(), 10U);
  EXPECT_EQ(api("GET", "/api/v1/bots?state=troubled")["/total"], 12);
  EXPECT_EQ(api("GET", "/api/v1/bots?state=troubled&search=zed")["/total"], 1);
}

TEST_F(GreenTest, BotsAreListedByState) {
  api("POST", "/api/v1/bots", R"({"bot_id":"one","brain":{"kind":"echo"}})");
  api("POST", "/api/v1/bots", R"({"bot_id":"two","brain":{"kind":"echo"}})");
  EXPECT_EQ(api("POST", "/api/v1/bots/two/start").status, 200);
  EXPECT_EQ(api("GET", "/api/v1/bots?state=created")["/items/0/bot_id"], "one");
  EXPECT_EQ(api("GET", "/api/v1/bots?state=running")["/items/0/bot_id"], "two");
  EXPECT_EQ(api("GET", "/api/v1/bots?state=degraded")["/total"], 0);
  EXPECT_EQ(api("GET", "/api/v1/bots")["/total"], 2);
  auto unknown = api("GET", "/api/v1/bots?state=happy");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_NE(unknown.text.find("crash_loop"), std::string::npos) << unknown.text;
}

TEST_F(GreenTest, AConnectionTestHasThreeOutcomes) {
  auto lost =
      api("POST", "/api/v1/brains/openai/test", R"({"config":{"base_url":"http://127.0.0.1:9/v1","model":"m"}})");
  EXPECT_EQ(lost["/outcome"], "bad") << lost.text;
  EXPECT_EQ(lost["/ok"], false);
  EXPECT_EQ(api("POST", "/api/v1/brains/echo/test", R"({"config":{}})")["/outcome"], "good");
  auto program = api("POST", "/api/v1/brains/program/test", R"({"config":{"command":["/bin/sh"]}})");
  EXPECT_EQ(program["/outcome"], "bad") << "programs are off here: " << program.text;
  auto kinds = api("GET", "/api/v1/brains");
  for (const auto& kind : kinds["/items"].as_array()) {
    const auto& name = kind.at("kind").as_string();
    EXPECT_EQ(kind.at("testable"), name != "echo" && name != "command") << name;
    EXPECT_EQ(kind.as_object().contains("off"), name == "program") << name;
  }
}

TEST_F(GreenTest, MistakesSayWhereTheyStand) {
  using List = std::vector<std::string>;
  auto bot =
      api("POST", "/api/v1/bots",
          R"({"bot_id":"No","brain":{"kind":"command","config":{"timezone":"Berlin","max_per_room":0,"no":1}}})");
  EXPECT_EQ(bot.status, 400);
  EXPECT_EQ(pointers(bot),
            (List{"/bot_id", "/brain/config/no", "/brain/config/timezone", "/brain/config/max_per_room"}));
  api("POST", "/api/v1/bots", R"({"bot_id":"parrot","brain":{"kind":"echo"}})");
  auto taken = api("POST", "/api/v1/bots", R"({"bot_id":"parrot","brain":{"kind":"echo"}})");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(pointers(taken), List{"/bot_id"});
  auto change = api("PATCH", "/api/v1/bots/parrot", R"({"brain":{"kind":"webhook","config":{"url":"x","retries":9}}})");
  EXPECT_EQ(pointers(change), (List{"/brain/config/url", "/brain/config/retries"}));
  auto test = api("POST", "/api/v1/brains/openai/test", R"({"config":{"base_url":"x","model":""}})");
  EXPECT_EQ(pointers(test), (List{"/config/base_url", "/config/model"}));
  EXPECT_EQ(pointers(api("POST", "/api/v1/users", R"({"username":"anna"})")), List{"/username"});
  EXPECT_EQ(pointers(api("POST", "/api/v1/users", R"({"username":"bot_x"})")), List{"/username"});
  api("POST", "/api/v1/tenants", R"({"name":"north"})");
  EXPECT_EQ(pointers(api("POST", "/api/v1/tenants", R"({"name":"north"})")), List{"/name"});
  auto confirm = api("POST", "/api/v1/users/anna/deactivate", R"({"confirm":"ann"})");
  EXPECT_EQ(pointers(confirm), List{"/confirm"}) << confirm.text;
}

TEST_F(GreenTest, MistakesAboutRoomsSayWhereTheyStand) {
  using List = std::vector<std::string>;
  auto make = [&](const std::string& more) {
    return api("POST", "/api/v1/rooms", R"({"creator":"@anna:localhost")" + more + "}");
  };
  auto made = make(R"(,"alias":"hall")");
  EXPECT_EQ(made.status, 201) << made.text;
  auto taken = make(R"(,"alias":"hall")");
  EXPECT_EQ(taken.status, 409) << taken.text;
  EXPECT_EQ(taken["/code"], "conflict");
  EXPECT_EQ(pointers(taken), List{"/alias"});
  auto guest = make(R"(,"invite":["@anna:localhost","@nobody:localhost"])");
  EXPECT_EQ(guest.status, 404) << guest.text;
  EXPECT_EQ(pointers(guest), List{"/invite/1"});
  EXPECT_EQ(pointers(api("POST", "/api/v1/rooms", R"({"creator":"@nobody:localhost"})")), List{"/creator"});
}

TEST_F(GreenTest, TenantsCountAccountsThatNobodyHasLookedAt) {
  auto tenants = api("GET", "/api/v1/tenants");
  EXPECT_EQ(tenants["/items/0/users"], 2) << tenants.text;
  EXPECT_GT(std::string(tenants["/items/0/created_at"].as_string()), "2020") << "when the server was first started";
  homeserver.add_person("ben");
  api("POST", "/api/v1/tenants", R"({"name":"north"})");
  api("PATCH", "/api/v1/users/anna", R"({"tenant_id":2})");
  auto now = api("GET", "/api/v1/tenants");
  EXPECT_EQ(now["/items/0/users"], 2) << now.text;
  EXPECT_EQ(now["/items/1/users"], 1);
}

TEST_F(GreenTest, AStartMayBeFresh) {
  api("POST", "/api/v1/bots", R"({"bot_id":"echo","brain":{"kind":"echo"}})");
  EXPECT_EQ(api("POST", "/api/v1/bots/echo/start?fresh=perhaps").status, 400);
  EXPECT_EQ(api("POST", "/api/v1/bots/echo/start?fresh=true").status, 200);
  auto line = api("GET", "/api/v1/audit?action=bot.start");
  EXPECT_EQ(line["/items/0/detail/fresh"], true) << line.text;
}

}  // namespace
}  // namespace troupe::console
