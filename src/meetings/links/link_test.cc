#include "meetings/links/link.h"

#include <gtest/gtest.h>

#include <random>

#include "meetings/links/address.h"

namespace troupe::meetings::links {
namespace {

const Hosts kHosts{.jitsi = {"calls.example.org"}};

struct Good {
  std::string_view text;
  Platform platform;
  std::string_view native_id, url, passcode;
};

TEST(MeetingLinks, OfEveryPlatformAreRead) {
  const Good cases[]{
      {"https://meet.google.com/abc-defg-hij", Platform::google_meet, "abc-defg-hij",
       "https://meet.google.com/abc-defg-hij", ""},
      {"https://meet.google.com/ABC-defg-hij?authuser=0&hs=122#x", Platform::google_meet, "abc-defg-hij",
       "https://meet.google.com/abc-defg-hij", ""},
      {"https://meet.google.com/our-weekly-standup", Platform::google_meet, "our-weekly-standup",
       "https://meet.google.com/our-weekly-standup", ""},
      {"https://meet.google.com/team7/", Platform::google_meet, "team7", "https://meet.google.com/team7", ""},
      {"https://teams.live.com/meet/9387167464734?p=qxJanYOcdjN4d6UlGa", Platform::teams, "9387167464734",
       "https://teams.live.com/meet/9387167464734?p=qxJanYOcdjN4d6UlGa", "qxJanYOcdjN4d6UlGa"},
      {"https://teams.live.com/meet/9387167464734", Platform::teams, "9387167464734",
       "https://teams.live.com/meet/9387167464734", ""},
      {"https://gov.teams.microsoft.us/meet/2345678901234?p=abcd", Platform::teams, "2345678901234",
       "https://gov.teams.microsoft.us/meet/2345678901234?p=abcd", "abcd"},
      {"https://teams.microsoft.com/v2/?meetingjoin=true#/meet/2345678901234?p=abcd&anon=true", Platform::teams,
       "2345678901234", "https://teams.microsoft.com/meet/2345678901234?p=abcd", "abcd"},
      {"https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=x", Platform::teams,
       "93837f31474e54fe", "https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=x", ""},
      {"msteams:/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=x", Platform::teams, "93837f31474e54fe",
       "https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=x", ""},
      {"https://zoom.us/j/85173157171?pwd=aB.1", Platform::zoom, "85173157171",
       "https://zoom.us/j/85173157171?pwd=aB.1", "aB.1"},
      {"https://us02web.zoom.us/wc/join/851731571", Platform::zoom, "851731571", "https://us02web.zoom.us/j/851731571",
       ""},
      {"https://agency.zoomgov.com/wc/8517315717/join", Platform::zoom, "8517315717",
       "https://agency.zoomgov.com/j/8517315717", ""},
      {"https://meet.jit.si/OurRoom", Platform::jitsi, "ourroom", "https://meet.jit.si/OurRoom", ""},
      {"https://calls.example.org/acme/OurRoom#config.x=1", Platform::jitsi, "acme:ourroom@calls.example.org",
       "https://calls.example.org/acme/OurRoom", ""},
      {"https://matrix.to/#/!room:example.org?via=example.org", Platform::matrix, "!room:example.org",
       "https://matrix.to/#/%21room%3Aexample.org", ""},
      {"https://app.element.io/#/room/%23ours%3Aexample.org", Platform::matrix, "#ours:example.org",
       "https://app.element.io/#/room/%23ours%3Aexample.org", ""},
      {"https://app.element.io/any/path?x=1#/room/!room:example.org?password=p", Platform::matrix, "!room:example.org",
       "https://app.element.io/#/room/%21room%3Aexample.org", ""},
      {"https://matrix.to/#/#ours:example.org", Platform::matrix, "#ours:example.org",
       "https://matrix.to/#/%23ours%3Aexample.org", ""},
      {"https://app.element.io/#/room/#ours:example.org?via=example.org", Platform::matrix, "#ours:example.org",
       "https://app.element.io/#/room/%23ours%3Aexample.org", ""},
      {"https://matrix.to/#/!room:example.org/$event?via=example.org", Platform::matrix, "!room:example.org",
       "https://matrix.to/#/%21room%3Aexample.org", ""},
      {"https://call.element.io/room/#/our-room?roomId=!room%3Aexample.org&viaServers=example.org&password=p",
       Platform::matrix, "!room:example.org", "https://call.element.io/room/#?roomId=%21room%3Aexample.org", ""},
      {"https://call.element.io/room/#?password=p&roomId=!room:example.org", Platform::matrix, "!room:example.org",
       "https://call.element.io/room/#?roomId=%21room%3Aexample.org", ""},
      {"matrix:r/ours:example.org?action=join", Platform::matrix, "#ours:example.org",
       "https://matrix.to/#/%23ours%3Aexample.org", ""},
      {"matrix:roomid/room:example.org", Platform::matrix, "!room:example.org",
       "https://matrix.to/#/%21room%3Aexample.org", ""},
  };
  for (const auto& [text, platform, native_id, url, passcode] : cases) {
    const auto link = parse_link(text, kHosts);
    ASSERT_TRUE(link) << text << ": " << link.error().message();
    EXPECT_EQ(link->platform, platform) << text;
    EXPECT_EQ(link->native_id, native_id) << text;
    EXPECT_EQ(link->url, url) << text;
    EXPECT_EQ(link->passcode, passcode) << text;
    if (!passcode.empty()) EXPECT_EQ(link->shown.find(passcode), std::string::npos) << text;
  }
}

TEST(MeetingLinks, ANameBeforeTheServerIsSaidToBeTooMuch) {
  for (const auto* text : {"https://anna@meet.jit.si/OurRoom", "https://anna:pw@zoom.us/j/85173157171"}) {
    const auto link = parse_link(text, kHosts);
    ASSERT_FALSE(link);
    EXPECT_NE(link.error().message().find("take out what stands before the @"), std::string::npos)
        << link.error().message();
  }
}

TEST(MeetingLinks, OthersAreRefused) {
  const std::string_view cases[]{"",
                                 "hello",
                                 "http://meet.google.com/abc-defg-hij",
                                 "https://meet.google.com/",
                                 "https://meet.google.com",
                                 "https://meet.google.com/lookup/abcdefg",
                                 "https://meet.google.com/linkredirect?dest=https://evil.org",
                                 "https://meet.google.com/LinkRedirect",
                                 "https://meet.google.com/landing",
                                 "https://meet.google.com/abc-defg",
                                 "https://meet.google.com/abcd-efg",
                                 "https://meet.google.com/abc-defg-hi",
                                 "https://meet.google.com/abcd-efg-hij",
                                 "https://meet.google.com/abc-defg-hijk",
                                 "https://meet.google.com/ab_cd",
                                 "https://meet.google.com/-abcd-",
                                 "https://meet.google.com/abc-defg-hij/x",
                                 "https://meet.google.com.evil.org/abc-defg-hij",
                                 "https://evil.org/meet.google.com/abc-defg-hij",
                                 "https://me:pw@meet.google.com/abc-defg-hij",
                                 "https://meet.google.com:8443/abc-defg-hij",
                                 "https://teams.live.com/meet/123",
                                 "https://teams.live.com/meet/9387167464734?p=a!",
                                 "https://teams.live.com/meet/9387167464734?p=abc",
                                 "https://teams.microsoft.com/l/channel/x/y",
                                 "https://evilteams.microsoft.com/meet/9387167464734",
                                 "https://zoom.us/j/12345678",
                                 "https://zoom.us/j/123456789012",
                                 "https://zoom.us/s/85173157171",
                                 "https://notzoom.us/j/85173157171",
                                 "https://zoom.us/j/85173157171?pwd=a%26b",
                                 "https://meet.jit.si/",
                                 "https://meet.jit.si/a/b/c",
                                 "https://meet.jit.si/%2e%2e",
                                 "https://meet.jit.si/a%0ab",
                                 "https://meet.jit.si/a%3Fb",
                                 "https://meet.jit.si/%ff",
                                 "https://jitsi.elsewhere.org/OurRoom",
                                 "https://matrix.to/#/@user:example.org",
                                 "https://matrix.to/#/!room",
                                 "https://matrix.to/#/!room:example.org/event",
                                 "https://matrix.to/##ours:example.org",
                                 "https://app.element.io/#/user/!room:example.org",
                                 "matrix:u/user:example.org",
                                 "matrix:",
                                 "https://localhost/#/room/!room:example.org",
                                 "https://127.0.0.1/#/room/!room:example.org",
                                 "https://[::1]/#/room/!room:example.org",
                                 "https://2130706433/#/room/!room:example.org",
                                 "https://0x7f.1/#/room/!room:example.org",
                                 "https://127.1/#/room/!room:example.org",
                                 "https://printer/#/room/!room:example.org",
                                 "https://a.localhost/#/room/!room:example.org",
                                 "https://db.internal./#/room/!room:example.org",
                                 "https://box.local/#/room/!room:example.org",
                                 "https://10.0.0.5.nip.io/any/path?x=1#/room/!a:b.org",
                                 "https://evil.org/#/room/!room:example.org",
                                 "https://app.element.io.evil.org/#/room/!room:example.org",
                                 "https://evil.app.element.io/#/room/!room:example.org",
                                 "https://app.element.io/!room:example.org",
                                 "https://app.element.io/#/!room:example.org",
                                 "https://matrix.to/#/x?roomId=!room:example.org",
                                 "https://app.element.io/#/x?roomId=room:example.org",
                                 "file:///etc/passwd",
                                 "javascript:alert(1)",
                                 "https://app.element.io:8448/#/room/!room:example.org"};
  for (const auto text : cases) {
    const auto link = parse_link(text, kHosts);
    ASSERT_FALSE(link) << text << " was read as " << link->url;
    EXPECT_EQ(link.error().code(), Errc::invalid_param) << text;
    EXPECT_FALSE(link.error().message().empty()) << text;
  }
  EXPECT_FALSE(parse_link("https://meet.jit.si/" + std::string(2100, 'a'), {}));
  EXPECT_FALSE(parse_link("https://calls.example.org/OurRoom", {})) << "only hosts that are configured";
}

TEST(MeetingLinks, OfMatrixAreOpenedWhereTheyMay) {
  const Hosts own{.matrix = {"chat.example.org"}};
  EXPECT_EQ(parse_link("https://chat.example.org/x?y#/room/!a:b.org", own)->url,
            "https://chat.example.org/#/room/%21a%3Ab.org");
  EXPECT_EQ(parse_link("matrix:roomid/a:b.org", own)->url, "https://chat.example.org/#/room/%21a%3Ab.org");
  EXPECT_FALSE(parse_link("https://matrix.to/#/!a:b.org", own));
  EXPECT_FALSE(parse_link("matrix:roomid/a:b.org", Hosts{.matrix = {}}));
  const auto teams =
      parse_link("https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=x", own);
  EXPECT_EQ(teams->shown, "https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0");
}

/// Whatever comes in: an answer, and a good one keeps to its promises.
TEST(MeetingLinks, AreReadWithoutSurprises) {
  const std::string_view parts[]{"https://",
                                 "meet.google.com",
                                 "teams.live.com",
                                 "zoom.us",
                                 "meet.jit.si",
                                 "matrix.to",
                                 "localhost",
                                 "127.0.0.1",
                                 "[::1]",
                                 "/",
                                 "#",
                                 "?",
                                 "&",
                                 "=",
                                 "p",
                                 "pwd",
                                 "j",
                                 "meet",
                                 "/#/",
                                 "!room:example.org",
                                 "abc-defg-hij",
                                 "9387167464734",
                                 "%2f",
                                 "%00",
                                 "%ff",
                                 "..",
                                 " ",
                                 "@",
                                 ":",
                                 "\\",
                                 "ä",
                                 "\xff",
                                 "\n",
                                 "matrix:",
                                 "msteams:",
                                 "l/meetup-join",
                                 "room"};
  const std::string_view bases[]{"",
                                 "https://meet.google.com/abc-defg-hij",
                                 "https://teams.live.com/meet/9387167464734?p=qxJanYOcdjN4d6UlGa",
                                 "https://teams.microsoft.com/v2/?meetingjoin=true#/meet/2345678901234?p=abcd",
                                 "https://teams.microsoft.com/l/meetup-join/19%3ameeting_abc%40thread.v2/0?context=x",
                                 "https://zoom.us/j/85173157171?pwd=aB.1",
                                 "https://calls.example.org/acme/OurRoom",
                                 "https://matrix.to/#/!room:example.org",
                                 "matrix:r/ours:example.org"};
  std::mt19937 random(20261122);
  std::size_t good = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text(bases[random() % std::size(bases)]);
    for (auto edits = random() % 4; edits > 0; --edits) {
      const auto at = random() % (text.size() + 1);
      if (random() % 3 == 0) {
        text.erase(at, random() % 4);
      } else {
        text.insert(at, parts[random() % std::size(parts)]);
      }
    }
    const auto link = parse_link(text, kHosts);
    if (!link) continue;
    ++good;
    ASSERT_TRUE(link->url.starts_with("https://")) << text;
    ASSERT_FALSE(link->native_id.empty()) << text;
    ASSERT_LE(link->native_id.size(), kMaxNativeId) << text;
    ASSERT_TRUE(read_address(link->url)) << text << " became " << link->url;
    for (const char bad : {'\0', '\n', ' ', '\\'}) ASSERT_EQ(link->url.find(bad), std::string::npos) << text;
    const auto again = parse_link(link->url, kHosts);
    ASSERT_TRUE(again) << text << " became " << link->url;
    ASSERT_EQ(again->native_id, link->native_id) << text;
    ASSERT_EQ(again->platform, link->platform) << text;
  }
  EXPECT_GT(good, 5'000U) << "the edits leave too few that are links";
}

TEST(MeetingLanguages, AreThoseOfTheTranscriber) {
  for (const auto code : {"en", "de", "haw", "yue", "zh", "af"}) EXPECT_TRUE(is_language(code)) << code;
  for (const auto code : {"", "EN", "xx", "english", "en-US"}) EXPECT_FALSE(is_language(code)) << code;
  for (const auto platform : kPlatforms) EXPECT_EQ(parse_platform(to_string(platform)), platform);
  for (const auto task : kSpeechTasks) EXPECT_EQ(parse_task(to_string(task)), task);
}

}  // namespace
}  // namespace troupe::meetings::links
