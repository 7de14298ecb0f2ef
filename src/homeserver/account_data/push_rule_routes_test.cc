// Push rules through their routes; what the rules mean is tested in matrix/push_rules_test.cc.
#include "homeserver/crypto/crypto_fixture.h"

namespace troupe::homeserver::account_data {
namespace {

using matrix::JsonObject;

class PushRuleRoutesTest : public crypto::CryptoTest {
 protected:
  PushRuleRoutesTest() : alice(sign_in("alice")) {}
  static JsonObject word(std::string_view pattern) { return {{"pattern", pattern}, {"actions", {"notify"}}}; }
  std::string alice;
};

TEST_F(PushRuleRoutesTest, ShowsThePredefinedSet) {
  const auto all = get(alice, "/pushrules/");
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(all.string_at("/global/override/0/rule_id"), ".m.rule.master");
  EXPECT_EQ(get(alice, "/pushrules").json, all.json);
  EXPECT_EQ(get(alice, "/pushrules/global/").json, all.at("/global"));
  EXPECT_EQ(get(alice, "/pushrules/global").json, all.at("/global"));
  EXPECT_EQ(get(alice, "/pushrules/global/override").json, all.at("/global/override"));
  EXPECT_EQ(get(alice, "/pushrules/global/override/.m.rule.master").json, all.at("/global/override/0"));
  EXPECT_EQ(get(alice, "/pushrules/global/override/.m.rule.master/enabled").json, (JsonObject{{"enabled", false}}));
  EXPECT_EQ(get(alice, "/pushrules/global/underride/.m.rule.message/actions").string_at("/actions/0"), "notify");
  EXPECT_EQ(get(alice, "/user/" + user("alice") + "/account_data/m.push_rules").at("/global"), all.at("/global"));
}

TEST_F(PushRuleRoutesTest, AddsChangesAndRemovesRulesAndSyncShowsThem) {
  auto since = now(alice);
  EXPECT_EQ(put(alice, "/pushrules/global/content/troupe", word("troupe")).status, 200);
  const auto seen = sync(alice, since);
  EXPECT_EQ(seen.string_at("/account_data/events/0/type"), "m.push_rules");
  EXPECT_EQ(seen.string_at("/account_data/events/0/content/global/content/0/rule_id"), "troupe");
  EXPECT_EQ(put(alice, "/pushrules/global/content/play?before=troupe", word("play")).status, 200);
  EXPECT_EQ(get(alice, "/pushrules/").string_at("/global/content/0/rule_id"), "play");
  EXPECT_EQ(put(alice, "/pushrules/global/content/play/enabled", {{"enabled", false}}).status, 200);
  EXPECT_EQ(get(alice, "/pushrules/global/content/play/enabled").at("/enabled"), false);
  EXPECT_EQ(put(alice, "/pushrules/global/content/play/actions", {{"actions", matrix::JsonArray()}}).status, 200);
  EXPECT_EQ(get(alice, "/pushrules/global/content/play/actions").at("/actions"), matrix::JsonArray());
  restart_all();
  EXPECT_EQ(get(alice, "/pushrules/global/content/play/enabled").at("/enabled"), false);
  EXPECT_EQ(call(alice, "DELETE", "/pushrules/global/content/play").status, 200);
  EXPECT_EQ(get(alice, "/pushrules/global/content/play").errcode(), "M_NOT_FOUND");
  EXPECT_EQ(put(alice, "/pushrules/global/room/%21r%3Aexample.org", {{"actions", {"notify"}}}).status, 200);
  EXPECT_EQ(get(alice, "/pushrules/").string_at("/global/room/0/rule_id"), "!r:example.org");
}

TEST_F(PushRuleRoutesTest, OldActionsComeBackAsTheyWereWritten) {
  const matrix::JsonArray old{"dont_notify", "coalesce", JsonObject{{"set_tweak", "sound"}, {"value", "x"}}};
  const auto since = now(alice);
  EXPECT_EQ(put(alice, "/pushrules/global/content/tea", {{"pattern", "tea"}, {"actions", old}}).status, 200);
  EXPECT_EQ(get(alice, "/pushrules/global/content/tea").at("/actions"), old);
  EXPECT_EQ(sync(alice, since).at("/account_data/events/0/content/global/content/0/actions"), old);
  EXPECT_EQ(put(alice, "/pushrules/global/content/tea/actions", {{"actions", {"dont_notify"}}}).status, 200);
  EXPECT_EQ(get(alice, "/pushrules/global/content/tea/actions").at("/actions"), matrix::JsonArray{"dont_notify"});
  EXPECT_EQ(put(alice, "/pushrules/global/content/tea/actions", {{"actions", {"dont notify"}}}).status, 400);
}

TEST_F(PushRuleRoutesTest, TurnsPredefinedRulesOffButKeepsThem) {
  EXPECT_EQ(put(alice, "/pushrules/global/underride/.m.rule.message/enabled", {{"enabled", false}}).status, 200);
  EXPECT_EQ(get(alice, "/pushrules/global/underride/.m.rule.message/enabled").at("/enabled"), false);
  EXPECT_EQ(call(alice, "DELETE", "/pushrules/global/underride/.m.rule.message").status, 400);
  EXPECT_EQ(put(alice, "/pushrules/global/override/.mine", {{"actions", {"notify"}}}).status, 400);
}

TEST_F(PushRuleRoutesTest, RefusesWhatIsNoRule) {
  EXPECT_EQ(get(alice, "/pushrules/device/").status, 404);
  EXPECT_EQ(get(alice, "/pushrules/global/nonsense").status, 400);
  EXPECT_EQ(get(alice, "/pushrules/global/nonsense/x").errcode(), "M_NOT_FOUND");
  EXPECT_EQ(put(alice, "/pushrules/global/nonsense/x", word("x")).status, 400);
  EXPECT_EQ(put(alice, "/pushrules/global/content/x", JsonObject()).status, 400);
  EXPECT_EQ(put(alice, "/pushrules/global/content/x?after=none", word("x")).errcode(), "M_NOT_FOUND");
  EXPECT_EQ(call(alice, "DELETE", "/pushrules/global/content/x").errcode(), "M_NOT_FOUND");
  EXPECT_EQ(put(alice, "/pushrules/global/content/x/enabled", {{"enabled", true}}).errcode(), "M_NOT_FOUND");
  EXPECT_EQ(put(alice, "/pushrules/global/override/.m.rule.master/enabled", JsonObject()).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(put(alice, "/pushrules/global/override/.m.rule.master/enabled", {{"enabled", "yes"}}).errcode(),
            "M_BAD_JSON");
  EXPECT_EQ(put(alice, "/pushrules/global/override/.m.rule.master/actions", {{"actions", "notify"}}).status, 400);
}

}  // namespace
}  // namespace troupe::homeserver::account_data
