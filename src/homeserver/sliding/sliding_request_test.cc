// What of a request is read, and what is refused. Never more than must be: matrix-js-sdk answers every 400 by asking
// again without a position after 50 ms.
#include "homeserver/sliding/sliding_request.h"

#include <gtest/gtest.h>

namespace troupe::homeserver::sliding {
namespace {

Result<SlidingRequest> parsed_body(std::string_view text, SlidingShape shape = SlidingShape::unstable) {
  return read_sliding_request(shape, boost::json::parse(text).as_object(), "@me:example.org");
}

std::string many(std::string_view before, std::string_view item, std::size_t count, std::string_view after) {
  std::string text(before);
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) text += ',';
    auto one = std::string(item);
    for (auto at = one.find('#'); at != one.npos; at = one.find('#', at)) one.replace(at, 1, std::to_string(i));
    text += one;
  }
  return text + std::string(after);
}

/// So many patterns of required_state; `of` is in each of them.
std::string patterns(std::size_t count, const std::string& of) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += (i == 0 ? "[\"t" : ",[\"t") + std::to_string(i) + "\",\"k" + (i == 0 ? of : "") + "\"]";
  }
  return text;
}

std::string texts(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "\"x" : ",\"x") + std::to_string(i) + '"';
  return text;
}

