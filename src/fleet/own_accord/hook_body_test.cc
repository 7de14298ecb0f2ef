#include "fleet/own_accord/hook_body.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace troupe::fleet {
namespace {

matrix::Json data(std::string_view type, std::string_view body) {
  auto read = read_hook_body(type, body);
  if (!read) throw std::runtime_error(read.error().message());
  return *read;
}
HookMessage message(std::string_view type, std::string_view body) {
  auto read = read_hook_message(data(type, body));
  if (!read) throw std::runtime_error(read.error().message());
  return *read;
}

TEST(HookBodyTest, ReadsJsonFormsAndText) {
  EXPECT_EQ(message("application/json", R"({"text":"**hi**"})").text, "**hi**");
  EXPECT_EQ(message("application/json; charset=utf-8", R"({"text":"hi","html":"<b>hi</b>"})").html, "<b>hi</b>");
  EXPECT_EQ(message("application/x-www-form-urlencoded", "text=one+two%21&x=1&x=2").text, "one two!");
  EXPECT_EQ(boost::json::serialize(data("application/x-www-form-urlencoded", "a=1&a=2&b")),
            R"({"a":["1","2"],"b":""})");
  EXPECT_EQ(message("text/plain", "hello").text, "Received webhook data: hello");
  EXPECT_EQ(message("application/xml", "<a>1</a>").text, "Received webhook data: <a>1</a>");
  EXPECT_EQ(message("", R"({"text":"guessed"})").text, "guessed");
  EXPECT_EQ(message("", "guessed").text, "Received webhook data: guessed");
}

TEST(HookBodyTest, ShowsWhatHasNoText) {
  EXPECT_EQ(message("application/json", R"({"a":[1,{}],"b":{"c":null}})").text,
            "Received webhook data:\n\n```json\n{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {\n    \"c\": null\n  "
            "}\n}\n```");
  EXPECT_EQ(message("application/json", "[]").text, "Received webhook data:\n\n```json\n[]\n```");
  auto ticks = message("application/json", R"({"a":"````"})").text;
  EXPECT_NE(ticks.find("`````json"), std::string::npos);
  EXPECT_EQ(message("application/json", R"({"text":""})").text.substr(0, 9), "Received ");
  EXPECT_LT(message("text/plain", std::string(500'000, 'x')).text.size(), 70'000u);
}

TEST(HookBodyTest, PutsTheNameInFront) {
  auto named = message("application/json", R"({"text":"t","html":"<i>t</i>","username":"CI <1>"})");
  EXPECT_EQ(named.text, "**CI <1>**: t");
  EXPECT_EQ(named.html, "<strong>CI &lt;1&gt;</strong>: <i>t</i>");
}

TEST(HookBodyTest, TurnsFractionsIntoTexts) {
  auto kept = message("application/json",
                      R"({"text":"t","n":1.5,"big":9007199254740993,"list":[0.1,-2],"u":18446744073709551615})");
  EXPECT_TRUE(matrix::check_canonical(kept.data));
  const auto& object = kept.data.as_object();
  EXPECT_TRUE(object.at("n").is_string());
  EXPECT_EQ(object.at("big"), "9007199254740993");
  EXPECT_EQ(object.at("list").as_array()[1], -2);
  EXPECT_EQ(object.at("u"), "18446744073709551615");
  EXPECT_TRUE(message("application/json", R"({"text":")" + std::string(20'000, 'x') + "\"}").data.is_null());
}

TEST(HookBodyTest, TakesOurAdditions) {
  auto ours = message("application/json", R"({"text":"t","reply_to":"$a:b","thread":"$root","edit":null})");
  EXPECT_EQ(ours.reply_to, "$a:b");
  EXPECT_EQ(ours.thread, "$root");
  EXPECT_EQ(ours.edit, "");
  for (std::string_view wrong :
       {R"({"text":"t","reply_to":"x"})", R"({"text":"t","edit":"$"})", R"({"text":"t","thread":"$a b"})"}) {
    EXPECT_FALSE(read_hook_message(data("application/json", wrong))) << wrong;
  }
}

TEST(HookBodyTest, RefusesWhatIsBroken) {
  EXPECT_FALSE(read_hook_body("application/json", "{"));
  EXPECT_FALSE(read_hook_body("application/json", ""));
  EXPECT_FALSE(read_hook_body("text/plain", "\xff"));
  EXPECT_FALSE(read_hook_body("application/x-www-form-urlencoded", "a=%zz"));
  EXPECT_FALSE(read_hook_body("application/x-www-form-urlencoded", "a=%ff"));
}

}  // namespace
}  // namespace troupe::fleet
