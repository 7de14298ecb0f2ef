#include "homeserver/sync/filter.h"

#include <gtest/gtest.h>

#include "homeserver/common/sync_token.h"
#include "matrix/json_out.h"

namespace troupe::homeserver::sync {
namespace {

Result<Filter> parse(std::string_view text) {
  auto json = matrix::parse_json(text);
  if (!json) return std::unexpected(json.error());
  return parse_filter(json->get_object());
}

TEST(FilterTest, GlobsMatchWholeTexts) {
  struct Case {
    const char *pattern, *text;
    bool matches;
  };
  for (const auto& [pattern, text, matches] : {Case{"m.room.message", "m.room.message", true},
                                               {"m.room.message", "m.room.messages", false},
                                               {"m.room.*", "m.room.message", true},
                                               {"m.*.message", "m.room.message", true},
                                               {"*", "", true},
                                               {"*", "anything", true},
                                               {"", "", true},
                                               {"", "x", false},
                                               {"*b", "aab", true},
                                               {"a*b*c", "aXbXbXc", true},
                                               {"a*b*c", "aXcXb", false},
                                               {"**a**", "bab", true},
                                               {"ab*ba", "aba", false},
                                               {"a*", "b", false},
                                               {"*a*a*", "a", false},
                                               {"*a*a*", "aa", true},
                                               {"a?", "ab", false}}) {
    EXPECT_EQ(glob_matches(pattern, text), matches) << pattern << " " << text;
  }
  const std::string stars(2000, '*');
  EXPECT_FALSE(glob_matches(stars + "b", std::string(2000, 'a')));
  // A matcher that goes back for each letter would take hours.
  const std::string half(1'000'000, 'a');
  EXPECT_FALSE(glob_matches("*" + half + "b*", half + half));
  EXPECT_FALSE(glob_matches("*" + half + "b", half + half));
  EXPECT_TRUE(glob_matches("*" + half + "*b", half + half + "b"));
}

TEST(FilterTest, ReadsEveryMember) {
  const auto filter = parse(R"({"event_format":"federation","event_fields":["type"],"presence":{"types":[]},
    "account_data":{"not_types":["*"]},"room":{"rooms":["!a"],"not_rooms":["!b"],"include_leave":true,
    "state":{"lazy_load_members":true,"include_redundant_members":true},"ephemeral":{"limit":0},
    "timeline":{"limit":7.0,"senders":["@a:b"],"contains_url":true,"unread_thread_notifications":true}},"new":1})");
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->federation_format);
  EXPECT_EQ(filter->event_fields, EventFilter::Names{"type"});
  EXPECT_TRUE(filter->presence.nothing());
  EXPECT_FALSE(filter->account_data.matches_type("m.direct"));
  EXPECT_TRUE(filter->room.matches_room("!a"));
  EXPECT_FALSE(filter->room.matches_room("!b"));
  EXPECT_TRUE(filter->room.include_leave && filter->room.state.lazy_load_members);
  EXPECT_EQ(filter->room.timeline.limit, 7u);
  EXPECT_EQ(filter->room.ephemeral.limit, 0u);
  EXPECT_TRUE(filter->room.timeline.unread_thread_notifications);
}

TEST(FilterTest, AbsentMeansAllAndNullMeansAbsent) {
  const auto filter = parse(R"({"room":null,"presence":{"types":null,"limit":null},"account_data":null})");
  ASSERT_TRUE(filter);
  EXPECT_TRUE(filter->presence.matches_type("m.presence"));
  EXPECT_TRUE(filter->room.matches_room("!any"));
}

TEST(FilterTest, RefusesWrongTypesByName) {
  for (const auto* text :
       {R"({"room":[]})", R"({"room":{"timeline":1}})", R"({"room":{"timeline":{"types":"x"}}})",
        R"({"room":{"timeline":{"types":[1]}}})", R"({"room":{"timeline":{"limit":-1}}})",
        R"({"room":{"timeline":{"limit":"9"}}})", R"({"room":{"include_leave":1}})", R"({"event_format":"xml"})",
        R"({"event_fields":"type"})", R"({"presence":true})", R"({"room":{"state":{"contains_url":"yes"}}})"}) {
    const auto filter = parse(text);
    ASSERT_FALSE(filter) << text;
    EXPECT_EQ(filter.error().code(), Errc::bad_json);
    EXPECT_TRUE(filter.error().message().starts_with("filter: ")) << filter.error().message();
  }
  EXPECT_EQ(parse(R"({"room":{"rooms":["!a","!b","!a"]}})")->room.rooms, (EventFilter::Names{"!a", "!b"}));
  std::string many = R"({"room":{"rooms":[)";
  for (int i = 0; i < 1001; ++i) many += i ? ",\"!a\"" : "\"!a\"";
  EXPECT_FALSE(parse(many + "]}}"));
}

TEST(FilterTest, MatchesEvents) {
  matrix::Event event;
  event.type = "m.room.message";
  event.sender = "@a:b";
  event.content = {{"url", "mxc://x"}};
  EventFilter filter;
  EXPECT_TRUE(filter.matches(event));
  filter.contains_url = false;
  EXPECT_FALSE(filter.matches(event));
  filter.contains_url = true;
  EXPECT_TRUE(filter.matches(event));
  filter.types = {"m.room.*"};
  filter.not_types = {"*.message"};
  EXPECT_FALSE(filter.matches(event));
  filter.not_types.clear();
  filter.not_senders = {"@a:b"};
  EXPECT_FALSE(filter.matches(event));
}

TEST(SyncTokenTest, WritesWhatItReads) {
  const SyncToken token{.pos = 42, .boot = "aB3", .ephemeral = 7, .typing = true, .to_device = 40};
  std::string text;
  append_sync_token(text, token);
  EXPECT_EQ(text, "s42.aB3.15.40");
  const auto read = parse_token(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->pos, 42);
  EXPECT_EQ(read->boot, "aB3");
  EXPECT_EQ(read->ephemeral, 7u);
  EXPECT_TRUE(read->typing);
  EXPECT_FALSE(parse_token("s42.aB3.14")->typing);
  EXPECT_EQ(read->to_device, 40);
  EXPECT_TRUE(parse_token("p9.x.4611686018427387903.1"));
  EXPECT_FALSE(parse_token("p9.x.4611686018427387904.1")) << "doubled it is no number";
  EXPECT_EQ(parse_token("t9")->pos, 9);
  EXPECT_EQ(parse_token("s9")->pos, 9);
  for (const auto* bad : {"", "s", "9", "t9.x.1", "s9.", "s9.x", "s9.x.", "s9.x.1.", "s9.x.1.2.", "s9.x.1.2.3", "s-9",
                          "s9.x.-1", "s 9", "u9", "s9.\x89.1", "s9.x.16782408444807217152"}) {
    EXPECT_FALSE(parse_token(bad)) << bad;
  }
}

TEST(JsonOutTest, EscapesWhatJsonRequires) {
  std::string out;
  matrix::append_json_string(out, std::string_view("a\"b\\c\n\x01\x1f\0z\xc3\xa9", 12));
  EXPECT_EQ(out, "\"a\\\"b\\\\c\\n\\u0001\\u001f\\u0000z\xc3\xa9\"");
}

}  // namespace
}  // namespace troupe::homeserver::sync
