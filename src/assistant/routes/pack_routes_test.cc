// /api/v1/packs behind the real router: who may see and change what, and that no secret comes out of it.
#include "assistant/routes/pack_routes_fixture.h"

namespace troupe::assistant::routes {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kCanary = "canary-4711-of-the-house";

TEST_F(PackRoutesTest, ListsWithPagesAndShowsOperations) {
  const auto all = api("GET", "/api/v1/packs");
  ASSERT_EQ(all.status, 200) << all.text;
  EXPECT_EQ(all["/total"], 5);
  EXPECT_EQ(all["/items/0/service"], "acculynx");
  EXPECT_EQ(all["/items/0/source"], "shipped");
  EXPECT_EQ(all["/items/0/ready"], false);
  const auto page = api("GET", "/api/v1/packs?from=1&limit=2");
  EXPECT_EQ(page["/items/0/service"], "bolt");
  EXPECT_EQ(page["/items"].as_array().size(), 2U);
  EXPECT_EQ(page["/next_from"], 3);
  EXPECT_EQ(api("GET", "/api/v1/packs?limit=0").status, 400);
  const auto slack = api("GET", "/api/v1/packs/slack");
  ASSERT_EQ(slack.status, 200) << slack.text;
  EXPECT_EQ(slack["/title"], "Slack");
  EXPECT_FALSE(slack["/operations"].as_array().empty());
  EXPECT_EQ(slack["/settings/keys/0/name"], "key");
  EXPECT_EQ(slack["/settings/keys/0/from"], "nowhere");
  EXPECT_EQ(slack["/settings/keys/0/environment"], "SLACK_API_KEY");
  EXPECT_EQ(api("GET", "/api/v1/packs/nothing").status, 404);
  EXPECT_EQ(call("GET", "/api/v1/packs", "", "").status, 401);
}

TEST_F(PackRoutesTest, OnlyAdministratorsChangeAndSeeWhatIsSet) {
  const auto seen = developer("GET", "/api/v1/packs/slack");
  ASSERT_EQ(seen.status, 200) << seen.text;
  EXPECT_FALSE(seen.body.as_object().contains("settings"));
  EXPECT_FALSE(seen["/operations"].as_array().empty());
  EXPECT_EQ(developer("PUT", "/api/v1/packs/slack", R"({"enabled":false})").status, 403);
  EXPECT_EQ(developer("POST", "/api/v1/packs", shop()).status, 403);
  EXPECT_EQ(developer("POST", "/api/v1/packs/reload").status, 403);
  EXPECT_EQ(developer("POST", "/api/v1/packs/slack/test").status, 403);
  EXPECT_EQ(developer("DELETE", "/api/v1/packs/slack").status, 403);
}

TEST_F(PackRoutesTest, SetsKeysAddressAndRule) {
  const auto set = api("PUT", "/api/v1/packs/slack",
                       R"({"secrets":{"key":")" + std::string(kCanary) +
                           R"("},"approval":{"by":"named","names":["@admin:localhost"]}})");
  ASSERT_EQ(set.status, 200) << set.text;
  EXPECT_EQ(set["/ready"], true);
  EXPECT_EQ(set["/settings/keys/0/from"], "stored");
  EXPECT_EQ(set["/settings/approval/by"], "named");
  EXPECT_EQ(set["/settings/approval_set"], true);
  const auto moved = api("PUT", "/api/v1/packs/slack", R"({"base_url":"https://elsewhere.example"})");
  EXPECT_EQ(moved["/settings/base_url_from"], "stored");
  EXPECT_EQ(moved["/settings/keys_unused"], true);
  EXPECT_EQ(moved["/settings/keys/0/from"], "nowhere");
  EXPECT_EQ(moved["/ready"], false);
  const auto off = api("PUT", "/api/v1/packs/slack", R"({"enabled":false,"approval":{"by":"pack"}})");
  EXPECT_EQ(off["/enabled"], false);
  EXPECT_EQ(off["/settings/approval_set"], false);

  for (const auto* wrong : {R"({"secrets":{"key":"canary with spaces"}})", R"({"secrets":{"other":"canary-4711"}})",
                            R"({"secrets":{"key":7}})", R"({"secrets":{"key":""}})", R"({"base_url":"slack"})",
                            R"({"approval":{"by":"everybody"}})", R"({"approval":{"by":"named"}})",
                            R"({"enabled":"yes"})", R"({"password":"canary-4711"})"}) {
    EXPECT_EQ(api("PUT", "/api/v1/packs/slack", wrong).status, 400) << wrong;
  }
  EXPECT_EQ(api("PUT", "/api/v1/packs/nothing", R"({"enabled":true})").status, 404);
  const auto audit = must(context->get<identity::Audit>().page(1, {}));
  std::string told;
  for (const auto& each : audit.items) told += each.action + boost::json::serialize(each.detail);
  EXPECT_THAT(told, HasSubstr("pack.change"));
  EXPECT_THAT(told, HasSubstr("key set"));
  EXPECT_THAT(told, Not(HasSubstr("canary")));
}

TEST_F(PackRoutesTest, AddsTestsAndRemovesAPack) {
  const auto added = api("POST", "/api/v1/packs", shop());
  ASSERT_EQ(added.status, 201) << added.text;
  EXPECT_EQ(added["/service"], "shop");
  EXPECT_EQ(added["/replaced"], false);
  EXPECT_EQ(api("GET", "/api/v1/packs/shop")["/source"], "added");
  EXPECT_EQ(api("POST", "/api/v1/packs/shop/test")["/verdict"], "bad") << "it has no key";
  api("PUT", "/api/v1/packs/shop", R"({"secrets":{"key":")" + std::string(kCanary) + R"("}})");
  http.answers = {{.body = R"([{"name":"canary-4711-of-the-house"}])"}};
  const auto tested = api("POST", "/api/v1/packs/shop/test");
  EXPECT_EQ(tested["/verdict"], "good") << tested.text;
  EXPECT_EQ(tested["/operation"], "list_things");
  EXPECT_EQ(api("POST", "/api/v1/packs/reload")["/total"], 6);
  EXPECT_EQ(api("DELETE", "/api/v1/packs/shop").status, 204);
  EXPECT_EQ(api("GET", "/api/v1/packs/shop").status, 404);
  EXPECT_EQ(api("DELETE", "/api/v1/packs/shop").status, 404);
  EXPECT_EQ(api("DELETE", "/api/v1/packs/slack").status, 400);
  const auto bad = api("POST", "/api/v1/packs", R"({"files":{"config.json":"{\"service\":\"none\"}"}})");
  EXPECT_EQ(bad.status, 400);
  EXPECT_EQ(bad["/errors/0/pointer"], "/files/config.json/service") << bad.text;
  EXPECT_EQ(api("POST", "/api/v1/packs", R"({"files":{"config.json":7}})").status, 400);
  EXPECT_EQ(api("POST", "/api/v1/packs", R"({"files":{}})").status, 400);
}

}  // namespace
}  // namespace troupe::assistant::routes
