// Accounts over /api/v1: lists, sessions, locks, passwords, tenants, files.
#include <future>

#include "console/console_fixture.h"
#include "console/users/import_store.h"
#include "console/users/user_import.h"

namespace troupe::console::users {
namespace {

class UsersTest : public ConsoleTest {
 protected:
  std::vector<std::string> names(const std::string& query) {
    std::vector<std::string> found;
    auto answer = api("GET", "/api/v1/users" + query);
    EXPECT_EQ(answer.status, 200) << answer.text;
    for (const auto& user : answer["/items"].as_array()) {
      found.push_back(boost::json::value_to<std::string>(user.at("username")));
    }
    return found;
  }
  std::string import_id(const Answer& started) {
    EXPECT_EQ(started.status, 202) << started.text;
    return boost::json::value_to<std::string>(started["/import_id"]);
  }
  /// The import's last word.
  Answer finished(const std::string& id) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      auto answer = api("GET", "/api/v1/users/import/" + id);
      if (answer.status != 200 || answer["/state"] != "running") return answer;
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error("the import does not end");
      std::this_thread::yield();
    }
  }
};

using Names = std::vector<std::string>;

TEST_F(UsersTest, OneAccountSaysHowItsPersonComesIn) {
  EXPECT_FALSE(api("GET", "/api/v1/users/anna").body.as_object().contains("has_password")) << "nobody knows";
  homeserver.set_ways_in("@anna:localhost", {.password = false, .identities = {{"oidc-kc", "f:1:anna"}}});
  const auto anna = api("GET", "/api/v1/users/anna");
  EXPECT_EQ(anna["/has_password"], false);
  EXPECT_EQ(anna["/identities/0/provider"], "oidc-kc");
  EXPECT_EQ(anna["/identities/0/subject"], "f:1:anna");
  const auto cookie = sign_in("anna", "anna-password");
  EXPECT_EQ(call("GET", "/api/v1/session", "", {cookie})["/has_password"], false);
}

TEST_F(UsersTest, AMistakeStandsAtTheFieldThatItIsAbout) {
  const auto at = [](const Answer& refused) {
    EXPECT_EQ(refused.status, 400) << refused.text;
    return boost::json::value_to<std::string>(refused["/errors/0/pointer"]);
  };
  // 200 characters, as the schema has them, and more than 256 bytes, as the homeserver does.
  std::string wide;
  for (int i = 0; i < 200; ++i) wide += "\u00e9";
  EXPECT_EQ(at(api("POST", "/api/v1/users", R"({"username":"mia","display_name":")" + wide + R"("})")),
            "/display_name");
  EXPECT_EQ(at(api("PATCH", "/api/v1/users/anna", R"({"display_name":")" + wide + R"("})")), "/display_name");
  EXPECT_EQ(at(api("POST", "/api/v1/users", R"({"username":"Mia"})")), "/username");
  homeserver.set_least_password(12);
  EXPECT_EQ(at(api("POST", "/api/v1/users", R"({"username":"mia","password":"12345678"})")), "/password");
  EXPECT_EQ(at(api("POST", "/api/v1/users/anna/password", R"({"password":"12345678"})")), "/password");
  EXPECT_EQ(api("GET", "/api/v1/users/mia").status, 404);
}

