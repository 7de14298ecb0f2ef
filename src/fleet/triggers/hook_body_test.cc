#include "fleet/triggers/hook_body.h"

#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>

namespace troupe::fleet::triggers {
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

TEST(HookBodyTest, TakesFiles) {
  auto sent = message("application/json",
                      R"({"text":"t","attachments":[{"name":"../a.png","content_type":"Image/PNG; x","data":"aGk="},
{"data":"data:text/plain;base64,aGk"},{"url":"mxc://localhost/x","name":"b.pdf","content_type":"nonsense"}]})");
  ASSERT_EQ(sent.files.size(), 3u);
  EXPECT_EQ(sent.files[0].name, "a.png");
  EXPECT_EQ(sent.files[0].mime, "image/png");
  EXPECT_EQ(sent.files[0].bytes, "hi");
  EXPECT_EQ(sent.files[1].name, "file2");
  EXPECT_EQ(sent.files[1].mime, "text/plain");
  EXPECT_EQ(sent.files[2].mxc, "mxc://localhost/x");
  EXPECT_EQ(sent.files[2].mime, "application/octet-stream");
  EXPECT_EQ(boost::json::serialize(sent.data).find("aGk"), std::string::npos) << "the bytes do not ride along";
  EXPECT_EQ(message("application/json", R"({"attachments":[{"data":"aGk="}]})").text, "");

  auto form = message("multipart/form-data; boundary=XX",
                      "--XX\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nlook\r\n"
                      "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n"
                      "Content-Type: application/x-thing\r\n\r\n\x01\xff\r\n--XX--\r\n");
  EXPECT_EQ(form.text, "look");
  ASSERT_EQ(form.files.size(), 1u);
  EXPECT_EQ(form.files[0].bytes, "\x01\xff");
  EXPECT_EQ(form.files[0].mime, "application/x-thing");

  auto odd = message("multipart/form-data; boundary=XX",
                     "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n"
                     "Content-Type: i/\xf1\r\n\r\nPNG\r\n--XX--\r\n");
  EXPECT_TRUE(matrix::check_canonical(odd.data)) << "a type that is no text never gets into an event";
  EXPECT_EQ(odd.files.at(0).mime, "application/octet-stream");

  auto slack = message("application/json", R"({"text":"t","attachments":[{"fallback":"x","color":"good"}]})");
  EXPECT_TRUE(slack.files.empty()) << "another service's list of that name";
  EXPECT_NE(boost::json::serialize(slack.data).find("good"), std::string::npos);
  std::string many;
  for (int i = 0; i < 11; ++i) many += std::string(i ? "," : "") + R"({"data":"aGk="})";
  for (const auto& wrong : {std::string(R"({"attachments":[{"data":"!"}]})"), R"({"attachments":[)" + many + "]}",
                            std::string(R"({"attachments":[{"data":"data:text/plain,hi"}]})"),
                            std::string(R"({"text":"t","edit":"$e","attachments":[{"data":"aGk="}]})")}) {
    EXPECT_FALSE(read_hook_message(data("application/json", wrong))) << wrong;
  }
  EXPECT_FALSE(read_hook_body("multipart/form-data", "x"));
}

TEST(HookBodyTest, HtmlAloneIsWordsToo) {
  auto sent = message("application/json", R"({"html":"<b>built</b><script>x</script>","username":"CI"})");
  EXPECT_EQ(sent.text, "**CI**: built");
}

}  // namespace
}  // namespace troupe::fleet::triggers
