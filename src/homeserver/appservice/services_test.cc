// Registration files, and whose names are whose.
#include "homeserver/appservice/services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/yaml_tree.h"
#include "store/test_database.h"

namespace troupe::homeserver::appservice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kIrc = R"(# an IRC bridge
id: "IRC Bridge"
url: http://127.0.0.1:1234/
as_token: as-0123456789
hs_token: 'hs-0123456789'
sender_localpart: _irc_bot
rate_limited: false
de.sorunome.msc2409.push_ephemeral: true
push_ephemeral: false
protocols: [irc]
namespaces:
  users:
    - exclusive: true
      regex: "@_irc_.*:example\\.org"
    - {exclusive: false, regex: '@guest[0-9]+'}
  aliases:
    - exclusive: true
      regex: "#_irc_.*"
  rooms: []
)";

std::string with(std::string_view from, std::string_view to) {
  std::string text(kIrc);
  text.replace(text.find(from), from.size(), to);
  return text;
}

std::string problem_of(std::string_view yaml) {
  auto registration = read_registration(yaml);
  if (!registration) return registration.error().message();
  const auto service = Service::make(*std::move(registration), "example.org");
  return service ? "" : service.error().message();
}

std::unique_ptr<Service> irc() { return Service::make(*read_registration(kIrc), "example.org").value(); }

TEST(RegistrationFile, IsRead) {
  const auto made = read_registration(kIrc).value();
  EXPECT_EQ(made.id, "IRC Bridge");
  EXPECT_EQ(made.url, "http://127.0.0.1:1234");
  EXPECT_EQ(made.as_token, "as-0123456789");
  EXPECT_EQ(made.hs_token, "hs-0123456789");
  EXPECT_FALSE(made.rate_limited);
  EXPECT_TRUE(made.receive_ephemeral);
  EXPECT_THAT(made.protocols, ElementsAre("irc"));
  ASSERT_THAT(made.users, SizeIs(2));
  EXPECT_TRUE(made.users[0].exclusive);
  EXPECT_EQ(made.users[1].regex, "@guest[0-9]+");
  EXPECT_THAT(made.rooms, IsEmpty());
}

TEST(RegistrationFile, WhatIsNotSaidHasItsDefault) {
  const auto made =
      read_registration("id: a\nurl: null\nas_token: x\nhs_token: y\nsender_localpart: z\nnamespaces: {}\n").value();
  EXPECT_TRUE(made.url.empty());
  EXPECT_TRUE(made.rate_limited);
  EXPECT_FALSE(made.receive_ephemeral);
}

TEST(RegistrationFile, TheSenderMayHaveCapitals) {
  auto registration = read_registration(with("sender_localpart: _irc_bot", "sender_localpart: 5JYcDYzj5EWhjsk"));
  ASSERT_TRUE(registration.has_value());
  const auto service = Service::make(*std::move(registration), "example.org");
  ASSERT_TRUE(service.has_value()) << service.error().message();
  EXPECT_EQ((*service)->sender(), "@5JYcDYzj5EWhjsk:example.org");
}

TEST(RegistrationFile, SaysWhatIsWrong) {
  const struct {
    std::string yaml;
    std::string says;
  } cases[] = {
      {"", "the file is empty"},
      {"id: [", "line 2: "},
      {"- id", "this is no registration"},
      {with("id: \"IRC Bridge\"", "name: x"), "id is missing"},
      {with("url: http://127.0.0.1:1234/", "urls: x"), "url is missing"},
      {with("http://127.0.0.1:1234/", "ftp://example.org"), "line 3: url must be http"},
      {with("http://127.0.0.1:1234/", "http://me:secret@example.org"), "url must be http"},
      {with("as-0123456789", "\"two words\""), "as_token must be of visible ASCII"},
      {with("'hs-0123456789'", "''"), "line 5: hs_token is empty"},
      {with("sender_localpart: _irc_bot", "sender_localpart: \"a b\""), "sender_localpart can be no user name"},
      {with("rate_limited: false", "rate_limited: maybe"), "line 7: rate_limited must be true or false"},
      {with("protocols: [irc]", "protocols: irc"), "protocols must be a list"},
      {with("exclusive: true", "exclusive: 1"), "exclusive must be true or false"},
      {with("\"@_irc_.*:example\\\\.org\"", "\"@(?!x)\""), "the regex @(?!x) cannot be used"},
      {with("\"@_irc_.*:example\\\\.org\"", "\"@(a\""), "the regex @(a cannot be used"},
      {with("namespaces:", "other:"), "namespaces is missing"},
      {with("rooms: []", "rooms: [x]"), "namespaces.rooms holds entries"},
      {with("hs_token:", "as_token:"), "line 5: as_token is there twice"},
      {"a: &x 1\nb: *x\n", "anchors, aliases and tags"},
      {"a: 1\n---\nb: 1\n", "one document"},
  };
  for (const auto& each : cases) EXPECT_THAT(problem_of(each.yaml), HasSubstr(each.says)) << each.yaml;
}

