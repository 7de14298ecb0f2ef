// Tokens that outlast the program, files of rooms, and the test of a pack.
#include "assistant/services/grants.h"

#include "assistant/services/media_files.h"
#include "assistant/services/pack_tester.h"
#include "assistant/services/service_store.h"
#include "assistant/services/services_fixture.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/fake_http.h"

namespace troupe::assistant::services {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class GrantsTest : public ServicesFixture {
 protected:
  StoredGrants grants{{.db = *db, .sealing_key = key, .secrets = secrets, .clock = base::system_clock()}};
};

TEST_F(GrantsTest, AGrantIsSealedItsAccountsAloneAndInNobodysTexts) {
  EXPECT_FALSE(must(grants.load("7/shop")).has_value());
  must(grants.save("7/shop", {.access_token = "canary-access-1",
                              .refresh_token = "canary-refresh-1",
                              .expires_ms = 99,
                              .address = "https://token.example https://shop.example"}));
  EXPECT_THAT(all_text(), Not(HasSubstr("canary")));
  StoredGrants again({.db = *db, .sealing_key = key, .secrets = secrets, .clock = base::system_clock()});
  const auto found = must(again.load("7/shop"));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->access_token, "canary-access-1");
  EXPECT_EQ(found->refresh_token, "canary-refresh-1");
  EXPECT_EQ(found->expires_ms, 99);
  EXPECT_EQ(found->address, "https://token.example https://shop.example");
  EXPECT_TRUE(must(grants.save("7/shop", {.access_token = "canary-access-2",
                                          .refresh_token = "canary-refresh-2",
                                          .expires_ms = 99,
                                          .address = "https://token.example https://shop.example",
                                          .version = found->version})));
  EXPECT_EQ(secrets.redactor(7)->text("canary-access-1 canary-refresh-2"), "[REDACTED] [REDACTED]")
      << "the one before is still under way";

  must(db->write([](store::Tx& tx) -> Result<Unit> {
    tx.run("INSERT INTO as_grant (account, sealed, updated_ms) SELECT '8/shop', sealed, 0 FROM as_grant");
    return Unit{};
  }));
  EXPECT_EQ(run(grants.load("8/shop")).error().code(), Errc::internal);
}

TEST_F(GrantsTest, OneProcessRenewsAndReplacesOnlyWhatItHasRead) {
  const auto of_process = [this](std::string holder) {
    return StoredGrants({.db = *db,
                         .sealing_key = key,
                         .secrets = secrets,
                         .clock = base::system_clock(),
                         .holder = std::move(holder)});
  };
  auto a = of_process("a"), b = of_process("b");
  const std::string shop = "7/shop";
  EXPECT_FALSE(must(a.take_turn(shop, "")).has_value());
  EXPECT_FALSE(must(a.take_turn(shop, "")).has_value()) << "it was killed and has started again";
  const auto word = must(b.take_turn(shop, ""));
  ASSERT_TRUE(word.has_value());
  EXPECT_EQ(must(b.take_turn(shop, "")), word);
  EXPECT_FALSE(must(b.take_turn("7/other", "")).has_value());
  must(b.end_turn(shop));
  EXPECT_EQ(must(b.take_turn(shop, "")), word) << "only its own";
  EXPECT_TRUE(must(a.save(shop, {.access_token = "canary-a", .refresh_token = "canary-r", .address = "x"})));
  EXPECT_FALSE(must(b.take_turn(shop, "")).has_value()) << "it is stored, and the turn over";
  const auto lapsed = must(a.take_turn(shop, ""));
  EXPECT_FALSE(must(a.take_turn(shop, *lapsed)).has_value()) << "taken for dead";
  EXPECT_TRUE(must(b.take_turn(shop, *lapsed)).has_value()) << "what lapsed is not that one any more";

  const auto read = *must(b.load(shop));
  auto next = read;
  next.access_token = "canary-b";
  EXPECT_TRUE(must(a.save(shop, next)));
  EXPECT_FALSE(must(b.save(shop, read))) << "another one is stored by now";
  EXPECT_EQ(must(b.load(shop))->access_token, "canary-b");
  must(db->write([&](store::Tx& tx) -> Result<Unit> {
    service_store::remove_grant(tx, shop);
    return Unit{};
  }));
  EXPECT_FALSE(must(b.save(shop, next))) << "it was taken away";
  EXPECT_FALSE(must(b.load(shop)).has_value());
  EXPECT_FALSE(must(grants.take_turn(shop, "")).has_value()) << "who is alone on its database";
}

