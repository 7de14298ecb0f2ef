// What tenants are offered, their keys, and what becomes of both when somebody changes them.
#include <fstream>

#include "assistant/services/services_fixture.h"

namespace troupe::assistant::services {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kCanary = "canary-4711-of-the-house";
const std::string kOtherCanary = "canary-0815-of-another";

class ServicesTest : public ServicesFixture {
 protected:
  static std::string key_of(const Offer& offer, std::string_view service) {
    const auto* found = offer.find(service);
    if (!found || !found->service.secrets.contains("key")) return {};
    return found->service.secrets.at("key");
  }
  std::string redacted(std::int64_t tenant, const std::string& text) { return secrets.redactor(tenant)->text(text); }
};

TEST_F(ServicesTest, TheEnvironmentsKeysAreTheDefaultTenants) {
  settings.given["slack"] = {{"key", kCanary}, {"base_url", "http://127.0.0.1:9/api"}};
  const auto own = offer();
  EXPECT_EQ(key_of(*own, "slack"), kCanary);
  EXPECT_EQ(own->find("slack")->service.base_url, "http://127.0.0.1:9/api");
  EXPECT_TRUE(own->find("slack")->service.base_is_configured);
  EXPECT_EQ(own->find("slack")->service.account, "1/slack");
  EXPECT_THAT(own->find("bolt")->missing_secrets, ElementsAre("key", "token_name"));
  EXPECT_FALSE(own->find("bolt")->service.base_is_configured) << "the pack's own address leads to no private network";
  EXPECT_TRUE(own->find("troupe")->service.base_is_configured);

  const auto others = offer(kOther);
  EXPECT_EQ(key_of(*others, "slack"), "");
  EXPECT_EQ(others->find("slack")->service.base_url, "https://slack.com/api");
  EXPECT_FALSE(others->find("slack")->service.base_is_configured);
  EXPECT_THAT(others->find("slack")->missing_secrets, ElementsAre("key"));
  EXPECT_EQ(redacted(kOther, "it is " + kCanary), "it is [REDACTED]") << "the server's own is shown to nobody";
}

TEST_F(ServicesTest, TheConfigurationNamesTheShippedPacksKeys) {
  host::Settings all;
  const auto rows = service_setting_rows();
  const auto row = [&](std::string_view key) -> const host::Setting& {
    return *std::ranges::find(rows, key, &host::Setting::key);
  };
  EXPECT_THAT(row("slack.api_key").environment, ElementsAre("SLACK_API_KEY", "SLACK_BOT_TOKEN"));
  EXPECT_EQ(row("slack.api_key").secret, host::Secret::yes);
  EXPECT_FALSE(row("slack.api_key").value.read(all, kCanary).has_value());
  EXPECT_FALSE(row("slack.base_url").value.read(all, "https://slack.example/api").has_value());
  EXPECT_TRUE(row("slack.base_url").value.read(all, "slack").has_value());
  EXPECT_EQ(row("slack.base_url").value.write(all), "https://slack.example/api");
  EXPECT_EQ(row("bolt.token_name").value.write(all), "");
  settings = all.of<ServiceSettings>();
  EXPECT_EQ(key_of(*offer(), "slack"), kCanary);
  // Every variable that a shipped pack needs has a row.
  for (const auto& service : packs::shipped_services()) {
    for (const auto& name : packs::read_pack(packs::shipped_pack(service)).pack->config.auth.secrets()) {
      const auto variable = packs::environment_name(service, name);
      EXPECT_TRUE(std::ranges::any_of(rows, [&](const auto& each) { return each.environment.front() == variable; }))
          << variable;
    }
  }
}

TEST_F(ServicesTest, AnAddedPacksKeysComeFromTheEnvironmentByItsName) {
  environment["SHOP_API_KEY"] = kCanary;
  kit::must(packs::AddedPacks(dir.path() / "data").add("shop", small_pack("shop")));
  EXPECT_EQ(key_of(*offer(), "shop"), kCanary);
  EXPECT_EQ(redacted(1, kCanary), "[REDACTED]");
}

TEST_F(ServicesTest, RoutesAndPlansWhatThePacksSay) {
  const auto known = offer();
  EXPECT_EQ(known->router().route("post \"hello\" to the #general channel in slack").service, "slack");
  EXPECT_NE(known->catalogue().find("slack", "send_message"), nullptr);
  EXPECT_THAT(known->narrower().best("post a message to slack"), Not(IsEmpty()));
  EXPECT_EQ(known->find("nothing"), nullptr);
}

TEST_F(ServicesTest, StoredKeysAreSealedTheirTenantsAlone) {
  settings.given["slack"] = {{"key", "the-environments-own"}};
  set_key(1, "slack", kCanary);
  set_key(kOther, "slack", kOtherCanary);
  EXPECT_EQ(key_of(*offer(), "slack"), kCanary) << "the stored one wins";
  EXPECT_EQ(key_of(*offer(kOther), "slack"), kOtherCanary);
  EXPECT_EQ(key_of(*offer(9), "slack"), "");
  EXPECT_EQ(redacted(1, kCanary), "[REDACTED]");
  EXPECT_EQ(redacted(kOther, kOtherCanary), "[REDACTED]");
  EXPECT_THAT(all_text(), Not(HasSubstr("canary")));
  restart();
  EXPECT_EQ(key_of(*offer(), "slack"), kCanary);

  // Whoever can write rows cannot have another tenant's key used for theirs.
  must(db->write([](store::Tx& tx) -> Result<Unit> {
    tx.run(
        "UPDATE as_service SET sealed_secrets = (SELECT sealed_secrets FROM as_service WHERE tenant_id = 1) "
        "WHERE tenant_id = 7");
    return Unit{};
  }));
  restart();
  EXPECT_EQ(key_of(*offer(kOther), "slack"), "");
  EXPECT_TRUE(stock(kOther)->find("slack")->keys_unused);

  Change forget;
  forget.secrets["key"] = std::nullopt;
  must(services().change(as(), "slack", forget));
  EXPECT_EQ(key_of(*offer(), "slack"), "the-environments-own");
  EXPECT_EQ(redacted(1, kCanary), "[REDACTED]") << "a call under way still has it";
}

TEST_F(ServicesTest, AnotherAddressOrKeyIsAnotherDestination) {
  const packs::Pack pack = *offer()->find("slack")->service.pack;
  const auto at = [&pack](const std::string& address, const SecretValues& keys) {
    return destination_of(pack, address, keys);
  };
  const auto one = at("https://shop.example/v1", {{"key", "one"}});
  EXPECT_EQ(one, at("https://shop.example/v1", {{"key", "one"}}));
  EXPECT_NE(one, at("https://shop.example/v2", {{"key", "one"}}));
  EXPECT_NE(one, at("https://staging.example/v1", {{"key", "one"}}));
  EXPECT_NE(one, at("https://shop.example/v1", {{"key", "two"}}));
  EXPECT_NE(one, at("https://shop.example/v1", {{"name", "one"}}));
  EXPECT_FALSE(offer()->find("slack")->destination.empty());
  EXPECT_EQ(offer()->find("troupe")->destination, "here");
}

TEST_F(ServicesTest, ThisServersOwnPackHasNoKeyForEverybody) {
  settings.given["troupe"] = {{"key", "the-environments-own"}};
  EXPECT_THAT(offer()->find("troupe")->service.secrets, IsEmpty());
  EXPECT_THAT(offer()->find("troupe")->missing_secrets, IsEmpty());
  set_key(1, "troupe", kCanary);
  EXPECT_THAT(offer()->find("troupe")->service.secrets, IsEmpty());
  EXPECT_TRUE(stock()->find("troupe")->keys_unused);
  // Another server is a service like any other.
  Change away;
  away.base_url = "https://elsewhere.example";
  must(services().change(as(), "troupe", away));
  EXPECT_THAT(offer()->find("troupe")->missing_secrets, ElementsAre("key"));
  set_key(1, "troupe", "another-key-there");
  EXPECT_EQ(key_of(*offer(), "troupe"), "another-key-there");
  EXPECT_THAT(offer()->find("troupe")->missing_secrets, IsEmpty());
}

TEST_F(ServicesTest, KeysAreUsedAtTheAddressThatTheyWereGivenFor) {
  settings.given["companycam"] = {{"key", "the-environments-own"}};
  set_key(1, "slack", kCanary);
  Change away;
  away.base_url = "https://elsewhere.example/api/";
  must(services().change(as(), "slack", away));
  must(services().change(as(), "companycam", away));
  EXPECT_EQ(offer()->find("slack")->service.base_url, "https://elsewhere.example/api");
  EXPECT_THAT(offer()->find("slack")->service.secrets, IsEmpty());
  EXPECT_THAT(offer()->find("companycam")->service.secrets, IsEmpty());
  EXPECT_TRUE(stock()->find("slack")->keys_unused);
  Change path;
  path.base_url = "https://slack.com/api/v9";
  must(services().change(as(), "slack", path));
  EXPECT_EQ(key_of(*offer(), "slack"), kCanary) << "another path of the same origin";
  must(services().change(as(), "slack", away));
  set_key(1, "slack", "another-key-there");
  EXPECT_EQ(key_of(*offer(), "slack"), "another-key-there");
  EXPECT_FALSE(stock()->find("slack")->keys_unused);
  Change back;
  back.base_url = "";
  must(services().change(as(), "slack", back));
  EXPECT_EQ(key_of(*offer(), "slack"), "") << "it was given for elsewhere";

  // A pack that takes the place of another does not get its key either.
  set_key(kOther, "bolt", kOtherCanary);
  must(services().add(as(kOther), small_pack("bolt", "https://thief.example")));
  EXPECT_EQ(offer(kOther)->find("bolt")->service.base_url, "https://thief.example");
  EXPECT_THAT(offer(kOther)->find("bolt")->service.secrets, IsEmpty());
}

TEST_F(ServicesTest, OnlyTheServersAdministratorsLeadIntoThePrivateNetwork) {
  Change local;
  local.base_url = "http://10.0.0.5:8080/api";
  must(services().change(as(kOther, false), "slack", local));
  EXPECT_FALSE(offer(kOther)->find("slack")->service.base_is_configured);
  must(services().change(as(1, true), "slack", local));
  EXPECT_TRUE(offer()->find("slack")->service.base_is_configured);
  Change on;
  on.enabled = true;
  on.base_url = local.base_url;
  must(services().change(as(1, false), "slack", on));
  EXPECT_TRUE(offer()->find("slack")->service.base_is_configured) << "the same address, repeated";
  on.base_url = "http://10.0.0.6:8080/api";
  must(services().change(as(1, false), "slack", on));
  EXPECT_FALSE(offer()->find("slack")->service.base_is_configured);
}

TEST_F(ServicesTest, AChangedPackIsOfferedAnewWhileTheOldOneLives) {
  EXPECT_EQ(must(services().add(as(), small_pack("shop"))).replaced, false);
  const auto old = offer();
  ASSERT_NE(old->find("shop"), nullptr);
  EXPECT_EQ(offer(), old) << "made once";
  EXPECT_TRUE(must(services().add(as(), small_pack("shop", "https://shop.example/v2", "A new shop"))).replaced);
  const auto fresh = offer();
  EXPECT_NE(fresh, old);
  EXPECT_EQ(fresh->find("shop")->service.pack->title, "A new shop");
  EXPECT_EQ(old->find("shop")->service.pack->title, "The shop");
  EXPECT_EQ(old->find("shop")->service.base_url, "https://shop.example/v1");
  EXPECT_NE(old->catalogue().find("shop", "create_thing"), nullptr);
  EXPECT_EQ(fresh->router().route("show me all the gadgets in the shop").service, "shop");
}

TEST_F(ServicesTest, ARemovedPackIsGoneAtOnce) {
  must(services().add(as(), small_pack("shop")));
  set_key(1, "shop", kCanary);
  const auto old = offer();
  must(services().remove(as(), "shop"));
  EXPECT_EQ(offer()->find("shop"), nullptr);
  EXPECT_EQ(stock()->find("shop"), nullptr);
  EXPECT_EQ(offer()->catalogue().find("shop", "list_things"), nullptr);
  EXPECT_NE(old->find("shop"), nullptr);
  must(services().add(as(), small_pack("shop")));
  EXPECT_EQ(key_of(*offer(), "shop"), "") << "its keys went with it";
  EXPECT_EQ(run(services().remove(as(), "nothing")).error().code(), Errc::not_found);
  EXPECT_EQ(run(services().remove(as(), "slack")).error().http_status(), 400);
  must(services().add(as(), small_pack("slack", "https://slack.com/api")));
  EXPECT_EQ(offer()->find("slack")->source, packs::Source::added);
  must(services().remove(as(), "slack"));
  EXPECT_EQ(offer()->find("slack")->source, packs::Source::shipped);
}

TEST_F(ServicesTest, TenantsShareWhatIsTheSameAndNothingElse) {
  const auto own = offer(), others = offer(kOther);
  EXPECT_NE(own, others);
  EXPECT_EQ(own->learned(), others->learned());
  EXPECT_EQ(own->find("bolt")->service.pack, others->find("bolt")->service.pack);
  must(services().add(as(kOther), small_pack("shop")));
  EXPECT_EQ(offer(), own);
  EXPECT_EQ(offer()->find("shop"), nullptr);
  ASSERT_NE(offer(kOther)->find("shop"), nullptr);
  EXPECT_EQ(run(services().remove(as(), "shop")).error().code(), Errc::not_found);

  Change off;
  off.enabled = false;
  must(services().change(as(kOther), "slack", off));
  EXPECT_EQ(offer(kOther)->find("slack"), nullptr);
  EXPECT_EQ(offer(kOther)->catalogue().find("slack", "send_message"), nullptr);
  EXPECT_EQ(offer(kOther)->router().route("post hello to #general in slack").not_enabled, "slack");
  EXPECT_NE(offer()->find("slack"), nullptr);
}

TEST_F(ServicesTest, ATenantSaysWhoApproves) {
  EXPECT_EQ(offer()->find("slack")->approver, tasks::Approver::asker);
  Change change;
  change.approval = ApprovalRule{.approver = tasks::Approver::named, .names = {"@chief:localhost"}};
  must(services().change(as(), "slack", change));
  EXPECT_EQ(offer()->find("slack")->approver, tasks::Approver::named);
  EXPECT_THAT(offer()->find("slack")->approvers, ElementsAre("@chief:localhost"));
  EXPECT_EQ(offer()->find("slack")->service.pack->config.approved_by, packs::ApprovedBy::other);
  EXPECT_EQ(offer(kOther)->find("slack")->approver, tasks::Approver::asker);
  change.approval = ApprovalRule{};
  must(services().change(as(), "slack", change));
  EXPECT_FALSE(stock()->find("slack")->approver_is_set);
  EXPECT_EQ(offer()->find("slack")->approver, tasks::Approver::asker);
}

TEST_F(ServicesTest, AChangeAndItsLineAreOneCommit) {
  const store::AlsoWrite fails = [](store::Tx& tx) { tx.run("INSERT INTO no_such_table VALUES (1)"); };
  Change change;
  change.secrets["key"] = kCanary;
  EXPECT_FALSE(run(services().change(as(), "slack", change, fails)));
  EXPECT_THAT(all_text(), IsEmpty()) << "neither is there without the other";
  int written = 0;
  must(services().change(as(), "slack", change, [&written](store::Tx&) { ++written; }));
  EXPECT_EQ(written, 1);
  EXPECT_THAT(all_text(), Not(IsEmpty()));
}

TEST_F(ServicesTest, RefusesWhatCannotBeSetAndTellsNoSecret) {
  const auto refused = [&](const std::string& service, Change change) {
    const auto outcome = run(services().change(as(), service, std::move(change)));
    EXPECT_FALSE(outcome.has_value());
    if (outcome) return std::string();
    const auto& error = outcome.error();
    EXPECT_THAT(error.message() + error.detail() + boost::json::serialize(error.members()), Not(HasSubstr("canary")));
    return error.message();
  };
  Change change;
  change.secrets["key"] = "canary with spaces";
  EXPECT_THAT(refused("slack", change), HasSubstr("no spaces"));
  change.secrets["key"] = "short";
  EXPECT_THAT(refused("slack", change), HasSubstr("6"));
  change.secrets["key"] = std::string(kMaxSecretBytes + 1, 'c');
  EXPECT_THAT(refused("slack", change), HasSubstr("4096"));
  change.secrets = {{"password", kCanary}};
  EXPECT_THAT(refused("slack", change), HasSubstr("no secret"));
  change.secrets.clear();
  for (const auto* address : {"ftp://slack.com", "https://anna:secret@slack.com", "https://slack.com/?a=b", "slack"}) {
    change.base_url = address;
    EXPECT_THAT(refused("slack", change), HasSubstr("address")) << address;
  }
  change.base_url.reset();
  change.approval = ApprovalRule{.approver = tasks::Approver::named, .names = {}};
  EXPECT_NE(refused("slack", change), "");
  change.approval = ApprovalRule{.approver = tasks::Approver::asker, .names = {"@anna:localhost"}};
  EXPECT_NE(refused("slack", change), "");
  EXPECT_EQ(run(services().change(as(), "nothing", {})).error().code(), Errc::not_found);
  EXPECT_THAT(all_text(), IsEmpty());
}

TEST_F(ServicesTest, RefusesPacksThatCannotBeAdded) {
  environment["VAULT_API_KEY"] = kCanary;
  settings.given["slack"] = {{"key", kCanary}};
  const auto refused = [&](packs::Files files, Changer by) {
    const auto outcome = run(services().add(by, std::move(files)));
    EXPECT_FALSE(outcome.has_value());
    return outcome ? Errc::internal : outcome.error().code();
  };
  EXPECT_EQ(refused({{"openapi.json", "{}"}}, as()), Errc::invalid_param);
  EXPECT_EQ(refused({{"config.json", "{"}}, as()), Errc::invalid_param);
  EXPECT_EQ(refused(small_pack("none"), as()), Errc::invalid_param);
  auto outside = small_pack("shop");
  outside["../evil.json"] = "{}";
  EXPECT_EQ(refused(outside, as()), Errc::invalid_param);
  auto many = small_pack("shop");
  for (int i = 0; i < 20; ++i) many["a" + std::to_string(i) + ".md"] = "x";
  EXPECT_EQ(refused(many, as()), Errc::too_large);
  auto large = small_pack("shop");
  large["notes.md"] = std::string(kMaxSentPackBytes, 'x');
  EXPECT_EQ(refused(large, as()), Errc::too_large);
  const packs::Files program{
      {"config.json", R"({"service":"shop","mcp":{"transport":"stdio","command":"/bin/sh","args":["-c","id"]}})"}};
  EXPECT_EQ(refused(program, as(kOther, false)), Errc::forbidden);
  // The environment's keys are for the addresses that its owner knows.
  EXPECT_EQ(refused(small_pack("vault"), as()), Errc::forbidden);
  EXPECT_EQ(refused(small_pack("slack", "https://thief.example"), as()), Errc::forbidden);
  auto talkative = small_pack("talkative");
  for (int i = 0; i < 5'000; ++i)
    talkative["examples.jsonl"] +=
        "\n{\"text\": \"show thing " + std::to_string(i) + "\", \"intent\": \"list_things\"}";
  EXPECT_EQ(refused(talkative, as(kOther)), Errc::invalid_param) << "more than a pack may have";
  must(services().add(as(kOther), small_pack("vault")));
  EXPECT_EQ(key_of(*offer(kOther), "vault"), "");
  EXPECT_EQ(offer()->find("shop"), nullptr);
}

TEST_F(ServicesTest, WhatIsPutIntoTheFolderByHandIsSeen) {
  const packs::AddedPacks folder(dir.path() / "data");
  EXPECT_EQ(offer()->find("shop"), nullptr);
  services().look();
  const auto same = offer();
  services().look();
  EXPECT_EQ(offer(), same);
  kit::must(folder.add("shop", small_pack("shop")));
  services().look();
  ASSERT_NE(offer()->find("shop"), nullptr);
  kit::must(folder.add("shop", small_pack("shop", "https://shop.example/v3")));
  must(services().reload(1));
  EXPECT_EQ(offer()->find("shop")->service.base_url, "https://shop.example/v3");
  std::filesystem::rename(folder.folder_of("shop"), folder.folder_of("slack"));
  services().look();
  EXPECT_EQ(offer()->find("slack"), nullptr) << "it says that it is another";
  EXPECT_EQ(offer()->find("shop"), nullptr);
  EXPECT_TRUE(stock()->find("slack")->shelved.read->findings.has_errors());
  std::ofstream(folder.folder_of("slack") / "config.json") << "{";
  kit::must(folder.remove("slack"));
  must(services().reload(1));
  EXPECT_NE(offer()->find("slack"), nullptr);
}

TEST_F(ServicesTest, OtherProcessesHearOfAChange) {
  if (!store::on_postgres()) GTEST_SKIP() << "about several processes";
  base::MetricRegistry others_metrics;
  const auto others_db = store::open_database(dir, others_metrics);
  const auto other = process(*others_db);
  EXPECT_EQ(key_of(*must(other->offer(1)), "slack"), "");
  set_key(1, "slack", kCanary);
  EXPECT_TRUE(eventually([&] { return key_of(*must(other->offer(1)), "slack") == kCanary; }));
  must(other->add(as(), small_pack("shop")));
  EXPECT_TRUE(eventually([&] { return offer()->find("shop") != nullptr; }));
  others_db->stop();
}

TEST_F(ServicesTest, ManyWhoAskAtOnceGetTheSameOffer) {
  std::vector<std::future<Result<std::shared_ptr<const Offer>>>> all;
  for (int i = 0; i < 16; ++i)
    all.push_back(
        asio::co_spawn(io.at(static_cast<std::size_t>(i % 2)).get_executor(), services().offer(1), asio::use_future));
  std::set<const Learned*> learned;
  for (auto& each : all) {
    ASSERT_EQ(each.wait_for(kit::kPatience), std::future_status::ready);
    auto got = each.get();
    ASSERT_TRUE(got.has_value());
    learned.insert((*got)->learned().get());
  }
  EXPECT_EQ(learned.size(), 1U);
}

}  // namespace
}  // namespace troupe::assistant::services
