#include <thread>

#include "homeserver/admin/admin_fixture.h"
#include "homeserver/admin/listed_user_fixture.h"
#include "identity/principals.h"
#include "identity/tenants.h"

namespace troupe::homeserver::admin {
namespace {

using matrix::JsonArray;
using matrix::JsonObject;

class UserRoutesTest : public AdminFixture {
 protected:
  WholeAnswer put(const std::string& localpart, const JsonObject& body) {
    return ask("PUT", "/v2/users/@" + localpart + ":example.org", body);
  }
  std::string put_status(const std::string& localpart, const JsonObject& body) { return outcome(put(localpart, body)); }
  bool can_sign_in(const std::string& user, const std::string& password) {
    return server_.wait(accounts().check_password(user, password)).has_value();
  }
  static JsonArray mail(const std::string& address) { return {JsonObject{{"medium", "email"}, {"address", address}}}; }
  static JsonArray external(const std::string& id) {
    return {JsonObject{{"auth_provider", "oidc-k"}, {"external_id", id}}};
  }
};

TEST_F(UserRoutesTest, ShowsOneAccount) {
  auto shown = ask("GET", "/v2/users/@anna:example.org").json.as_object();
  EXPECT_LT(shown["creation_ts"].as_int64(), 10'000'000'000);  // seconds
  EXPECT_TRUE(shown["last_seen_ts"].is_int64());
  shown.erase("creation_ts");
  shown.erase("last_seen_ts");
  auto wanted = listed_user(kAnna, "anna");
  wanted.insert({{"suspended", false},
                 {"threepids", JsonArray()},
                 {"external_ids", JsonArray()},
                 {"appservice_id", nullptr},
                 {"consent_version", nullptr},
                 {"consent_ts", nullptr},
                 {"consent_server_notice_sent", nullptr}});
  EXPECT_EQ(matrix::Json(shown), matrix::Json(wanted));
  EXPECT_EQ(status("GET", "/v2/users/@nobody:example.org"), "404 M_NOT_FOUND");
  EXPECT_EQ(status("GET", "/v2/users/@anna:elsewhere.org"), "400 M_UNKNOWN");
  EXPECT_EQ(status("GET", "/v2/users/anna"), "400 M_INVALID_PARAM");
}

TEST_F(UserRoutesTest, MakesAnAccount) {
  const auto made = put("carl", {{"password", "a secret"},
                                 {"displayname", "Carl"},
                                 {"avatar_url", "mxc://example.org/a"},
                                 {"admin", true},
                                 {"user_type", "support"},
                                 {"threepids", mail("carl@example.org")},
                                 {"external_ids", external("c")}});
  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.string_at("/name"), "@carl:example.org");
  EXPECT_EQ(made.string_at("/displayname"), "Carl");
  EXPECT_EQ(made.string_at("/avatar_url"), "mxc://example.org/a");
  EXPECT_TRUE(made.at("/admin").as_bool());
  EXPECT_EQ(made.string_at("/user_type"), "support");
  EXPECT_EQ(made.string_at("/threepids/0/address"), "carl@example.org");
  EXPECT_TRUE(made.at("/threepids/0/validated_at").is_int64());
  EXPECT_EQ(made.string_at("/external_ids/0/external_id"), "c");
  EXPECT_TRUE(can_sign_in("carl", "a secret"));
  EXPECT_EQ(audited(), "@root:example.org user.create @carl:example.org; ");
  EXPECT_EQ(put("dora", {}).string_at("/displayname"), "dora");
  EXPECT_TRUE(put("emil", {{"locked", true}}).at("/locked").as_bool());
}

TEST_F(UserRoutesTest, NothingIsMadeOfWhatIsWrong) {
  EXPECT_EQ(put_status("Carl", {}), "400 M_INVALID_USERNAME");
  for (const auto* wrong :
       {R"({"password":7})", R"({"admin":"yes"})", R"({"deactivated":1})", R"({"locked":"no"})",
        R"({"user_type":"robot"})", R"({"logout_devices":0})", R"({"threepids":{}})", R"({"threepids":[{}]})",
        R"({"threepids":[{"medium":"letter","address":"x"}]})", R"({"external_ids":[{"auth_provider":"k"}]})",
        R"({"deactivated":true,"locked":true})", R"({"displayname":7})"}) {
    EXPECT_EQ(put("carl", boost::json::parse(wrong).as_object()).status, 400) << wrong;
  }
  EXPECT_EQ(put_status("carl", {{"password", std::string(513, 'x')}}).substr(0, 3), "400");
  EXPECT_EQ(put_status("anna", {{"external_ids", external("a")}}), "200");
  EXPECT_EQ(put_status("carl", {{"external_ids", external("a")}}), "409 M_UNKNOWN");
  EXPECT_EQ(status("GET", "/v2/users/@carl:example.org"), "404 M_NOT_FOUND");
  EXPECT_EQ(outcome(ask("PUT", "/v2/users/@carl:elsewhere.org", JsonObject())), "400 M_UNKNOWN");
}

TEST_F(UserRoutesTest, ChangesWhatIsSaidAndNothingElse) {
  EXPECT_EQ(put_status("anna", {{"displayname", "Anna A"}, {"avatar_url", "mxc://example.org/a"}}), "200");
  EXPECT_EQ(put_status("anna", {{"user_type", "bot"}, {"threepids", mail("a@x.org")}}), "200");
  auto shown = put("anna", {});
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.string_at("/displayname"), "Anna A");
  EXPECT_EQ(shown.string_at("/user_type"), "bot");
  EXPECT_EQ(shown.string_at("/threepids/0/address"), "a@x.org");
  EXPECT_EQ(server_.call(anna_, "GET", "/account/3pid").string_at("/threepids/0/address"), "a@x.org");
  const auto added = shown.at("/threepids/0/added_at").as_int64();
  EXPECT_EQ(put("anna", {{"threepids", mail("A@x.org")}}).at("/threepids/0/added_at").as_int64(), added);
  shown = put("anna", {{"displayname", ""}, {"avatar_url", ""}, {"user_type", nullptr}, {"threepids", JsonArray()}});
  EXPECT_TRUE(shown.at("/displayname").is_null());
  EXPECT_TRUE(shown.at("/avatar_url").is_null());
  EXPECT_TRUE(shown.at("/user_type").is_null());
  EXPECT_TRUE(shown.at("/threepids").as_array().empty());
  EXPECT_TRUE(is_signed_in(anna_));
}

TEST_F(UserRoutesTest, APasswordSignsOutUnlessItIsSaidOtherwise) {
  EXPECT_EQ(put_status("anna", {{"password", "one"}, {"logout_devices", false}}), "200");
  EXPECT_TRUE(is_signed_in(anna_));
  EXPECT_EQ(put_status("anna", {{"password", "two"}}), "200");
  EXPECT_FALSE(is_signed_in(anna_));
  EXPECT_TRUE(can_sign_in("anna", "two"));
  EXPECT_EQ(put_status("root", {{"password", "three"}}), "200");
  EXPECT_TRUE(is_signed_in(root_));  // who changes their own stays
}

TEST_F(UserRoutesTest, LocksAndUnlocks) {
  EXPECT_TRUE(put("anna", {{"locked", true}}).at("/locked").as_bool());
  EXPECT_EQ(outcome(server_.call(anna_, "GET", "/account/whoami")), "401 M_USER_LOCKED");
  EXPECT_FALSE(put("anna", {{"locked", false}}).at("/locked").as_bool());
  EXPECT_TRUE(is_signed_in(anna_));
}

TEST_F(UserRoutesTest, ADeactivatedAccountComesBackWithAPassword) {
  EXPECT_EQ(put_status("anna", {{"threepids", mail("a@x.org")}}), "200");
  auto gone = put("anna", {{"deactivated", true}});
  EXPECT_TRUE(gone.at("/deactivated").as_bool()) << gone.text;
  EXPECT_TRUE(gone.at("/threepids").as_array().empty());
  EXPECT_FALSE(is_signed_in(anna_));
  EXPECT_EQ(put_status("anna", {{"displayname", "Ghost"}}), "400 M_UNKNOWN");
  EXPECT_EQ(put_status("anna", {{"displayname", ""}, {"deactivated", true}}), "200");
  EXPECT_EQ(put_status("anna", {{"deactivated", false}}), "400 M_UNKNOWN");
  const auto back = put("anna", {{"deactivated", false}, {"password", "again"}, {"displayname", "Anna"}});
  EXPECT_EQ(back.status, 200) << back.text;
  EXPECT_FALSE(back.at("/deactivated").as_bool());
  EXPECT_EQ(back.string_at("/displayname"), "Anna");
  EXPECT_TRUE(can_sign_in("anna", "again"));
  EXPECT_FALSE(is_signed_in(anna_));
}

TEST_F(UserRoutesTest, TheAdminRightIsGivenAndTaken) {
  EXPECT_EQ(ask("GET", "/v1/users/@anna:example.org/admin").text, R"({"admin":false})");
  EXPECT_EQ(ask("PUT", "/v1/users/@anna:example.org/admin", JsonObject{{"admin", true}}).text, "{}");
  EXPECT_EQ(outcome(as(anna_, "GET", "/v2/users")), "200");
  EXPECT_EQ(put_status("anna", {{"admin", false}}), "200");
  EXPECT_EQ(outcome(as(anna_, "GET", "/v2/users")), "403 M_FORBIDDEN");
  EXPECT_EQ(status("PUT", "/v1/users/@anna:example.org/admin", JsonObject()), "400 M_MISSING_PARAM");
  EXPECT_EQ(status("PUT", "/v1/users/@nobody:example.org/admin", JsonObject{{"admin", true}}), "404 M_NOT_FOUND");
}

TEST_F(UserRoutesTest, NobodyTakesTheRightFromThemselvesAndTheLastOneKeepsIt) {
  EXPECT_EQ(status("PUT", "/v1/users/@root:example.org/admin", JsonObject{{"admin", false}}), "400 M_UNKNOWN");
  EXPECT_EQ(put_status("root", {{"admin", false}}), "400 M_UNKNOWN");
  EXPECT_EQ(put_status("root", {{"locked", true}}), "409 M_UNKNOWN");
  EXPECT_EQ(put_status("root", {{"deactivated", true}}), "409 M_UNKNOWN");
  EXPECT_EQ(status("POST", "/v1/deactivate/@root:example.org", JsonObject()), "409 M_UNKNOWN");
  EXPECT_EQ(put_status("anna", {{"admin", true}}), "200");
  EXPECT_EQ(status("POST", "/v1/deactivate/@root:example.org", JsonObject()), "200");
}

TEST_F(UserRoutesTest, NoAccountOfAnotherTenantAdministersTheServer) {
  auto& tenants = server_.context->get<identity::Tenants>();
  const auto tenant = server_.wait(tenants.create("birch")).value();
  auto& principals = server_.context->get<identity::Principals>();
  const auto account = server_.wait(accounts().account(kAnna)).value();
  ASSERT_TRUE(server_.wait(principals.for_account(account)));
  ASSERT_TRUE(server_.wait(tenants.move(kAnna, tenant.id)));
  EXPECT_EQ(put_status("anna", {{"admin", true}, {"displayname", "A"}}), "403 M_FORBIDDEN");
  EXPECT_EQ(status("PUT", "/v1/users/@anna:example.org/admin", JsonObject{{"admin", true}}), "403 M_FORBIDDEN");
  EXPECT_EQ(ask("GET", "/v2/users/@anna:example.org").string_at("/displayname"), "anna");
}

TEST_F(UserRoutesTest, DeactivatesAndErases) {
  EXPECT_EQ(ask("POST", "/v1/deactivate/@anna:example.org", JsonObject{{"erase", true}}).text,
            R"({"id_server_unbind_result":"no-support"})");
  EXPECT_TRUE(ask("GET", "/v2/users/@anna:example.org").at("/erased").as_bool());
  EXPECT_EQ(ask("POST", "/v1/deactivate/@anna:example.org", JsonObject()).status, 200);
  EXPECT_TRUE(ask("GET", "/v2/users/@anna:example.org").at("/erased").as_bool()) << "what was asked for once stays";
  EXPECT_FALSE(is_signed_in(anna_));
  EXPECT_EQ(status("POST", "/v1/deactivate/@anna:example.org"), "200");
  EXPECT_EQ(status("POST", "/v1/deactivate/@nobody:example.org"), "404 M_NOT_FOUND");
  EXPECT_EQ(status("POST", "/v1/deactivate/@anna:elsewhere.org"), "400 M_UNKNOWN");
  EXPECT_EQ(status("POST", "/v1/deactivate/@root:example.org", JsonObject{{"erase", "yes"}}).substr(0, 3), "400");
}

TEST_F(UserRoutesTest, ResetsPasswords) {
  const std::string path = "/v1/reset_password/@anna:example.org";
  EXPECT_EQ(ask("POST", path, JsonObject{{"new_password", "one"}, {"logout_devices", false}}).text, "{}");
  EXPECT_TRUE(is_signed_in(anna_));
  EXPECT_EQ(status("POST", path, JsonObject{{"new_password", "two"}}), "200");
  EXPECT_FALSE(is_signed_in(anna_));
  EXPECT_TRUE(can_sign_in("anna", "two"));
  EXPECT_EQ(status("POST", path, JsonObject()), "400 M_MISSING_PARAM");
  EXPECT_EQ(status("POST", "/v1/reset_password/@nobody:example.org", JsonObject{{"new_password", "xxx"}}),
            "404 M_NOT_FOUND");
  EXPECT_EQ(audited(),
            "@root:example.org user.password @anna:example.org; "
            "@root:example.org user.password @anna:example.org; ");
}

TEST_F(UserRoutesTest, ATokenOfItsOwnActsAsTheUser) {
  const auto token = ask("POST", "/v1/users/@anna:example.org/login").string_at("/access_token");
  const auto who = server_.call(token, "GET", "/account/whoami");
  EXPECT_EQ(who.string_at("/user_id"), kAnna);
  EXPECT_FALSE(who.json.as_object().contains("device_id"));
  EXPECT_EQ(server_.call(token, "GET", "/devices").at("/devices").as_array().size(), 1U);
  EXPECT_EQ(server_.call(token, "POST", "/logout").status, 200);
  EXPECT_FALSE(is_signed_in(token));
  EXPECT_TRUE(is_signed_in(anna_));
  const auto over = ask("POST", "/v1/users/@anna:example.org/login", JsonObject{{"valid_until_ms", 1'000}});
  EXPECT_EQ(outcome(server_.call(over.string_at("/access_token"), "GET", "/account/whoami")), "401 M_UNKNOWN_TOKEN");
  EXPECT_EQ(status("POST", "/v1/users/@root:example.org/login", JsonObject()), "400 M_UNKNOWN");
  EXPECT_EQ(status("POST", "/v1/users/@nobody:example.org/login"), "404 M_NOT_FOUND");
  EXPECT_EQ(status("POST", "/v1/users/@anna:example.org/login", JsonObject{{"valid_until_ms", "x"}}).substr(0, 3),
            "400");
  ASSERT_TRUE(server_.wait(accounts().deactivate(kAnna)));
  EXPECT_EQ(status("POST", "/v1/users/@anna:example.org/login"), "403 M_USER_DEACTIVATED");
}

TEST_F(UserRoutesTest, OfManySuchTokensTheOldestGo) {
  const std::string path = "/v1/users/@anna:example.org/login";
  const auto first = ask("POST", path).string_at("/access_token");
  ASSERT_TRUE(is_signed_in(first));
  // Of two of one millisecond neither is the older.
  const auto made = base::system_clock().unix_ms();
  while (base::system_clock().unix_ms() == made) std::this_thread::yield();
  std::string last;
  for (int i = 0; i < 100; ++i) last = ask("POST", path).string_at("/access_token");
  EXPECT_FALSE(is_signed_in(first));
  EXPECT_TRUE(is_signed_in(last));
}

TEST_F(UserRoutesTest, WhereSomebodyIsSignedIn) {
  const auto shown = ask("GET", "/v1/whois/@anna:example.org");
  EXPECT_EQ(shown.string_at("/user_id"), kAnna);
  EXPECT_TRUE(shown.at("/devices//sessions/0/connections/0/last_seen").is_int64()) << shown.text;
  EXPECT_EQ(server_.call(anna_, "GET", "/admin/whois/@anna:example.org").text, shown.text);
  EXPECT_EQ(server_.call(root_, "GET", "/admin/whois/@anna:example.org").text, shown.text);
  EXPECT_EQ(outcome(server_.call(anna_, "GET", "/admin/whois/@root:example.org")), "403 M_FORBIDDEN");
  EXPECT_EQ(outcome(server_.call(anna_, "GET", "/admin/whois/@nobody:example.org")), "403 M_FORBIDDEN");
  EXPECT_EQ(ask("GET", "/v1/whois/@nobody:example.org").text,
            R"({"user_id":"@nobody:example.org","devices":{"":{"sessions":[{"connections":[]}]}}})");
  EXPECT_EQ(status("GET", "/v1/whois/@anna:elsewhere.org"), "400 M_UNKNOWN");
}

}  // namespace
}  // namespace troupe::homeserver::admin