TEST_F(UsersTest, ListsAreFilteredSortedAndPaged) {
  for (const char* body : {R"({"username":"olga","role":"operator"})", R"({"username":"mia"})",
                           R"({"username":"zoe","display_name":"Aa"})"})
    EXPECT_EQ(api("POST", "/api/v1/users", body).status, 201);
  EXPECT_EQ(names(""), (Names{"admin", "anna", "mia", "olga", "zoe"}));
  EXPECT_EQ(names("?sort=-name"), (Names{"zoe", "olga", "mia", "anna", "admin"}));
  EXPECT_EQ(names("?role=admin"), Names{"admin"});
  EXPECT_EQ(names("?role=operator"), Names{"olga"});
  EXPECT_EQ(names("?role=member"), (Names{"anna", "mia", "zoe"}));
  EXPECT_EQ(names("?role=member&from=1&limit=1"), Names{"mia"});
  EXPECT_EQ(api("GET", "/api/v1/users?role=member&from=1&limit=1")["/next_from"], 2);
  EXPECT_EQ(names("?kind=bot"), Names{});
  EXPECT_EQ(names("?search=zo"), Names{"zoe"});
  EXPECT_EQ(api("POST", "/api/v1/users/mia/lock").status, 200);
  EXPECT_EQ(names("?state=locked"), Names{"mia"});
  EXPECT_EQ(names("?state=active&role=member"), (Names{"anna", "zoe"}));
  for (const char* bad : {"?role=king", "?kind=cat", "?state=x", "?sort=age", "?limit=0", "?from=-1"})
    EXPECT_EQ(api("GET", std::string("/api/v1/users") + bad).status, 400) << bad;
  auto file = api("GET", "/api/v1/users/export?role=operator");
  EXPECT_EQ(file.status, 200);
  EXPECT_TRUE(file.text.starts_with("username,display_name,role,kind,state,user_id,created_at\r\nolga,")) << file.text;
  EXPECT_NE(file.text.find("\"'@olga:localhost\""), std::string::npos) << "no formula in a spreadsheet";
}

TEST_F(UsersTest, LockedPeopleAreOutAndComeBack) {
  auto cookie = sign_in("anna", "anna-password");
  auto locked = api("POST", "/api/v1/users/anna/lock");
  EXPECT_EQ(locked.status, 200) << locked.text;
  EXPECT_EQ(locked["/locked"], true);
  EXPECT_EQ(call("GET", "/api/v1/session", "", {cookie}).status, 401);
  EXPECT_EQ(api("POST", "/api/v1/users/anna/unlock")["/locked"], false);
  sign_in("anna", "anna-password");
  EXPECT_EQ(api("POST", "/api/v1/users/nobody/lock").status, 404);
  EXPECT_EQ(api("POST", "/api/v1/users/anna/deactivate", R"({"confirm":"anna"})").status, 200);
  EXPECT_EQ(api("POST", "/api/v1/users/anna/unlock").status, 409) << "closed for ever";
}

TEST_F(UsersTest, TheLastAdministratorStays) {
  for (const auto& [path, body] :
       std::vector<std::pair<std::string, std::string>>{{"/lock", ""}, {"/deactivate", R"({"confirm":"admin"})"}}) {
    auto refused = api("POST", "/api/v1/users/admin" + path, body);
    EXPECT_EQ(refused.status, 409) << path;
    EXPECT_NE(refused["/detail"].as_string().find("last administrator"), boost::json::string::npos);
  }
  EXPECT_EQ(api("PATCH", "/api/v1/users/admin", R"({"role":"member"})").status, 409);
  EXPECT_EQ(api("PATCH", "/api/v1/users/anna", R"({"role":"admin"})").status, 200);
  auto anna = sign_in("anna", "anna-password");
  EXPECT_EQ(call("POST", "/api/v1/users/anna/lock", "", {anna}).status, 409) << "not yourself";
  EXPECT_EQ(call("PATCH", "/api/v1/users/anna", R"({"role":"member"})", {anna}).status, 409);
  EXPECT_EQ(call("PATCH", "/api/v1/users/admin", R"({"role":"member"})", {anna}).status, 200);
}

TEST_F(UsersTest, SessionsAreSeenAndEnded) {
  homeserver.add_device("@anna:localhost", "PHONE");
  homeserver.add_device("@anna:localhost", "LAPTOP");
  auto cookie = sign_in("anna", "anna-password");
  auto list = call("GET", "/api/v1/users/anna/sessions", "", {cookie});
  EXPECT_EQ(list["/total"], 3) << list.text;
  EXPECT_EQ(list["/items/2/kind"], "console");
  auto console = boost::json::value_to<std::string>(list["/items/2/device_id"]);
  EXPECT_EQ(call("GET", "/api/v1/users/admin/sessions", "", {cookie}).status, 403);
  EXPECT_EQ(call("GET", "/api/v1/users/nobody/sessions", "", {cookie}).status, 403) << "who exists is not told";
  EXPECT_EQ(api("DELETE", "/api/v1/users/anna/sessions/PHONE").status, 204);
  EXPECT_EQ(api("DELETE", "/api/v1/users/anna/sessions/PHONE").status, 404);
  EXPECT_EQ(api("DELETE", "/api/v1/users/anna/sessions/" + console).status, 204);
  EXPECT_EQ(call("GET", "/api/v1/session", "", {cookie}).status, 401);
  EXPECT_EQ(api("DELETE", "/api/v1/users/anna/sessions/console:999").status, 404);
  sign_in("anna", "anna-password");
  EXPECT_EQ(api("DELETE", "/api/v1/users/anna/sessions").status, 204);
  EXPECT_EQ(api("GET", "/api/v1/users/anna/sessions")["/total"], 0);
}

