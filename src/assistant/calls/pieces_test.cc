// What a call is put together from: marks, escapes, files, addresses, answers.
#include "assistant/calls/calls_fixture.h"
#include "assistant/calls/egress.h"
#include "assistant/calls/meaning.h"
#include "assistant/calls/prepare.h"
#include "assistant/calls/redactor.h"

namespace troupe::assistant::calls {
namespace {

using namespace testing_calls;
using testing::HasSubstr;
using testing::Not;

class PiecesTest : public CallsTest {
 protected:
  static Result<Prepared> prepared(const Service& of, const std::string& operation, std::string_view arguments) {
    return prepare(*of.pack, *of.pack->find(operation), object(arguments), marker_of("t", "s"));
  }
};

TEST(Marker, IsTheSameForTheSameStepAndNoOthers) {
  EXPECT_EQ(marker_of("task", "step"), marker_of("task", "step"));
  EXPECT_NE(marker_of("task", "step"), marker_of("task", "step", 1));
  EXPECT_NE(marker_of("ta", "skstep"), marker_of("task", "step"));
  EXPECT_LE(marker_of("t", "s").size(), 36U);
}

TEST_F(PiecesTest, SlackTextCallsNobodyAndChannelsHaveNoSign) {
  const auto slack = service("slack");
  const auto out =
      kit::must(prepared(slack, "send_message", R"({"channel":"#general","text":"<!channel> a & b > c <@U1>"})"));
  EXPECT_EQ(out.arguments.at("text"), "&lt;!channel&gt; a &amp; b &gt; c &lt;@U1&gt;");
  EXPECT_EQ(out.arguments.at("channel"), "general");
  EXPECT_THAT(out.request.body, Not(HasSubstr("<")));
  EXPECT_TRUE(out.marked);
  EXPECT_EQ(Json(out.arguments).at_pointer("/metadata/event_payload/id"), Json(marker_of("t", "s")));
  EXPECT_FALSE(slack.pack->find("send_message")->operation.arguments.at("properties").get_object().contains("blocks"))
      << "blocks could call everybody";
  EXPECT_EQ(kit::must(prepared(slack, "create_channel", R"({"name":"##jobs"})")).arguments.at("name"), "jobs");
  EXPECT_EQ(kit::must(prepared(slack, "create_channel", R"({"name":"#"})")).arguments.at("name"), "#");
  EXPECT_EQ(
      kit::must(prepared(slack, "set_channel_topic", R"({"channel":"C1","topic":"<!here>"})")).arguments.at("topic"),
      "&lt;!here&gt;");
}

TEST_F(PiecesTest, AMarkTakesNobodysPlace) {
  const auto acculynx = service("acculynx");
  EXPECT_TRUE(kit::must(prepared(acculynx, "create_contact", R"({"lastName":"Shaw"})")).marked);
  const auto own = kit::must(prepared(acculynx, "create_contact", R"({"lastName":"Shaw","crossReference":"mine"})"));
  EXPECT_FALSE(own.marked);
  EXPECT_EQ(own.arguments.at("crossReference"), "mine");
  EXPECT_FALSE(kit::must(prepared(acculynx, "list_jobs", "{}")).marked);
}

TEST_F(PiecesTest, NobodyActsAsAnotherAtCompanyCam) {
  const auto companycam = service("companycam");
  for (const auto& [name, offered] : companycam.pack->operations) {
    const auto* properties = matrix::find_object(offered.operation.arguments, "properties");
    EXPECT_FALSE(properties && properties->contains("X_COMPANYCAM_USER")) << name;
  }
  const auto out =
      kit::must(prepared(companycam, "create_project", R"({"name":"a","X_COMPANYCAM_USER":"boss@x.example"})"));
  EXPECT_TRUE(out.request.headers.empty());
}

TEST_F(PiecesTest, FilesGoOutAsPartsAndNoOthersDo) {
  files.blobs["mxc://h/1"] = {
      .name = "a\"b\r\n.jpg", .content_type = "image/jpeg", .bytes = std::string("\xff\xd8\0x", 4)};
  files.blobs["mxc://h/2"] = {.name = "", .content_type = "text/html\r\nX: 1", .bytes = "y"};
  files.blobs["mxc://h/big"] = {.name = "big", .content_type = "a/b", .bytes = std::string(kMaxUploadBytes + 1, 'x')};
  std::string person = "@anna:h";
  const auto sent = [&](std::vector<openapi::Part> parts) {
    openapi::Request request;
    request.body_kind = openapi::BodyKind::multipart;
    request.parts = std::move(parts);
    return wait(sendable(files, person, std::move(request)));
  };
  const auto out =
      kit::must(sent({{"description", "roof", false}, {"file", "mxc://h/1", true}, {"file2", "mxc://h/2", true}}));
  EXPECT_THAT(out.content_type, HasSubstr("multipart/form-data; boundary="));
  EXPECT_THAT(out.body,
              HasSubstr("name=\"file\"; filename=\"a%22b%0D%0A.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8"));
  EXPECT_THAT(out.body, HasSubstr("filename=\"file\"\r\nContent-Type: application/octet-stream\r\n\r\ny\r\n"));
  EXPECT_THAT(out.shown, Not(HasSubstr("\xff")));
  EXPECT_EQ(sent({{"file", "/etc/passwd", true}}).error().code(), Errc::invalid_param);
  EXPECT_EQ(sent({{"file", "mxc://h/none", true}}).error().code(), Errc::not_found);
  EXPECT_EQ(sent({{"file", "mxc://h/big", true}}).error().code(), Errc::too_large);
  person = "@eve:h";
  EXPECT_EQ(sent({{"file", "mxc://h/1", true}}).error().code(), Errc::not_found) << "not hers to see";
  person = "@anna:h";
  openapi::Request raw;
  raw.body_kind = openapi::BodyKind::raw;
  raw.content_type = "application/octet-stream";
  raw.body = "mxc://h/1";
  EXPECT_EQ(kit::must(wait(sendable(files, person, raw))).body.size(), 4U);
  raw.content_type = "text/plain";
  EXPECT_EQ(kit::must(wait(sendable(files, person, raw))).body, "mxc://h/1");
}

TEST_F(PiecesTest, FilesInJsonGoOutByTheirAddress) {
  files.blobs["mxc://h/1"] = {.name = "a.jpg", .content_type = "image/jpeg", .bytes = "x"};
  openapi::Request request;
  request.body_kind = openapi::BodyKind::json;
  request.body = R"({"photo":{"uri":"mxc://h/1","tags":["see mxc://h/1"]}})";
  const auto sent = [&](const std::string& person, const std::string& where = "https://vendor.example") {
    return wait(sendable(files, person, request, where));
  };
  const auto out = kit::must(sent("@anna:h"));
  EXPECT_EQ(out.body, R"({"photo":{"uri":"https://troupe.example/files/1","tags":["see mxc://h/1"]}})");
  EXPECT_EQ(out.shown, request.body) << "whoever has the address has the file: it is in no record";
  EXPECT_EQ(kit::must(sent("@anna:h", "")).body, request.body);
  EXPECT_EQ(sent("@eve:h").error().code(), Errc::not_found) << "not hers to see";
  request.body = R"({"uri":"mxc://h/none"})";
  EXPECT_EQ(sent("@anna:h").error().code(), Errc::not_found);
  request.body = R"(["mxc://h/1")" + std::string(100, ' ');
  EXPECT_EQ(kit::must(sent("@anna:h")).body, request.body) << "no JSON is nobody's file";
}

TEST_F(PiecesTest, OnlyTheHostsOfThePackAreReached) {
  const auto slack = service("slack");
  const auto reach = [&](std::string_view url) { return may_reach(slack, kit::must(net::http::Url::parse(url))); };
  EXPECT_TRUE(reach("https://slack.com/api/x"));
  EXPECT_TRUE(reach("https://files.slack.com/upload"));
  for (const auto* url : {"http://slack.com/", "https://slack.com:444/", "https://evilslack.com/",
                          "https://slack.com.evil.example/", "https://127.0.0.1/", "https://api.slack.com/"})
    EXPECT_FALSE(reach(url)) << url;
  openapi::Request request;
  request.path = "/chat.postMessage";
  request.query = "a=b";
  EXPECT_EQ(kit::must(destination(slack, request)).target, "/api/chat.postMessage?a=b");
  request.path = "@evil.example/";
  EXPECT_FALSE(destination(slack, request).has_value() && kit::must(destination(slack, request)).host != "slack.com");
}

TEST(Redactor, KnowsSecretsInTheirUsualForms) {
  Redactor redactor;
  redactor.add("s3cret/+value");
  redactor.add("abc");
  std::string full;
  for (int i = 0; i < 200'000; ++i) full += "s3cret/+value";
  EXPECT_EQ(redactor.text(std::move(full)).size(), 200'000U * 10);
  EXPECT_EQ(redactor.text("a s3cret/+value b s3cret%2F%2Bvalue abc"), "a [redacted] b [redacted] abc");
  EXPECT_EQ(redactor.json(parsed(R"({"s3cret/+value":["x s3cret/+value",7]})")),
            parsed(R"({"[redacted]":["x [redacted]",7]})"));
}

TEST(Meaning, ReadsRetryAfterAndLinks) {
  const auto after = [](std::string value) {
    net::http::Headers headers;
    headers.add("Retry-After", std::move(value));
    return retry_after_of(headers, 1'700'000'000'000);
  };
  EXPECT_EQ(after("30"), 30s);
  EXPECT_EQ(after("Tue, 14 Nov 2023 22:14:20 GMT"), 60s);
  EXPECT_EQ(after("Tue, 14 Nov 2022 22:14:20 GMT"), 0s);
  EXPECT_EQ(after("-5"), 0s);
  EXPECT_EQ(after("99999999"), 24h);
  EXPECT_EQ(after("99999999999999999999999"), 0s);
  EXPECT_EQ(after("soon"), 0s);
  net::http::Headers links;
  links.add("Link", R"(</first>; rel="first", </next?c=1,2>; rel="next")");
  EXPECT_EQ(next_link(links), "/next?c=1,2");
}

}  // namespace
}  // namespace troupe::assistant::calls
