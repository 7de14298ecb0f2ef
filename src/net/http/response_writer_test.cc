#include "net/http/response_writer.h"

#include <gtest/gtest.h>

namespace troupe::net::http {
namespace {

std::string head_of(const Response& response, HeadFacts facts) {
  std::string out;
  facts.date = "D";
  facts.request_id = "r1";
  write_head(out, response, facts);
  return out;
}

TEST(ResponseWriter, WritesOneHead) {
  EXPECT_EQ(head_of(Response::json("{}"), {.date = {}, .request_id = {}, .content_length = 2}),
            "HTTP/1.1 200 OK\r\nDate: D\r\nX-Request-Id: r1\r\nContent-Length: 2\r\nContent-Type: application/json\r\n"
            "X-Content-Type-Options: nosniff\r\n\r\n");
}

TEST(ResponseWriter, TlsIsInsistedOnWhereItIsSpoken) {
  EXPECT_EQ(head_of(Response::json("{}"), {.date = {}, .request_id = {}}).find("Strict-Transport"), std::string::npos);
  EXPECT_NE(head_of(Response::json("{}"), {.date = {}, .request_id = {}, .hsts_s = 60})
                .find("\r\nStrict-Transport-Security: max-age=60\r\n"),
            std::string::npos);
}

TEST(ResponseWriter, FieldsCannotBreakOut) {
  Response response = Response::empty(200);
  response.headers.add("Location", "/a\r\nSet-Cookie: b=c");
  response.headers.add("X\nY", "z");
  response.headers.add("Content-Length", "99");
  response.headers.add("Good", "yes");
  response.headers.add("x-content-type-options", "twice");
  const auto head = head_of(response, {.date = {}, .request_id = {}, .content_length = 0});
  EXPECT_EQ(head.find("Set-Cookie"), head.npos);
  EXPECT_EQ(head.find("99"), head.npos);
  EXPECT_EQ(head.find("twice"), head.npos);
  EXPECT_EQ(head.find("z\r\n"), head.npos);
  EXPECT_NE(head.find("Good: yes\r\n"), head.npos);
}

TEST(ResponseWriter, AnOwnCorsRuleStays) {
  Response response = Response::empty(200);
  response.headers.add("access-control-allow-origin", "https://a");
  const auto head = head_of(response, {.date = {}, .request_id = {}, .cors = true});
  EXPECT_EQ(head.find("Allow-Origin: *"), head.npos);
}

TEST(ResponseWriter, EveryStatusHasAReason) {
  for (int status = 100; status < 600; ++status) EXPECT_FALSE(reason_phrase(status).empty());
}

TEST(ResponseWriter, DateIsImfFixdate) {
  const auto date = http_date();
  ASSERT_EQ(date.size(), 29U);
  EXPECT_EQ(date.substr(25), " GMT");
}

}  // namespace
}  // namespace troupe::net::http
