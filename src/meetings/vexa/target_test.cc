#include "meetings/vexa/target.h"

#include <gtest/gtest.h>

namespace troupe::meetings::vexa {
namespace {

const links::Hosts kHosts{.jitsi = {"meet.example.org"}};

/// The place that a refusal names; empty: it names none.
std::string place_of(const Error& error) {
  const auto* errors = error.members().if_contains("errors");
  return errors ? std::string(errors->at(0).at("loc").at(1).as_string()) : std::string();
}
std::string refused(Target target) {
  const auto link = link_of(target, kHosts);
  if (link) return "taken: " + link->url;
  const auto status = link.error().http_status();
  EXPECT_TRUE(status == 422 || link.error().code() == Errc::bad_json) << status;
  return place_of(link.error());
}
std::string taken(Target target) {
  const auto link = link_of(target, kHosts);
  return link ? link->url + " " + link->native_id : "refused: " + link.error().message();
}

TEST(VexaTarget, BuildsTheAddressOfACall) {
  EXPECT_EQ(taken({.platform = "google_meet", .native_id = "abc-defg-hij"}),
            "https://meet.google.com/abc-defg-hij abc-defg-hij");
  EXPECT_EQ(taken({.platform = "teams", .native_id = "9387167464734", .passcode = "qxJanYOcdjN4d6UlGa"}),
            "https://teams.live.com/meet/9387167464734?p=qxJanYOcdjN4d6UlGa 9387167464734");
  EXPECT_EQ(taken({.platform = "teams", .native_id = "9387167464734", .teams_host = "gov.teams.microsoft.us"}),
            "https://gov.teams.microsoft.us/meet/9387167464734 9387167464734");
  EXPECT_EQ(taken({.platform = "zoom", .native_id = "85173157171", .passcode = "1a.b"}),
            "https://zoom.us/j/85173157171?pwd=1a.b 85173157171");
  EXPECT_EQ(taken({.platform = "matrix", .native_id = "#call:example.org"}),
            "https://matrix.to/#/%23call%3Aexample.org #call:example.org");
}

TEST(VexaTarget, TakesAnAddress) {
  EXPECT_EQ(taken({.meeting_url = "https://meet.google.com/abc-defg-hij?authuser=1"}),
            "https://meet.google.com/abc-defg-hij abc-defg-hij");
  EXPECT_EQ(taken({.platform = "jitsi", .native_id = "Room", .meeting_url = "https://meet.example.org/Room"}),
            "https://meet.example.org/Room room@meet.example.org");
  EXPECT_EQ(taken({.native_id = "ABC-defg-hij", .meeting_url = "https://meet.google.com/abc-defg-hij"}),
            "https://meet.google.com/abc-defg-hij abc-defg-hij");
  EXPECT_EQ(taken({.meeting_url = "https://teams.live.com/meet/9387167464734", .passcode = "abcd1234"}),
            "https://teams.live.com/meet/9387167464734?p=abcd1234 9387167464734");
  EXPECT_EQ(taken({.meeting_url = "https://teams.live.com/meet/9387167464734?p=first123", .passcode = "abcd1234"}),
            "https://teams.live.com/meet/9387167464734?p=first123 9387167464734");
}

TEST(VexaTarget, RefusesAndSaysWhere) {
  EXPECT_EQ(refused({.platform = "webex", .native_id = "1"}), "platform");
  EXPECT_EQ(refused({.native_id = "abc-defg-hij"}), "platform");
  EXPECT_EQ(refused({.platform = "google_meet"}), "native_meeting_id");
  for (const auto* id : {"abc-defg", "a b", "abc-defg-hij\n", "abc-defg-hij?x", "abc-defg-hij#x", "../abc-defg-hij",
                         "abc-defg-hij&x=y"}) {
    EXPECT_EQ(refused({.platform = "google_meet", .native_id = id}), "native_meeting_id") << id;
  }
  EXPECT_EQ(refused({.platform = "google_meet", .native_id = std::string(256, 'a')}), "native_meeting_id");
  EXPECT_EQ(refused({.platform = "google_meet", .native_id = "abc-defg-hij", .passcode = "x"}), "passcode");
  EXPECT_EQ(refused({.platform = "teams", .native_id = "9387167464734", .passcode = "a&p=b"}), "passcode");
  EXPECT_EQ(refused({.platform = "teams", .native_id = "93837f31474e54fe"}), "native_meeting_id");
  for (const auto* host : {"evil.example/x?", "user@evil.example", "evil.example#", "evil.example:1"}) {
    EXPECT_EQ(refused({.platform = "teams", .native_id = "9387167464734", .teams_host = host}), "teams_base_host");
  }
  EXPECT_EQ(refused({.platform = "teams", .native_id = "9387167464734", .teams_host = "evil.example"}),
            "native_meeting_id");
  EXPECT_EQ(refused({.platform = "zoom", .meeting_url = "https://meet.google.com/abc-defg-hij"}), "platform");
  EXPECT_EQ(refused({.native_id = "zzz-zzzz-zzz", .meeting_url = "https://meet.google.com/abc-defg-hij"}),
            "native_meeting_id");
  EXPECT_EQ(refused({.native_id = "85173157172", .meeting_url = "https://zoom.us/j/85173157171"}), "native_meeting_id");
  EXPECT_EQ(refused({.native_id = "9387167464735", .meeting_url = "https://teams.live.com/meet/9387167464734"}),
            "native_meeting_id");
  for (const auto* url : {"http://meet.google.com/abc-defg-hij", "https://127.0.0.1/abc-defg-hij",
                          "https://localhost/abc", "file:///etc/passwd", "https://meet.google.com.evil.example/x"}) {
    EXPECT_EQ(refused({.meeting_url = url}), "meeting_url") << url;
  }
  EXPECT_EQ(refused({.platform = "jitsi", .native_id = "Room"}), "") << "a sentence, and no place";
}

TEST(VexaTarget, ReadsPaths) {
  EXPECT_EQ(platform_in_path("teams").value(), Platform::teams);
  EXPECT_EQ(place_of(platform_in_path("webex").error()), "platform");
  EXPECT_EQ(native_id_in_path(Platform::google_meet, "ABC-defg-hij").value(), "abc-defg-hij");
  EXPECT_EQ(native_id_in_path(Platform::matrix, "!Room:server").value(), "!Room:server");
  for (const auto* id : {"", "a\x01", "a b", "a/b"}) {
    EXPECT_EQ(place_of(native_id_in_path(Platform::zoom, id).error()), "native_meeting_id") << id;
  }
}

}  // namespace
}  // namespace troupe::meetings::vexa
