#include "meetings/vexa/users.h"

#include "identity/migrations.gen.h"
#include "meetings/life/meetings_fixture.h"

namespace troupe::meetings::vexa {
namespace {

class VexaUsersTest : public life::MeetingsTest {
 protected:
  VexaUsersTest() { migrate("identity", identity::migrations()); }

  User make(const std::string& email, std::optional<std::int64_t> most = 1) {
    return must(users.find_or_make({.email = email, .most_at_once = most})).user;
  }
  static identity::Principal principal(std::int64_t id, std::string user_id, std::string name) {
    identity::Principal made;
    made.id = id;
    made.user_id = std::move(user_id);
    made.name = std::move(name);
    return made;
  }
  Errc send(const User& user, const std::string& room) {
    auto made = run(service->create(wanted(room, user.id)));
    return made ? Errc::internal : made.error().code();
  }

  net::route::CredentialGuard guard{true, time};
  Users users{*db, guard, time};
};

TEST_F(VexaUsersTest, AreFoundByTheirAddressAndMadeOnce) {
  const auto first = must(users.find_or_make({.email = "ann@example.org", .name = "Ann", .most_at_once = 2}));
  EXPECT_TRUE(first.made);
  const auto again = must(users.find_or_make({.email = "ann@example.org", .name = "Other", .most_at_once = 9}));
  EXPECT_FALSE(again.made);
  EXPECT_EQ(again.user.id, first.user.id);
  EXPECT_EQ(again.user.name, "Ann");
  EXPECT_EQ(again.user.most_at_once, 2);
  EXPECT_NE(make("bea@example.org").id, first.user.id);
  EXPECT_EQ(must(users.list(1, 0, 100)).size(), 2);
  EXPECT_TRUE(must(users.list(2, 0, 100)).empty()) << "another tenant";
  EXPECT_EQ(run(users.by_email(2, "ann@example.org")).error().code(), Errc::not_found);
  EXPECT_EQ(run(users.change(2, first.user.id, {})).error().code(), Errc::not_found);
}

TEST_F(VexaUsersTest, WhoHasAnAccountIsOneOfThem) {
  const auto anna = principal(71, "@anna:localhost", "anna");
  const auto user = must(users.of_principal(anna));
  EXPECT_EQ(user.id, 71);
  EXPECT_EQ(user.email, "anna@localhost.invalid");
  EXPECT_EQ(user.most_at_once, std::nullopt);
  EXPECT_EQ(must(users.of_principal(anna)).created_ms, user.created_ms);
  const auto same = principal(72, "@anna:localhost", "anna");
  EXPECT_EQ(must(users.of_principal(same)).email, "principal-72@troupe.invalid");
  const auto key = principal(73, "", "TROUPE_API_TOKEN");
  EXPECT_EQ(must(users.of_principal(key)).email, "principal-73@troupe.invalid");
}

TEST_F(VexaUsersTest, ChangeWhatIsSaid) {
  const auto user = make("ann@example.org");
  UserChange change{.most_at_once = {.said = true, .value = 5}, .data = {.said = true, .value = {{{"a", 1}}}}};
  auto after = must(users.change(1, user.id, change));
  EXPECT_EQ(after.most_at_once, 5);
  EXPECT_EQ(boost::json::serialize(after.data), R"({"a":1})");
  after = must(users.change(1, user.id, {.name = {.said = true, .value = "Ann"}, .most_at_once = {.said = true}}));
  EXPECT_EQ(after.name, "Ann");
  EXPECT_EQ(after.most_at_once, std::nullopt) << "as many as everybody";
  EXPECT_EQ(boost::json::serialize(after.data), R"({"a":1})") << "nothing was said of it";
}

TEST_F(VexaUsersTest, TokensAreKnownByTheirHashUntilTheyEnd) {
  const auto user = make("ann@example.org");
  const auto plain = must(users.make_token(1, user.id, {}));
  EXPECT_EQ(plain.text.size(), 40);
  const auto scoped =
      must(users.make_token(1, user.id, {.scopes = {"tx", "bot"}, .name = "n", .expires_ms = time.unix_ms() + 1'000}));
  EXPECT_TRUE(scoped.text.starts_with("vxa_tx_")) << scoped.text;
  EXPECT_EQ(must(users.find_token(plain.text))->user_id, user.id);
  EXPECT_EQ(must(users.find_token(scoped.text))->scopes, (std::vector<std::string>{"tx", "bot"}));
  EXPECT_FALSE(must(users.find_token(plain.text + "x")));
  EXPECT_EQ(must(users.with_tokens(1, user.id)).tokens.size(), 2);
  EXPECT_TRUE(must(users.with_tokens(1, user.id)).tokens[0].last_used_ms);
  pass(std::chrono::seconds(1));
  EXPECT_FALSE(must(users.find_token(scoped.text))) << "its time is over";
  EXPECT_EQ(run(users.delete_token(2, plain.token.id)).error().code(), Errc::not_found) << "another tenant's";
  must(users.delete_token(1, plain.token.id));
  EXPECT_FALSE(must(users.find_token(plain.text)));
  EXPECT_EQ(run(users.delete_token(1, plain.token.id)).error().code(), Errc::not_found);
  EXPECT_EQ(run(users.make_token(1, user.id + 1'000, {})).error().code(), Errc::not_found);
}

TEST_F(VexaUsersTest, HaveNoMoreThanAHundredTokens) {
  const auto user = make("ann@example.org");
  for (std::size_t i = 0; i < kMaxTokensOfUser; ++i) must(users.make_token(1, user.id, {}));
  EXPECT_EQ(run(users.make_token(1, user.id, {})).error().code(), Errc::limit_exceeded);
}

TEST_F(VexaUsersTest, TheirOwnLimitHoldsAndNobodyElses) {
  const auto one = make("one@example.org", 1), none = make("none@example.org", 0);
  const auto usual = make("usual@example.org", std::nullopt);
  EXPECT_EQ(send(one, "A"), Errc::internal) << "taken";
  EXPECT_EQ(send(one, "B"), Errc::limit_exceeded);
  EXPECT_EQ(send(none, "A"), Errc::limit_exceeded);
  for (const auto* room : {"A", "B", "C"}) EXPECT_EQ(send(usual, room), Errc::internal) << room;
  EXPECT_EQ(send(usual, "D"), Errc::limit_exceeded);
  const auto refused = run(service->create(wanted("B", one.id)));
  EXPECT_EQ(refused.error().members().at("max_concurrent_bots"), 1);
  must(users.change(1, one.id, {.most_at_once = {.said = true, .value = 2}}));
  EXPECT_EQ(send(one, "B"), Errc::internal) << "from now on";
}

TEST_F(VexaUsersTest, NoneMayBeAllWhereOldClientsMeanThat) {
  end();
  options.zero_is_unlimited = true;
  begin();
  const auto user = make("all@example.org", 0);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(send(user, "Room" + std::to_string(i)), Errc::internal) << i;
}

}  // namespace
}  // namespace troupe::meetings::vexa