TEST(SlidingRequestTest, WhatIsWrongIsRefused) {
  const std::string long_name(65, 'n');
  const std::pair<std::string, Errc> kTable[] = {
      {R"({"lists":[]})", Errc::bad_json},
      {R"({"lists":{"a":1}})", Errc::bad_json},
      {R"({"lists":{"a":{"ranges":1}}})", Errc::bad_json},
      {R"({"lists":{"a":{"ranges":[1]}}})", Errc::bad_json},
      {R"({"lists":{"a":{"ranges":[[1]]}}})", Errc::bad_json},
      {R"({"lists":{"a":{"ranges":[["0","1"]]}}})", Errc::bad_json},
      {R"({"lists":{"a":{"ranges":[[0,1.5]]}}})", Errc::bad_json},
      {R"({"lists":{"a":{"ranges":[[2,1]]}}})", Errc::invalid_param},
      {R"({"lists":{"a":{"ranges":[[-1,1]]}}})", Errc::invalid_param},
      {R"({"lists":{"a":{"timeline_limit":-1}}})", Errc::invalid_param},
      {R"({"lists":{"a":{"timeline_limit":"1"}}})", Errc::bad_json},
      {R"({"lists":{"a":{"required_state":{}}}})", Errc::bad_json},
      {R"({"lists":{"a":{"required_state":[["m.room.name"]]}}})", Errc::bad_json},
      {R"({"lists":{"a":{"required_state":[["m.room.name",1]]}}})", Errc::bad_json},
      {R"({"lists":{"a":{"filters":[]}}})", Errc::bad_json},
      {R"({"lists":{"a":{"filters":{"is_dm":"yes"}}}})", Errc::bad_json},
      {R"({"lists":{"a":{"filters":{"room_types":[1]}}}})", Errc::bad_json},
      {R"({"lists":{"a":{"filters":{"spaces":"!s"}}}})", Errc::bad_json},
      {R"({"room_subscriptions":[]})", Errc::bad_json},
      {R"({"room_subscriptions":{"!a":[]}})", Errc::bad_json},
      {R"({"extensions":[]})", Errc::bad_json},
      {R"({"extensions":{"typing":true}})", Errc::bad_json},
      {R"({"extensions":{"to_device":{"since":1}}})", Errc::bad_json},
      {R"({"conn_id":1})", Errc::bad_json},
      {R"({"conn_id":")" + long_name + "\"}", Errc::invalid_param},
      {R"({"lists":{")" + long_name + R"(":{}}})", Errc::invalid_param},
      {many(R"({"lists":{)", R"("l#":{})", 101, "}}"), Errc::invalid_param},
      {many(R"({"room_subscriptions":{)", R"("!r#":{})", 101, "}}"), Errc::invalid_param},
      {many(R"({"lists":{"a":{"ranges":[)", "[0,1]", 17, "]}}}"), Errc::invalid_param},
      {many(R"({"lists":{"a":{"required_state":[)", R"(["m.t#",""])", 1001, "]}}}"), Errc::invalid_param},
      // All lists and subscriptions together.
      {many(R"({"lists":{)", R"("l#":{"required_state":[)" + patterns(11, "#") + "]}", 100, "}}"), Errc::invalid_param},
      {many(R"({"room_subscriptions":{)", R"("!#":{"required_state":[)" + patterns(11, "#") + "]}", 100, "}}"),
       Errc::invalid_param},
      {many(R"({"lists":{)", R"("l#":{"filters":{"spaces":[)" + texts(11) + "]}}", 100, "}}"), Errc::invalid_param},
      {many(R"({"lists":{)", R"("l#":{"filters":{"tags":[)" + texts(6) + R"(],"not_room_types":[)" + texts(6) + "]}}",
            100, "}}"),
       Errc::invalid_param},
  };
  for (const auto& [body, code] : kTable) {
    const auto read = parsed_body(body);
    ASSERT_FALSE(read) << body.substr(0, 80);
    EXPECT_EQ(read.error().code(), code) << body.substr(0, 80);
  }
}

TEST(SlidingRequestTest, WhatIsNotKnownOrTooMuchIsPassedOverOrCut) {
  const auto read =
      parsed_body(R"({"txn_id":"t","lists":{"a":{"sort":["by_recency"],"ranges":[[0,18446744073709551615]],
    "timeline_limit":100000,"bump_event_types":[],"filters":{"is_tombstoned":1,"is_dm":null}}},
    "extensions":{"org.example":{"enabled":true},"to_device":{"enabled":true,"limit":5000}},
    "room_subscriptions":null,"unsubscribe_rooms":["!a",1]})");
  ASSERT_TRUE(read) << read.error().message();
  const auto& list = read->lists.at("a");
  EXPECT_EQ(list.rule.timeline_limit, 100u);
  EXPECT_EQ(list.ranges->front().first, 0u);
  ASSERT_TRUE(list.filters);
  EXPECT_FALSE(list.filters->is_dm);
  EXPECT_EQ(read->extensions.to_device_limit, 100u);
  EXPECT_EQ(read->unsubscribe, std::vector<std::string>{"!a"});
  EXPECT_TRUE(parsed_body("{}"));
  EXPECT_TRUE(parsed_body(many(R"({"lists":{)", R"("l#":{})", 100, "}}")));
}

TEST(SlidingRequestTest, RangesInBothShapes) {
  EXPECT_TRUE(parsed_body(R"({"lists":{"a":{}}})")->lists.at("a").ranges->empty());
  EXPECT_FALSE(parsed_body(R"({"lists":{"a":{"slow_get_all_rooms":true}}})")->lists.at("a").ranges);
  EXPECT_EQ(parsed_body(R"({"lists":{"a":{"range":[2,5]}}})")->lists.at("a").ranges->size(), 1u);
  EXPECT_FALSE(parsed_body(R"({"lists":{"a":{}}})", SlidingShape::accepted)->lists.at("a").ranges);
  const auto one = parsed_body(R"({"lists":{"a":{"range":[2,5]}}})", SlidingShape::accepted);
  EXPECT_EQ(one->lists.at("a").ranges->front(), std::pair(std::size_t{2}, std::size_t{5}));
}

TEST(SlidingRequestTest, WhatIsSaidAgainCountsOnce) {
  const auto ranges = parsed_body(many(R"({"lists":{"a":{"ranges":[)", "[0,99999]", 16, "]}}}"));
  ASSERT_TRUE(ranges);
  EXPECT_EQ(ranges->lists.at("a").ranges->size(), 1u);
  const auto apart = parsed_body(R"({"lists":{"a":{"ranges":[[8,9],[0,3],[2,5],[6,7],[3,4]]}}})");
  using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;
  EXPECT_EQ(apart->lists.at("a").ranges, (Ranges{{0, 5}, {6, 7}, {8, 9}}));
  const auto spaces = parsed_body(many(R"({"lists":{"a":{"filters":{"spaces":[)", R"("!s")", 1000, "]}}}}"));
  EXPECT_EQ(spaces->lists.at("a").filters->spaces->size(), 1u);
  const auto typing =
      parsed_body(many(R"({"extensions":{"typing":{"enabled":true,"lists":["b",)", R"("a")", 900, "]}}}"));
  EXPECT_EQ(*typing->extensions.typing.lists, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parsed_body(R"({"unsubscribe_rooms":["!b","!a","!b"]})")->unsubscribe,
            (std::vector<std::string>{"!a", "!b"}));
  // A client subscribes to many rooms with one rule.
  EXPECT_TRUE(parsed_body(
      many(R"({"room_subscriptions":{)", R"("!#":{"required_state":[)" + patterns(50, "") + "]}", 100, "}}")));
  const auto again = parsed_body(many(R"({"lists":{"a":{"required_state":[)", R"(["a","b"])", 1000, "]}}}"));
  EXPECT_EQ(again->lists.at("a").rule.required_state.count(), 1u);
}

TEST(SlidingRequestTest, SoManyRulesMayExclude) {
  const auto rules = [](std::size_t count) {
    return parsed_body(
        many(R"({"lists":{)", R"("l#":{"required_state":{"include":[{}],"exclude":[{"type":"t#"}]}})", count, "}}"),
        SlidingShape::accepted);
  };
  EXPECT_TRUE(rules(16));
  EXPECT_EQ(rules(17).error().code(), Errc::invalid_param);
}

RequiredState state_of(std::string_view pairs) {
  return parsed_body(R"({"lists":{"a":{"required_state":)" + std::string(pairs) + "}}}")
      ->lists.at("a")
      .rule.required_state;
}

TEST(SlidingRequestTest, WordsOfRequiredState) {
  EXPECT_TRUE(state_of(R"([["m.room.member","$ME"]])").wants("m.room.member", "@me:example.org"));
  EXPECT_FALSE(state_of(R"([["m.room.member","$ME"]])").wants("m.room.member", "@other:example.org"));
  EXPECT_TRUE(state_of(R"([["*","*"]])").wants("m.room.member", "@other:example.org"));
  EXPECT_TRUE(state_of(R"([["*",""]])").wants("m.room.topic", ""));
  EXPECT_FALSE(state_of(R"([["*",""]])").wants("m.space.child", "!a"));
  const auto lazy = state_of(R"([["*","*"],["m.room.member","$LAZY"]])");
  EXPECT_TRUE(lazy.lazy_members());
  EXPECT_TRUE(lazy.wants("m.space.child", "!a"));
  EXPECT_FALSE(lazy.wants("m.room.member", "@other:example.org"));
  EXPECT_FALSE(state_of(R"([["m.room.member","*"],["m.room.member","$LAZY"]])").lazy_members());
  auto both = state_of(R"([["m.room.member","$LAZY"]])");
  EXPECT_TRUE(both.lazy_members());
  both.add(state_of(R"([["m.room.member","*"]])"));
  EXPECT_FALSE(both.lazy_members());
  EXPECT_FALSE(state_of("[]").wants("m.room.name", ""));
}

TEST(SlidingRequestTest, RequiredStateOfTheAcceptedShape) {
  const auto of = [](std::string_view object) {
    return parsed_body(R"({"lists":{"a":{"required_state":)" + std::string(object) + "}}}", SlidingShape::accepted)
        ->lists.at("a")
        .rule.required_state;
  };
  const auto most = of(R"({"include":[{}],"exclude":[{"type":"m.room.topic"}],"lazy_members":true})");
  EXPECT_TRUE(most.wants("m.room.name", ""));
  EXPECT_FALSE(most.wants("m.room.topic", ""));
  EXPECT_FALSE(most.wants("m.room.member", "@other:example.org"));
  EXPECT_TRUE(most.lazy_members());
  EXPECT_TRUE(of(R"({"include":[{"state_key":""}]})").wants("m.room.name", ""));
  EXPECT_FALSE(of(R"({"include":[{"state_key":""}]})").wants("m.space.child", "!a"));
  EXPECT_TRUE(
      of(R"({"include":[{"type":"m.room.member","state_key":"$ME"}]})").wants("m.room.member", "@me:example.org"));
  EXPECT_FALSE(of("{}").wants("m.room.name", ""));
}

TEST(SlidingRequestTest, PositionAndPresenceStandInTheAcceptedBody) {
  const auto read = parsed_body(R"({"pos":"p1.a.2.3","timeout":500,"set_presence":"offline"})", SlidingShape::accepted);
  EXPECT_EQ(read->pos, "p1.a.2.3");
  EXPECT_EQ(read->timeout.count(), 500);
  EXPECT_EQ(read->set_presence, sync::Availability::offline);
  EXPECT_TRUE(parsed_body(R"({"pos":"p1.a.2.3","timeout":500})")->pos.empty());  // in the query there
}

}  // namespace
}  // namespace troupe::homeserver::sliding