TEST_F(UsersTest, PasswordsAreMade) {
  auto made = api("POST", "/api/v1/users/anna/password", R"({"generate":true})");
  ASSERT_EQ(made.status, 200) << made.text;
  sign_in("anna", boost::json::value_to<std::string>(made["/password"]));
  EXPECT_EQ(api("GET", "/api/v1/audit").text.find(boost::json::value_to<std::string>(made["/password"])),
            std::string::npos);
  EXPECT_EQ(api("POST", "/api/v1/users/anna/password", R"({"generate":true,"password":"both-of-them"})").status, 400);
  EXPECT_EQ(api("POST", "/api/v1/users/anna/password", R"({})").status, 400);
  EXPECT_EQ(api("POST", "/api/v1/users/anna/password", R"({"generate":false,"password":"given-one"})").status, 204);
}

TEST_F(UsersTest, AFileBecomesAccounts) {
  auto room = boost::json::value_to<std::string>(
      api("POST", "/api/v1/rooms", R"({"creator":"admin","name":"Hall"})")["/room_id"]);
  const std::string csv =
      "username,password,display_name,role\r\n"
      "ben,,\"Ben, the first\",\r\n"
      "anna,,Another Anna,admin\r\n"
      "Carl,,,\r\n"
      "ben,,,\r\n"
      "dora,short,,\r\n"
      "emil,long-enough-1,Emil,operator\r\n"
      "fay,,,king\r\n"
      "bot_x,,,\r\n";
  auto planned = finished(import_id(api("POST", "/api/v1/users/import?dry_run=true", csv)));
  EXPECT_EQ(planned["/created"], 2) << planned.text;
  EXPECT_EQ(planned["/existed"], 1);
  EXPECT_EQ(names(""), (Names{"admin", "anna"})) << "a dry run makes nothing";

  auto target = "/api/v1/users/import?join=" + base::percent_encode(room);
  auto done = finished(import_id(api("POST", target, csv)));
  EXPECT_EQ(done["/state"], "done") << done.text;
  EXPECT_EQ(done["/total"], 8);
  EXPECT_EQ(done["/done"], 8);
  EXPECT_EQ(done["/created"], 2);
  EXPECT_EQ(done["/existed"], 1);
  EXPECT_EQ(done["/joined"], 3);
  EXPECT_EQ(done["/failed"], 5);
  std::vector<std::int64_t> lines;
  for (const auto& error : done["/errors"].as_array()) lines.push_back(error.at("line").to_number<std::int64_t>());
  EXPECT_EQ(lines, (std::vector<std::int64_t>{4, 5, 6, 8, 9}));
  EXPECT_EQ(names(""), (Names{"admin", "anna", "ben", "emil"}));
  EXPECT_EQ(api("GET", "/api/v1/users/emil")["/role"], "operator");
  EXPECT_EQ(api("GET", "/api/v1/users/anna")["/role"], "member") << "who exists is left alone";
  EXPECT_EQ(api("GET", "/api/v1/users/ben")["/display_name"], "Ben, the first");
  EXPECT_TRUE(homeserver.is_joined(room, "@emil:localhost"));
  sign_in("emil", "long-enough-1");

  auto again = finished(import_id(api("POST", target, csv)));
  EXPECT_EQ(again["/created"], 0);
  EXPECT_EQ(again["/existed"], 3);
  EXPECT_EQ(api("GET", "/api/v1/users/import")["/total"], 3);
  auto log = api("GET", "/api/v1/audit?action=user.import_end");
  EXPECT_EQ(log["/total"], 2);
  EXPECT_EQ(log["/items/1/detail/created"], 2);
}