class OneFile final : public matrix::MediaRepository {
 public:
  Task<matrix::Media> download(std::string mxc, std::size_t max_bytes) override {
    if (mxc != "mxc://localhost/roof") co_return Error(Errc::not_found, "There is no such file.");
    if (max_bytes < 4) co_return Error(Errc::too_large, "The file is too large.");
    co_return matrix::Media{.bytes = "roof", .content_type = "image/jpeg", .name = "roof.jpg"};
  }
  Task<std::string> upload(std::string /*user_id*/, matrix::Media /*media*/) override {
    co_return Error(Errc::unavailable, "no");
  }
};

TEST_F(GrantsTest, FilesAreReadForAPersonAlone) {
  OneFile media;
  const FileLinks links(
      {.public_base = "https://chat.example", .local_base = {}, .key = key, .clock = base::system_clock()});
  MediaFiles files(media, links);
  EXPECT_TRUE(files.is_reference("mxc://localhost/roof"));
  EXPECT_FALSE(files.is_reference("a text"));
  const auto blob = must(files.read("@anna:localhost", "mxc://localhost/roof", 100));
  EXPECT_EQ(blob.bytes + blob.content_type + blob.name, "roofimage/jpegroof.jpg");
  EXPECT_EQ(run(files.read("", "mxc://localhost/roof", 100)).error().code(), Errc::not_found);
  const auto link = must(files.link("@anna:localhost", "mxc://localhost/roof", "https://vendor.example"));
  EXPECT_TRUE(link.starts_with("https://chat.example/_troupe/files/")) << link;
  EXPECT_EQ(run(files.link("", "mxc://localhost/roof", "https://vendor.example")).error().code(), Errc::not_found);
  EXPECT_EQ(run(files.link("@anna:localhost", "mxc://localhost/none", "https://vendor.example")).error().code(),
            Errc::not_found);
  EXPECT_EQ(run(files.read("@anna:localhost", "mxc://localhost/roof", 3)).error().code(), Errc::too_large);
}

class PackTestTest : public ServicesFixture {
 protected:
  static constexpr std::string_view kKey = "canary-4711-of-the-house";
  calls::Pause no_pause() {
    return [](std::chrono::milliseconds) -> asio::awaitable<void> { co_return; };
  }
  calls::CallOptions options() {
    calls::CallOptions out;
    out.pause = no_pause();
    return out;
  }
  Tested tested(const std::string& service, std::int64_t tenant = 1) {
    const auto found = stock(tenant)->find(service);
    return must(tester.test(*found->use, {.tenant_id = tenant, .principal_id = 10, .label = "@anna:localhost"}));
  }
  std::string journal_text() {
    std::string text;
    EXPECT_TRUE(db->read_now([&](store::Connection& c) -> Result<Unit> {
      text.clear();
      for (std::string_view sql : {"SELECT url || request || COALESCE(response, '') || error FROM as_call",
                                   "SELECT action || target || detail FROM id_audit"}) {
        for (const auto& one : store::values<std::string>(c.query(sql))) text += one + "\n";
      }
      return Unit{};
    }));
    return text;
  }

  kit::FakeHttp http;
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  identity::Audit audit{*db, *bus, base::system_clock()};
  tasks::Journal journal{{.db = *db, .bus = *bus, .audit = audit, .clock = base::system_clock(), .secrets = secrets}};
  StoredGrants grants{{.db = *db, .sealing_key = key, .secrets = secrets, .clock = base::system_clock()}};
  OneFile media;
  FileLinks links{FileLinks::Uses{.public_base = {}, .local_base = {}, .key = key, .clock = base::system_clock()}};
  MediaFiles files{media, links};
  calls::Limits limits{base::system_clock(), no_pause()};
  calls::Tokens tokens{http, base::system_clock(), grants, no_pause()};
  calls::Caller caller{http, limits, tokens, files, base::system_clock(), options()};
  PackTester tester{caller, journal, secrets, nullptr};
};

TEST_F(PackTestTest, CallsWhatThePackNamesWithItsTenantsKey) {
  set_key(1, "slack", std::string(kKey));
  http.answers = {{.body = R"({"ok":true,"user":"troupe","echo":"canary-4711-of-the-house"})"}};
  const auto good = tested("slack");
  EXPECT_EQ(good.verdict, Verdict::good) << good.summary;
  EXPECT_EQ(good.operation, "who_am_i");
  EXPECT_EQ(good.status, 200);
  ASSERT_EQ(http.requests.size(), 1U);
  EXPECT_EQ(http.requests.front().headers.get("Authorization"), "Bearer " + std::string(kKey));
  EXPECT_EQ(http.requests.front().trust, net::client::Trust::untrusted);
  EXPECT_THAT(journal_text(), HasSubstr("auth.test"));
  EXPECT_THAT(journal_text(), HasSubstr("assistant.call{")) << "it is in the audit";
  EXPECT_THAT(journal_text(), Not(HasSubstr("canary")));

  EXPECT_EQ(tested("slack", kOther).verdict, Verdict::bad) << "the other tenant has no key";
  EXPECT_EQ(http.requests.size(), 1U);
}

