// The wall between tenants, and what a role does not reach, over /api/v1 and the legacy faces.
#include "api/event_stream.h"
#include "base/mutex.h"
#include "console/console_fixture.h"

namespace troupe::console {
namespace {

using Header = std::pair<std::string, std::string>;

/// Two houses: the default one with `admin` and `anna`, and House with `zoe` (its administrator) and `mia`.
class TenantTest : public ConsoleTest {
 protected:
  TenantTest() {
    house = number(api("POST", "/api/v1/tenants", R"({"name":"House"})"), "/id");
    for (const char* name : {"zoe", "mia"}) {
      api("POST", "/api/v1/users", std::string(R"({"username":")") + name + R"(","password":"a-password"})");
      EXPECT_EQ(move(name, house).status, 200);
    }
    EXPECT_EQ(api("PATCH", "/api/v1/users/zoe", R"({"role":"admin"})").status, 200);
    zoe = sign_in("zoe", "a-password");
  }
  Answer move(const std::string& user, std::int64_t to) {
    return api("PATCH", "/api/v1/users/" + user, R"({"tenant_id":)" + std::to_string(to) + "}");
  }
  static std::int64_t number(const Answer& answer, std::string_view pointer) {
    EXPECT_LT(answer.status, 300) << answer.text;
    return boost::json::value_to<std::int64_t>(answer[pointer]);
  }
  static std::string string(const Answer& answer, std::string_view pointer) {
    EXPECT_LT(answer.status, 300) << answer.text;
    return boost::json::value_to<std::string>(answer[pointer]);
  }
  Answer as(const Header& who, std::string method, const std::string& target, std::string body = {}) {
    return call(std::move(method), target, std::move(body), {who});
  }
  Header key(const Header& who, const std::string& body) {
    return {"X-API-Key", string(as(who, "POST", "/api/v1/keys", body), "/token")};
  }
  bool flagged(const std::string& user) { return must(homeserver.account("@" + user + ":localhost")).admin; }
  std::string room_of(const std::string& user, std::vector<std::string> invite = {}) {
    return must(homeserver.make_room("@" + user + ":localhost", std::move(invite)));
  }
  Answer import(const Header& who, const std::string& room, const std::string& file) {
    auto started = call("POST", "/api/v1/users/import?join=" + room, file, {who, {"Content-Type", "text/csv"}});
    if (started.status != 202) return started;
    const auto id = string(started, "/import_id");
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      auto answer = as(who, "GET", "/api/v1/users/import/" + id);
      if (answer.status != 200 || answer["/state"] != "running") return answer;
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error("the import does not end");
      std::this_thread::yield();
    }
  }