TEST_F(UsersTest, AnImportIsCancelled) {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "user" + std::to_string(i) + "\n";
  const auto id = import_id(api("POST", "/api/v1/users/import", many));
  const auto target = "/api/v1/users/import/" + id;
  EXPECT_EQ(api("POST", "/api/v1/users/import", "ben\n").status, 409) << "one at a time";
  const auto asked = api("DELETE", target);
  EXPECT_EQ(asked.status, 202) << asked.text;
  EXPECT_EQ(asked["/import_id"].as_string(), id);
  const auto ended = finished(id);
  EXPECT_EQ(ended["/state"], "failed");
  EXPECT_EQ(ended["/reason"], "cancelled");
  EXPECT_NE(ended["/error"].as_string().find("cancelled"), boost::json::string::npos);
  const auto made = ended["/created"].to_number<std::int64_t>();
  EXPECT_EQ(ended["/done"], made);
  EXPECT_LT(made, 10'000);
  EXPECT_EQ(api("GET", "/api/v1/users?search=user")["/total"], made) << "what it says was made is there";
  EXPECT_EQ(api("DELETE", target).status, 409) << "it has ended";
  EXPECT_EQ(api("DELETE", "/api/v1/users/import/unknown").status, 404);
  const auto again = finished(import_id(api("POST", "/api/v1/users/import", many)));
  EXPECT_EQ(again["/state"], "done") << again.text;
  EXPECT_EQ(again["/existed"], made);
  EXPECT_EQ(again["/created"], 10'000 - made);
  EXPECT_EQ(api("GET", "/api/v1/audit?action=user.import_cancel")["/total"], 1);
}

TEST_F(UsersTest, AnImportWhoseProcessEndedSaysSo) {
  auto& imports = context->get<UserImports>();
  const auto now = base::system_clock().unix_ms();
  const auto leave = [&](const std::string& id, const std::string& holder, base::UnixMs seen) {
    ImportStatus status;
    status.import_id = id;
    status.total = 100;
    status.done = 60;
    status.created = 50;
    status.existed = 9;
    status.errors = {{.line = 7, .message = "no name"}};
    status.started_ms = seen;
    ASSERT_TRUE(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      import_store::insert(tx, status, holder, seen);
      return Unit{};
    }));
  };
  const auto state = [&](const std::string& id) { return api("GET", "/api/v1/users/import/" + id); };
  leave("mine", "", now);
  leave("theirs", "another process", now);
  leave("silent", "a third one", now - 180'000);
  ASSERT_TRUE(imports.recover_now());  // as at a start
  for (const char* id : {"mine", "silent"}) {
    const auto ended = state(id);
    EXPECT_EQ(ended["/state"], "failed") << ended.text;
    EXPECT_EQ(ended["/reason"], "interrupted");
    EXPECT_EQ(ended["/done"], 60);
    EXPECT_EQ(ended["/errors/0/line"], 7);
    EXPECT_NE(ended["/error"].as_string().find("same file again"), boost::json::string::npos);
  }
  EXPECT_EQ(state("theirs")["/state"], "running");
  EXPECT_EQ(api("POST", "/api/v1/users/import", "ben\n").status, 409) << "one at a time, of all processes";
  EXPECT_EQ(api("DELETE", "/api/v1/users/import/theirs").status, 202);
  EXPECT_EQ(state("theirs")["/state"], "running") << "its process ends it";
  ASSERT_TRUE(db->write_now([&](store::Tx& tx) -> Result<Unit> {
    tx.run("UPDATE con_import SET seen_ms = ?1 WHERE import_id = 'theirs'", now - 180'000);
    return Unit{};
  }));
  must(imports.recover(context->clock().unix_ms()));
  EXPECT_EQ(state("theirs")["/reason"], "interrupted");
  EXPECT_EQ(finished(import_id(api("POST", "/api/v1/users/import", "ben\n")))["/created"], 1);
  for (int i = 0; i < 12; ++i) finished(import_id(api("POST", "/api/v1/users/import?dry_run=true", "ben\n")));
  EXPECT_EQ(api("GET", "/api/v1/users/import")["/total"], 10) << "old ones are forgotten";
}

TEST_F(UsersTest, OfTwoAdministratorsOneStays) {
  EXPECT_EQ(api("PATCH", "/api/v1/users/anna", R"({"role":"admin"})").status, 200);
  const std::vector<std::pair<std::string, std::string>> ways = {{"PATCH ", R"({"role":"member"})"},
                                                                 {"POST /lock", ""}};
  for (const auto& [way, body] : ways) {
    const auto method = way.substr(0, way.find(' ')), path = way.substr(way.find(' ') + 1);
    const auto anna = sign_in("anna", "anna-password"), admin = sign_in("admin", "admin-password");
    auto theirs =
        std::async(std::launch::async, [&] { return call(method, "/api/v1/users/admin" + path, body, {anna}).status; });
    const auto mine = call(method, "/api/v1/users/anna" + path, body, {admin}).status;
    const int done = (mine == 200 ? 1 : 0) + (theirs.get() == 200 ? 1 : 0);
    EXPECT_EQ(done, 1) << way;
    EXPECT_EQ(api("GET", "/api/v1/users?role=admin&state=active")["/total"], 1) << way;
    for (const char* who : {"admin", "anna"}) {
      EXPECT_EQ(api("POST", std::string("/api/v1/users/") + who + "/unlock").status, 200);
      EXPECT_EQ(api("PATCH", std::string("/api/v1/users/") + who, R"({"role":"admin"})").status, 200);
    }
  }
}

TEST_F(UsersTest, FilesThatAreNoneAreRefused) {
  EXPECT_EQ(api("POST", "/api/v1/users/import").status, 400);
  EXPECT_EQ(api("POST", "/api/v1/users/import", "username\n").status, 400);
  EXPECT_EQ(api("POST", "/api/v1/users/import", "a\n\"b").status, 400);
  EXPECT_EQ(api("POST", "/api/v1/users/import?join=%21none:localhost", "ben\n").status, 404);
  EXPECT_EQ(api("POST", "/api/v1/users/import?dry_run=perhaps", "ben\n").status, 400);
  std::string many;
  for (int i = 0; i < 10'001; ++i) many += "user" + std::to_string(i) + "\n";
  EXPECT_EQ(api("POST", "/api/v1/users/import", many).status, 413);
  EXPECT_EQ(api("GET", "/api/v1/users/import/unknown").status, 404);
  auto member = sign_in("anna", "anna-password");
  EXPECT_EQ(call("POST", "/api/v1/users/import", "ben\n", {member}).status, 403);
}

TEST_F(UsersTest, AnImportHandsItsPasswordsOutOnce) {
  const std::string file = "username,password\nanna,\nben,\ncleo,a-long-password\ndora,\n";
  auto started = api("POST", "/api/v1/users/import?generate=true", file);
  ASSERT_EQ(started.status, 202) << started.text;
  const auto one = "/api/v1/users/import/" + std::string(started["/import_id"].as_string());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (api("GET", one)["/state"] == "running" && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  auto ended = api("GET", one);
  EXPECT_EQ(ended["/created"], 3) << ended.text;
  EXPECT_EQ(ended["/passwords"], 2) << "of those that were made without one";
  // Sealed where they wait.
  std::string sealed;
  auto look = [&](store::Connection& c) -> Result<Unit> {
    sealed = store::value<std::string, store::Bytes>(c.query("SELECT sealed FROM con_import_password")).value_or("");
    return Unit{};
  };
  ASSERT_TRUE(db->read_now(look));
  EXPECT_FALSE(sealed.empty());
  EXPECT_EQ(sealed.find("ben"), std::string::npos);
  auto member = sign_in("anna", "anna-password");
  EXPECT_EQ(call("POST", one + "/passwords", "", {member}).status, 403);
  auto taken = api("POST", one + "/passwords");
  ASSERT_EQ(taken.status, 200) << taken.text;
  EXPECT_TRUE(taken.text.starts_with("username,password\r\nben,")) << taken.text;
  EXPECT_EQ(taken.text.find("anna"), std::string::npos) << "she keeps hers";
  EXPECT_EQ(taken.text.find("cleo"), std::string::npos) << "hers came with the file";
  auto at = taken.text.find("ben,") + 4;
  sign_in("ben", taken.text.substr(at, taken.text.find('\r', at) - at));
  EXPECT_EQ(api("POST", one + "/passwords").status, 404) << "once";
  EXPECT_FALSE(api("GET", one).body.as_object().contains("passwords"));
}

TEST_F(UsersTest, TenantsAreHousesOfTheirOwn) {
  EXPECT_EQ(api("GET", "/api/v1/tenants")["/total"], 1);
  auto made = api("POST", "/api/v1/tenants", R"({"name":"north"})");
  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made["/id"], 2);
  EXPECT_EQ(api("POST", "/api/v1/tenants", R"({"name":"north"})").status, 409);
  EXPECT_EQ(api("POST", "/api/v1/tenants", R"({"name":"  "})").status, 400);
  EXPECT_EQ(api("PATCH", "/api/v1/tenants/2", R"({"name":"South"})")["/name"], "South");
  EXPECT_EQ(api("PATCH", "/api/v1/tenants/3", R"({"name":"x"})").status, 404);
  EXPECT_EQ(api("PATCH", "/api/v1/tenants/x", R"({"name":"x"})").status, 400);

  EXPECT_EQ(api("PATCH", "/api/v1/users/anna", R"({"role":"operator","tenant_id":2})")["/tenant_id"], 2);
  EXPECT_EQ(api("PATCH", "/api/v1/users/anna", R"({"tenant_id":9})").status, 404);
  api("POST", "/api/v1/bots", R"({"bot_id":"echo","brain":{"kind":"echo"}})");
  auto anna = sign_in("anna", "anna-password");
  EXPECT_EQ(call("GET", "/api/v1/bots", "", {anna})["/total"], 0) << "bots of another house";
  auto users = call("GET", "/api/v1/users", "", {anna});
  EXPECT_EQ(users["/total"], 1) << users.text;
  EXPECT_EQ(call("GET", "/api/v1/users/admin", "", {anna}).status, 404);
  EXPECT_EQ(call("GET", "/api/v1/bots/echo", "", {anna}).status, 404);
}

TEST_F(UsersTest, TheAuditLogIsFilteredAndKept) {
  api("POST", "/api/v1/users", R"({"username":"ben"})");
  api("POST", "/api/v1/users/ben/lock");
  api("POST", "/api/v1/bots", R"({"bot_id":"echo","brain":{"kind":"echo"}})");
  EXPECT_EQ(api("GET", "/api/v1/audit?action=user")["/total"], 2);
  EXPECT_EQ(api("GET", "/api/v1/audit?action=user.lock")["/total"], 1);
  EXPECT_EQ(api("GET", "/api/v1/audit?action=use")["/total"], 0);
  EXPECT_EQ(api("GET", "/api/v1/audit?action=user%25")["/total"], 0);
  EXPECT_EQ(api("GET", "/api/v1/audit?target=@ben:localhost")["/total"], 2);
  EXPECT_EQ(api("GET", "/api/v1/audit?actor=nobody")["/total"], 0);
  EXPECT_EQ(api("GET", "/api/v1/audit?since=2020-01-01")["/total"], 3);
  EXPECT_EQ(api("GET", "/api/v1/audit?since=2999-01-01T00:00:00Z")["/total"], 0);
  EXPECT_EQ(api("GET", "/api/v1/audit?until=2020-01-01T01:00:00.5%2B01:00")["/total"], 0);
  for (const char* bad : {"yesterday", "2020-13-01", "2020-01-01T25:00:00Z", "2020-01-01T00:00:00+1"})
    EXPECT_EQ(api("GET", std::string("/api/v1/audit?since=") + bad).status, 400) << bad;
  auto file = api("GET", "/api/v1/audit/export?action=user.lock");
  EXPECT_EQ(file.headers.get("Content-Type"), "text/csv; charset=utf-8");
  EXPECT_EQ(std::ranges::count(file.text, '\n'), 2) << file.text;
  EXPECT_EQ(api("GET", "/api/v1/settings").status, 200);
  EXPECT_EQ(api("GET", "/api/v1/lifecycle")["/states/0"], "created");
}

}  // namespace
}  // namespace troupe::console::users