TEST_F(PackTestTest, SaysWhatIsWrong) {
  set_key(1, "slack", std::string(kKey));
  http.answers = {{.body = R"({"ok":false,"error":"invalid_auth canary-4711-of-the-house"})"}};
  const auto refused = tested("slack");
  EXPECT_EQ(refused.verdict, Verdict::bad);
  EXPECT_THAT(refused.summary, HasSubstr("does not take the key"));
  EXPECT_THAT(refused.summary, Not(HasSubstr("canary")));
  http.answers = {{.status = 500, .type = "text/html", .body = "<html>"}};
  EXPECT_EQ(tested("slack").verdict, Verdict::unsure);
  http.answers = {{.broken = Error(Errc::unavailable, "nobody listens")}};
  const auto away = tested("slack");
  EXPECT_EQ(away.verdict, Verdict::bad);
  EXPECT_THAT(away.summary, HasSubstr("out of reach"));
  const auto missing = tested("bolt");
  EXPECT_EQ(missing.verdict, Verdict::bad);
  EXPECT_THAT(missing.summary, HasSubstr("\"key\" is not set"));
}

TEST_F(PackTestTest, TroupesOwnPackHasAKeyOfWhoeverAsksForOneCall) {
  base::ManualClock clock;
  identity::ActingKeys keys(clock);
  identity::Principals principals(*db, clock);
  net::route::CredentialGuard guard(false, clock);
  identity::ApiKeys api_keys(*db, guard, clock);
  kit::FakeHomeserver home(*bus, clock);
  net::route::Router router{metrics};
  own::OwnClient client({.router = router,
                         .keys = keys,
                         .principals = principals,
                         .api_keys = api_keys,
                         .accounts = home,
                         .clock = clock,
                         .outside = http,
                         .matrix_listener = {}});
  home.add_person("anna");
  const auto anna = must(principals.for_account(must(home.account("@anna:localhost"))));
  const tasks::Who who{.tenant_id = anna.tenant_id, .principal_id = anna.id, .label = anna.label()};
  const auto own_pack = *stock()->find(std::string(own::kService))->use;
  EXPECT_TRUE(own_pack.missing_secrets.empty());

  const auto lent = must(lend(own_pack, &client, who, net::route::Role::member));
  EXPECT_EQ(lent.service.secrets.at("key"), lent.key);
  EXPECT_TRUE(keys.find(lent.key));
  give_back(&client, lent.key);
  EXPECT_FALSE(keys.find(lent.key)) << "the call is over";

  EXPECT_EQ(must(lend(own_pack, nullptr, who, net::route::Role::member)).key, "");
  set_key(1, "slack", std::string(kKey));
  const auto other = must(lend(*stock()->find("slack")->use, &client, who, net::route::Role::member));
  EXPECT_EQ(other.key, "");
  EXPECT_EQ(other.service.secrets.at("key"), kKey);
  auto added = own_pack;
  added.source = packs::Source::added;
  EXPECT_EQ(must(lend(added, &client, who, net::route::Role::member)).key, "") << "somebody else made it";
}

TEST_F(PackTestTest, ChoosesWhatListsAndNeedsNothing) {
  auto checked = packs::read_pack(small_pack("shop"));
  ASSERT_TRUE(checked.pack.has_value());
  EXPECT_EQ(test_call_of(*checked.pack)->operation, "list_things");
  auto named = small_pack("shop");
  auto config = kit::must(matrix::parse_json(named["config.json"])).get_object();
  config["test"] = matrix::JsonObject{{"operation", "create_thing"}};
  named["config.json"] = boost::json::serialize(config);
  EXPECT_TRUE(packs::read_pack(named).findings.has_errors()) << "it writes";
  for (const auto& service : packs::shipped_services()) {
    checked = packs::read_pack(packs::shipped_pack(service));
    ASSERT_TRUE(checked.pack.has_value()) << service;
    EXPECT_TRUE(test_call_of(*checked.pack).has_value()) << service;
  }
}

}  // namespace
}  // namespace troupe::assistant::services