TEST(RegistrationFile, IsBounded) {
  std::string deep = "id: ";
  for (std::size_t i = 0; i <= base::YamlLimits{}.depth; ++i) deep += '[';
  EXPECT_THAT(problem_of(deep), HasSubstr("too deeply"));
  std::string wide = "id: [";
  for (std::size_t i = 0; i <= base::YamlLimits{}.nodes; ++i) wide += "1,";
  EXPECT_THAT(problem_of(wide), HasSubstr("too deeply, or too much"));
  std::string rules = "  rooms:";
  for (std::size_t i = 0; i <= kMaxNamespaces; ++i) rules += "\n    - {regex: x}";
  EXPECT_THAT(problem_of(with("  rooms: []", rules)), HasSubstr("more than 1000 entries"));
  EXPECT_THAT(problem_of(with("@guest[0-9]+", std::string(kMaxRegexBytes + 1, 'a'))), HasSubstr("longer than"));
}

TEST(Service, KnowsItsNames) {
  const auto service = irc();
  EXPECT_EQ(service->sender(), "@_irc_bot:example.org");
  for (const auto* hers : {"@_irc_anna:example.org", "@_irc_bot:example.org", "@guest7:example.org"})
    EXPECT_TRUE(service->has_user(hers)) << hers;
  for (const auto* others :
       {"@anna:example.org", "@_irc_anna:elsewhere.org", "x@_irc_anna:example.org", "@guest:example.org"})
    EXPECT_FALSE(service->has_user(others)) << others;
  EXPECT_TRUE(service->owns_user("@_irc_anna:example.org"));
  EXPECT_FALSE(service->owns_user("@guest7:example.org"));
  EXPECT_TRUE(service->owns_alias("#_irc_kitchen:example.org"));
  EXPECT_FALSE(service->has_alias("#_irc_kitchen:elsewhere.org"));
  EXPECT_FALSE(service->has_room("!abc:example.org"));
}

/// What takes a backtracking engine for ever.
TEST(Service, MatchesInLinearTime) {
  const auto service = Service::make(*read_registration(with("@guest[0-9]+", "@(a+)+b")), "example.org").value();
  EXPECT_FALSE(service->has_user("@" + std::string(200, 'a') + ":example.org"));
}

TEST(Services, AreFoundByTokenAndId) {
  Services all;
  ASSERT_TRUE(all.add(irc()));
  EXPECT_NE(all.find_by_token("as-0123456789"), nullptr);
  EXPECT_EQ(all.find_by_token("hs-0123456789"), nullptr);
  EXPECT_NE(all.find("IRC Bridge"), nullptr);
  EXPECT_TRUE(all.is_taken_user("@_irc_anna:example.org"));
  EXPECT_FALSE(all.is_taken_user("@_irc_anna:example.org", all.find("IRC Bridge")));
  EXPECT_FALSE(all.is_taken_user("@guest7:example.org"));
}

TEST(Services, AreEachTheirOwn) {
  const store::TempDir dir;
  const auto write = [&](const std::string& name, std::string_view text) {
    const auto path = (dir.path() / name).string();
    std::ofstream(path) << text;
    return path;
  };
  auto other = with("id: \"IRC Bridge\"", "id: other");
  const auto one = write("one.yaml", kIrc);
  const auto same_token = write("two.yaml", other);
  other.replace(other.find("as-0123456789"), 2, "xx");
  const auto same_sender = write("three.yaml", other);
  const auto missing = (dir.path() / "none.yaml").string();
  const auto loaded = load_services({one, one, same_token, same_sender, missing}, "example.org");
  EXPECT_THAT(loaded.services->all(), SizeIs(1));
  EXPECT_THAT(loaded.problems,
              ElementsAre(HasSubstr("one.yaml: its id IRC Bridge is that of"), HasSubstr("two.yaml: its as_token is"),
                          HasSubstr("three.yaml: its sender_localpart _irc_bot is"), HasSubstr("it cannot be read")));
  for (const auto& problem : loaded.problems) EXPECT_THAT(problem, testing::Not(HasSubstr("0123456789")));
}

}  // namespace
}  // namespace troupe::homeserver::appservice