  std::int64_t house = 0;
  Header zoe;
};

TEST_F(TenantTest, TheLegacyListOfUsersIsAnsweredHoweverManyTheServerHas) {
  for (int i = 0; i <= 100'000; ++i) homeserver.add_person("a" + std::to_string(i));
  const auto list = as(zoe, "GET", "/users");
  ASSERT_EQ(list.status, 200) << list.text;
  ASSERT_EQ(list.body.as_array().size(), 2U);
  EXPECT_EQ(list["/0/username"], "mia");
  EXPECT_EQ(list["/1/username"], "zoe");
}

TEST_F(TenantTest, TheLegacyListEndsSomewhere) {
  for (int i = 0; i <= 10'000; ++i) homeserver.add_person("a" + std::to_string(i));
  EXPECT_EQ(api("GET", "/users").body.as_array().size(), 10'000U);
}

TEST_F(TenantTest, RoomsAreReachedByWhoseTenantIsInThem) {
  auto annas = room_of("anna"), mias = room_of("mia");
  homeserver.say(annas, "@anna:localhost", "a secret");
  const auto theirs = "/api/v1/rooms/" + annas, ours = "/api/v1/rooms/" + mias;
  for (const auto& path : {theirs, std::string("/api/v1/rooms/!nowhere:localhost")}) {
    EXPECT_EQ(as(zoe, "GET", path).status, 404);
    EXPECT_EQ(as(zoe, "GET", path + "/messages?user_id=mia").status, 404);
    EXPECT_EQ(as(zoe, "POST", path + "/send", R"({"sender":"mia","text":"hi"})").status, 404);
    EXPECT_EQ(as(zoe, "POST", path + "/invite", R"({"sender":"mia","user_id":"zoe"})").status, 404);
    EXPECT_EQ(as(zoe, "POST", path + "/join", R"({"user_id":"zoe"})").status, 404);
  }
  // Nor in their own rooms as somebody who is not theirs.
  EXPECT_EQ(as(zoe, "GET", ours + "/messages?user_id=anna").status, 404);
  EXPECT_EQ(as(zoe, "POST", ours + "/send", R"({"sender":"anna","text":"hi"})").status, 404);
  EXPECT_EQ(as(zoe, "POST", ours + "/invite", R"({"sender":"mia","user_id":"anna"})").status, 404);
  EXPECT_EQ(as(zoe, "POST", ours + "/invite", R"({"sender":"anna","user_id":"mia"})").status, 404);
  EXPECT_EQ(as(zoe, "POST", ours + "/join", R"({"user_id":"anna"})").status, 404);
  EXPECT_EQ(as(zoe, "POST", "/api/v1/rooms", R"({"creator":"admin","name":"x"})").status, 404);
  EXPECT_EQ(as(zoe, "GET", "/api/v1/rooms?user_id=anna").status, 404);
  EXPECT_EQ(as(zoe, "GET", "/api/v1/rooms?user_id=mia")["/total"], 1);
  EXPECT_EQ(as(zoe, "POST", "/api/v1/rooms", R"({"creator":"mia","name":"x","invite":["anna"]})").status, 404);
  EXPECT_EQ(homeserver.count("m.room.message", "@anna:localhost"), 1);
  EXPECT_FALSE(homeserver.is_joined(mias, "@anna:localhost"));
  // What is theirs, they do.
  EXPECT_EQ(as(zoe, "POST", ours + "/invite", R"({"sender":"mia","user_id":"zoe"})").status, 204);
  EXPECT_EQ(as(zoe, "POST", ours + "/join", R"({"user_id":"zoe"})").status, 204);
  EXPECT_EQ(as(zoe, "POST", ours + "/send", R"({"sender":"mia","text":"hi"})").status, 200);
  EXPECT_EQ(as(zoe, "GET", ours + "/messages?user_id=mia").status, 200);
  EXPECT_EQ(as(zoe, "GET", ours).status, 200);
  EXPECT_EQ(as(zoe, "POST", "/api/v1/rooms", R"({"creator":"mia","name":"x","invite":["zoe"]})").status, 201);
  EXPECT_EQ(api("GET", theirs + "/messages?user_id=anna").status, 200) << "the server's administrator";
}

TEST_F(TenantTest, AnImportBringsNobodyIntoARoomOfOthersAndNobodyElsesAccount) {
  auto annas = room_of("anna"), mias = room_of("mia");
  EXPECT_EQ(import(zoe, annas, "username\nspy\n").status, 404);
  EXPECT_FALSE(wait(homeserver.account("@spy:localhost")));
  auto done = import(zoe, mias, "username,role\nanna,\nnora,admin\nzoe,\n");
  EXPECT_EQ(done["/state"], "done") << done.text;
  EXPECT_EQ(done["/created"], 1);
  EXPECT_EQ(done["/existed"], 1);
  EXPECT_EQ(done["/failed"], 1);
  EXPECT_EQ(done["/errors/0/line"], 2) << "anna is not theirs";
  EXPECT_FALSE(homeserver.is_joined(mias, "@anna:localhost"));
  auto nora = as(zoe, "GET", "/api/v1/users/nora");
  EXPECT_EQ(nora["/role"], "admin") << nora.text;
  EXPECT_EQ(nora["/tenant_id"], house);
  EXPECT_FALSE(flagged("nora"));
}

TEST_F(TenantTest, OnlyTheDefaultTenantsAdministratorsBearTheServersFlag) {
  EXPECT_FALSE(flagged("zoe"));
  EXPECT_EQ(as(zoe, "GET", "/api/v1/session")["/role"], "admin");
  EXPECT_EQ(as(zoe, "POST", "/api/v1/users", R"({"username":"eva","role":"admin"})").status, 201);
  EXPECT_EQ(as(zoe, "GET", "/api/v1/users/eva")["/role"], "admin");
  EXPECT_FALSE(flagged("eva"));
  EXPECT_EQ(as(zoe, "PATCH", "/api/v1/users/mia", R"({"role":"admin"})").status, 200);
  EXPECT_FALSE(flagged("mia"));
  auto form = call("POST", "/api/create_user", "username=ida&password=a-password&is_admin=on",
                   {zoe, {"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(form.status, 200) << form.text;
  EXPECT_EQ(as(zoe, "GET", "/api/v1/users/ida")["/role"], "admin");
  EXPECT_FALSE(flagged("ida"));
  auto admins = as(zoe, "GET", "/api/v1/users?role=admin");
  EXPECT_EQ(admins["/total"], 4) << admins.text;
  // A promoted member of the default tenant bears it, and loses it on the way out.
  EXPECT_EQ(api("PATCH", "/api/v1/users/anna", R"({"role":"admin"})").status, 200);
  EXPECT_TRUE(flagged("anna"));
  EXPECT_EQ(move("anna", house)["/role"], "admin");
  EXPECT_FALSE(flagged("anna"));
  EXPECT_EQ(move("anna", 1)["/role"], "member") << "nobody becomes the server's administrator by moving";
  // The last one stays where they are.
  auto refused = move("admin", house);
  EXPECT_EQ(refused.status, 409) << refused.text;
  EXPECT_TRUE(flagged("admin"));
  EXPECT_EQ(api("GET", "/api/v1/users/admin")["/tenant_id"], 1);
}

TEST_F(TenantTest, SigningInByTheOldFaceMovesNobody) {
  auto answer = raw("POST", "/login", "username=zoe&password=a-password",
                    {{"Content-Type", "application/x-www-form-urlencoded"}});
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(api("GET", "/api/v1/users/zoe")["/tenant_id"], house);
  EXPECT_EQ(as(zoe, "GET", "/api/v1/users/anna").status, 404);
}

TEST_F(TenantTest, ABotsAccountIsNotTakenOverByAnotherTenant) {
  const auto form = [&](std::string path, std::string body) { return api("POST", path, std::move(body)); };
  EXPECT_EQ(form("/create_bot_user", R"({"username":"bot_helper","password":"a-password"})").status, 200);
  EXPECT_EQ(form("/api/v1/bots", R"({"bot_id":"gone","brain":{"kind":"echo"}})").status, 201);
  EXPECT_EQ(api("DELETE", "/api/v1/bots/gone?confirm=gone").status, 204);
  for (const char* bot : {"helper", "gone"}) {
    const std::string body = std::string(R"({"bot_id":")") + bot + R"(","brain":{"kind":"echo"}})";
    auto refused = as(zoe, "POST", "/api/v1/bots", body);
    EXPECT_EQ(refused.status, 400) << refused.text;
    EXPECT_EQ(api("POST", "/api/v1/bots", body).status, 201) << "whose it was may have it again";
  }
  EXPECT_EQ(as(zoe, "POST", "/create_bot",
               R"({"bot_id":"h2","user_id":"bot_helper","password":"a-password","homeserver":"","flowise_url":""})")
                .status,
            400)
      << "not with its password either";
  // A bot's account is its tenant's.
  EXPECT_EQ(as(zoe, "POST", "/api/v1/bots", R"({"bot_id":"own","brain":{"kind":"echo"}})").status, 201);
  EXPECT_EQ(as(zoe, "GET", "/api/v1/users/bot_own")["/tenant_id"], house);
}

TEST_F(TenantTest, OnlyTheServersAdministratorsMakePrograms) {
  const std::string body = R"({"bot_id":"p","brain":{"kind":"program","config":{"command":["/bin/true"]}}})";
  auto refused = as(zoe, "POST", "/api/v1/bots", body);
  EXPECT_EQ(refused.status, 403) << refused.text;
  EXPECT_NE(refused.text.find("default tenant"), std::string::npos) << refused.text;
  EXPECT_NE(api("POST", "/api/v1/bots", body).text.find("programs.allow"), std::string::npos) << "only the setting";
}

TEST_F(TenantTest, AStoredSecretGoesToNoNewAddress) {
  auto bot = [&](const std::string& id, const std::string& brain) {
    auto made = api("POST", "/api/v1/bots", R"({"bot_id":")" + id + R"(","brain":)" + brain + "}");
    EXPECT_EQ(made.status, 201) << made.text;
  };
  auto patch = [&](const std::string& id, const std::string& body) {
    return api("PATCH", "/api/v1/bots/" + id, body).status;
  };
  auto openai = [](const std::string& url, const std::string& more = {}) {
    return R"({"kind":"openai","config":{"model":"m","base_url":")" + url + "\"" + more + "}}";
  };
  bot("ai", openai("http://127.0.0.1:9/v1", R"(,"api_key":"sk-stored")"));
  EXPECT_EQ(patch("ai", R"({"brain":)" + openai("http://127.0.0.1:10/v1") + "}"), 400);
  EXPECT_EQ(patch("ai", R"({"brain":)" + openai("http://127.0.0.1:9@evil.example/v1") + "}"), 400);
  EXPECT_EQ(patch("ai", R"({"brain":)" + openai("http://127.0.0.1:9/v2") + "}"), 200) << "the same server";
  EXPECT_EQ(api("GET", "/api/v1/bots/ai")["/brain/config/api_key_set"], true);
  EXPECT_EQ(patch("ai", R"({"brain":)" + openai("http://127.0.0.1:10/v1", R"(,"api_key":"sk-new")") + "}"), 200);
  EXPECT_EQ(patch("ai", R"({"brain":)" + openai("http://127.0.0.1:11/v1", R"(,"api_key":"")") + "}"), 200);
  EXPECT_EQ(api("GET", "/api/v1/bots/ai")["/brain/config/api_key_set"], false);
  EXPECT_EQ(patch("ai", R"({"brain":)" + openai("http://127.0.0.1:12/v1") + "}"), 200) << "nothing is stored any more";

  const std::string flow = "/api/v1/prediction/6f2d6c5e-9a1f-4d5e-8f0a-1b2c3d4e5f60";
  bot("fl", R"({"kind":"flowise","config":{"url":"http://127.0.0.1:9)" + flow + R"(","api_key":"sk-stored"}})");
  EXPECT_EQ(patch("fl", R"({"flowise_url":"http://127.0.0.1:10)" + flow + "\"}"), 400);
  EXPECT_EQ(patch("fl", R"({"flowise_url":"http://127.0.0.1:10)" + flow + R"(","brain":{"kind":"flowise"}})"), 400);
  EXPECT_EQ(
      patch("fl", R"({"flowise_url":"http://127.0.0.1:10)" + flow + R"(","brain":{"kind":"flowise","config":{}}})"),
      400);
  EXPECT_EQ(api("GET", "/api/v1/bots/fl").text.find("127.0.0.1:10"), std::string::npos) << "nothing was changed";
  // What only signs goes nowhere, and stays.
  bot("wh", R"({"kind":"webhook","config":{"url":"http://127.0.0.1:9/"}})");
  EXPECT_EQ(patch("wh", R"({"brain":{"kind":"webhook","config":{"url":"http://127.0.0.1:10/"}}})"), 200);
}

TEST_F(TenantTest, AKeyMakesNothingThatMayDoMoreThanItself) {
  auto admin = sign_in("admin", "admin-password");
  auto limited = key(admin, R"({"name":"a","scopes":["admin"]})");
  auto child = as(limited, "POST", "/api/v1/keys", R"({"name":"b"})");
  EXPECT_EQ(child["/key/scopes"], (boost::json::array{"admin"})) << child.text;
  EXPECT_EQ(as(limited, "POST", "/api/v1/keys", R"({"name":"c","scopes":["admin","users"]})").status, 403);
  auto ending = key(admin, R"({"name":"d","expires_in_days":2})");
  auto heir = as(ending, "POST", "/api/v1/keys", R"({"name":"e"})");
  EXPECT_EQ(heir.status, 201) << heir.text;
  EXPECT_TRUE(heir.body.at("key").as_object().contains("expires_at")) << heir.text;
  EXPECT_EQ(as(ending, "POST", "/api/v1/keys", R"({"name":"f","expires_in_days":3})").status, 403);
  EXPECT_EQ(as(ending, "POST", "/api/v1/keys", R"({"name":"g","expires_in_days":1})").status, 201);
  // Nor by way of an account.
  auto users = key(admin, R"({"name":"h","scopes":["users"]})");
  EXPECT_EQ(as(users, "POST", "/api/v1/users", R"({"username":"eva","role":"admin"})").status, 403);
  EXPECT_FALSE(wait(homeserver.account("@eva:localhost")));
  EXPECT_EQ(as(users, "PATCH", "/api/v1/users/anna", R"({"role":"admin"})").status, 403);
  EXPECT_EQ(as(users, "POST", "/api/v1/users/admin/password", R"({"generate":true})").status, 403);
  EXPECT_EQ(as(users, "POST", "/api/v1/users/anna/password", R"({"generate":true})").status, 200);
  EXPECT_EQ(import(users, "", "username,role\neva,admin\n").status, 403);
}

TEST_F(TenantTest, TheConsoleBringsABotIntoNoRoomThatItsRulesDoNotAllow) {
  api("POST", "/api/v1/bots", R"({"bot_id":"shy","brain":{"kind":"echo","config":{"invites":{"from":[]}}}})");
  api("POST", "/api/v1/bots", R"({"bot_id":"open","brain":{"kind":"echo"}})");
  api("POST", "/api/v1/bots/shy/start");
  api("POST", "/api/v1/bots/open/start");
  auto anna = sign_in("anna", "anna-password");
  auto refused = as(anna, "POST", "/api/v1/bots/shy/chat", R"({"text":"hi"})");
  EXPECT_EQ(refused.status, 403) << refused.text;
  EXPECT_TRUE(must(homeserver.joined_rooms("@bot_shy:localhost")).empty());
  EXPECT_TRUE(must(homeserver.joined_rooms("@anna:localhost")).empty()) << "no room was made for it";
  EXPECT_EQ(as(anna, "POST", "/api/v1/bots/open/chat", R"({"text":"hi"})").status, 200);
}

TEST_F(TenantTest, ABotFollowsInvitesOfItsOwnTenant) {
  api("POST", "/api/v1/bots", R"({"bot_id":"echo","brain":{"kind":"echo"}})");
  api("POST", "/api/v1/bots/echo/start");
  auto foreign = room_of("mia", {"@bot_echo:localhost"}), own = room_of("anna", {"@bot_echo:localhost"});
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (;;) {
    auto log = api("GET", "/api/v1/bots/echo/logs?limit=1000").text;
    if (homeserver.is_joined(own, "@bot_echo:localhost") && log.find(foreign + " was not accepted") != log.npos) break;
    ASSERT_LT(std::chrono::steady_clock::now(), until) << log;
    std::this_thread::yield();
  }
  EXPECT_FALSE(homeserver.is_joined(foreign, "@bot_echo:localhost"));
}

TEST_F(TenantTest, MembersSeeNeitherHowABotIsSetUpNorOthersRooms) {
  const std::string prompt = "You are the treasurer.";
  api("POST", "/api/v1/bots",
      R"({"bot_id":"ai","brain":{"kind":"openai","config":{"model":"m","base_url":"http://10.0.0.7:9/v1",)"
      R"("system_prompt":"You are the treasurer."}}})");
  ASSERT_NE(api("GET", "/api/v1/bots/ai").text.find(prompt), std::string::npos);
  api("POST", "/api/v1/bots", R"({"bot_id":"echo","brain":{"kind":"echo"}})");
  api("POST", "/api/v1/bots/echo/start");
  auto anna = sign_in("anna", "anna-password");
  for (const char* path : {"/api/v1/bots", "/api/v1/bots/ai", "/api/v1/bots/ai/history"}) {
    auto seen = as(anna, "GET", path);
    EXPECT_EQ(seen.status, 200) << seen.text;
    EXPECT_EQ(seen.text.find(prompt), std::string::npos) << seen.text;
    EXPECT_EQ(seen.text.find("10.0.0.7"), std::string::npos) << seen.text;
  }
  auto secret = room_of("admin", {"@bot_echo:localhost"});
  auto shared = room_of("admin", {"@bot_echo:localhost", "@anna:localhost"});
  must(homeserver.join("@anna:localhost", shared));
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (api("GET", "/api/v1/bots/echo/rooms")["/total"] != 2) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
    std::this_thread::yield();
  }
  auto rooms = as(anna, "GET", "/api/v1/bots/echo/rooms");
  EXPECT_EQ(rooms["/total"], 1) << rooms.text;
  EXPECT_EQ(rooms["/items/0/room_id"], shared.c_str()) << rooms.text;
  EXPECT_EQ(rooms.text.find(secret), std::string::npos);
}

TEST_F(TenantTest, TheOverviewCountsOneTenant) {
  EXPECT_EQ(as(zoe, "GET", "/api/v1/overview")["/counts/users"], 2);
  EXPECT_EQ(api("GET", "/api/v1/overview")["/counts/users"], 2) << "admin and anna";
}

TEST_F(TenantTest, SigningInIsOnRecordWhereTheAccountBelongs) {
  call("POST", "/api/v1/session", R"({"user":"zoe","password":"wrong"})", {});
  auto own = as(zoe, "GET", "/api/v1/audit?action=session");
  EXPECT_EQ(own["/total"], 2) << own.text;
  EXPECT_EQ(own["/items/0/action"], "session.refuse");
  EXPECT_EQ(own["/items/0/target"], "zoe");
  EXPECT_EQ(own["/items/1/action"], "session.create");
  EXPECT_EQ(own["/items/1/actor"], "@zoe:localhost");
  EXPECT_EQ(own["/items/1/detail/address"], "127.0.0.1");
  EXPECT_EQ(as(zoe, "GET", "/api/v1/audit?actor=@zoe:localhost&action=session")["/total"], 1);
  EXPECT_EQ(api("GET", "/api/v1/audit?action=session")["/total"], 0);
}

TEST_F(TenantTest, TheOldFaceTellsNobodyWhetherTheyGuessedAnothersPassword) {
  api("POST", "/api/v1/users", R"({"username":"olga","password":"o-password","role":"operator"})");
  api("POST", "/api/v1/bots", R"({"bot_id":"echo","brain":{"kind":"echo"}})");
  auto olga = sign_in("olga", "o-password");
  const auto id = std::to_string(number(api("GET", "/api/v1/bots/echo"), "/id"));
  auto act = [&](const Header& who, const std::string& password) {
    return call("POST", "/api/bot/" + id + "/action", "action=start&password=" + password,
                {who, {"Content-Type", "application/x-www-form-urlencoded"}})
        .status;
  };
  EXPECT_EQ(act(olga, "admin-password"), 401);
  EXPECT_EQ(act(olga, "o-password"), 200);
  EXPECT_EQ(act(sign_in("admin", "admin-password"), "admin-password"), 200);
}

TEST_F(TenantTest, ANewPasswordTakesTheKeysWithItWhenAsked) {
  auto anna = sign_in("anna", "anna-password");
  auto script = key(anna, R"({"name":"script"})");
  EXPECT_EQ(api("POST", "/api/v1/users/anna/password", R"({"password":"second-password"})").status, 204);
  EXPECT_EQ(as(script, "GET", "/api/v1/session").status, 200) << "a key outlives a password, unless";
  EXPECT_EQ(api("POST", "/api/v1/users/anna/password", R"({"generate":true,"revoke_keys":true})").status, 200);
  EXPECT_EQ(as(script, "GET", "/api/v1/session").status, 401);
}

/// Keeps a stream open, and says when it greeted.
class Listener : public net::http::BodyWriter {
 public:
  Task<Unit> write(std::string piece) override {
    const base::Lock lock(mutex_);
    text_ += piece;
    greeted_ = true;
    co_return Unit{};
  }
  bool greeted() const { return greeted_; }
  std::string text() const {
    const base::Lock lock(mutex_);
    return text_;
  }

 private:
  mutable base::Mutex mutex_;
  std::string text_;
  std::atomic<bool> greeted_{false};
};

class OpenStreamTest : public TenantTest {
 protected:
  OpenStreamTest() {
    api("POST", "/api/v1/bots", R"({"bot_id":"echo","brain":{"kind":"echo"}})");
    api("PATCH", "/api/v1/users/anna", R"({"role":"operator"})");
  }
  /// Opens all three kinds, lets `end` happen, and waits for their ends.
  template <class End>
  void end_by(const Header& who, End end) {
    for (const char* path : {"/api/v1/live", "/api/v1/bots/echo/logs/live", "/api/v1/bots/echo/chat/live"}) {
      auto response = raw("GET", path, "", {who});
      ASSERT_EQ(response.status, 200) << path;
      streams.push_back(std::move(response));
      auto& listener = *listeners.emplace_back(std::make_unique<Listener>());
      ended.push_back(asio::co_spawn(io.at(1), streams.back().stream(listener), asio::use_future));
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!std::ranges::all_of(listeners, [](const auto& listener) { return listener->greeted(); })) {
      ASSERT_LT(std::chrono::steady_clock::now(), until);
      std::this_thread::yield();
    }
    end();
    for (auto& stream : ended) {
      ASSERT_EQ(stream.wait_for(api::kStreamHeartbeat - std::chrono::seconds(3)), std::future_status::ready)
          << "at once, and not at the next heartbeat";
    }
  }
  ~OpenStreamTest() override {
    bus->publish(host::kDrainingChannel, {});
    for (auto& stream : ended) stream.wait_for(std::chrono::seconds(60));
  }

  std::deque<net::http::Response> streams;
  std::vector<std::unique_ptr<Listener>> listeners;
  std::vector<std::future<Result<Unit>>> ended;
};

TEST_F(OpenStreamTest, EndsWhenTheAccountIsLocked) {
  auto anna = sign_in("anna", "anna-password");
  end_by(anna, [&] { EXPECT_EQ(api("POST", "/api/v1/users/anna/lock").status, 200); });
}

TEST_F(OpenStreamTest, EndsWhenThePersonSignsOut) {
  auto anna = sign_in("anna", "anna-password");
  end_by(anna, [&] { EXPECT_EQ(as(anna, "DELETE", "/api/v1/session").status, 204); });
}

TEST_F(OpenStreamTest, EndsWhenTheRoleIsAnother) {
  auto anna = sign_in("anna", "anna-password");
  end_by(anna, [&] { EXPECT_EQ(api("PATCH", "/api/v1/users/anna", R"({"role":"member"})").status, 200); });
}

TEST_F(OpenStreamTest, EndsWhenTheKeyIsRevoked) {
  auto anna = sign_in("anna", "anna-password");
  auto made = as(anna, "POST", "/api/v1/keys", R"({"name":"script"})");
  const auto id = std::to_string(number(made, "/key/id"));
  end_by({"X-API-Key", string(made, "/token")},
         [&] { EXPECT_EQ(as(anna, "DELETE", "/api/v1/keys/" + id).status, 204); });
}

TEST_F(OpenStreamTest, OneAccountDoesNotTakeEverybodysPlaces) {
  auto anna = sign_in("anna", "anna-password");
  for (const char* path : {"/api/v1/live", "/api/v1/bots/echo/logs/live", "/api/v1/bots/echo/chat/live"}) {
    std::vector<net::http::Response> held;
    for (int i = 0; i < api::kMaxStreamsEach; ++i) {
      held.push_back(raw("GET", path, "", {anna}));
      EXPECT_EQ(held.back().status, 200) << path;
    }
    auto refused = raw("GET", path, "", {anna});
    EXPECT_EQ(refused.status, 429) << path;
    EXPECT_TRUE(refused.headers.has("Retry-After"));
    EXPECT_EQ(raw("GET", path, "", {sign_in("admin", "admin-password")}).status, 200) << path;
    held.pop_back();
    EXPECT_EQ(raw("GET", path, "", {anna}).status, 200) << "a place is free again";
  }
}

TEST_F(OpenStreamTest, AConversationThatWasLeftLongAgoIsReadAnewAndNotWalkedThrough) {
  auto elsewhere = room_of("admin");
  for (int i = 0; i < 1'100; ++i) homeserver.say(elsewhere, "@admin:localhost", "noise");
  auto anna = sign_in("anna", "anna-password");
  auto greeting = [&](const std::string& since) {
    auto response = raw("GET", "/api/v1/bots/echo/chat/live?since=" + since, "", {anna});
    EXPECT_EQ(response.status, 200);
    auto& listener = *listeners.emplace_back(std::make_unique<Listener>());
    streams.push_back(std::move(response));
    ended.push_back(asio::co_spawn(io.at(1), streams.back().stream(listener), asio::use_future));
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!listener.greeted() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return listener.text();
  };
  EXPECT_NE(greeting("0").find("event: reset"), std::string::npos);
  EXPECT_EQ(greeting(std::to_string(homeserver.head() - 10)).find("event: reset"), std::string::npos);
}

}  // namespace
}  // namespace troupe::console
