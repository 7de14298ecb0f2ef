#include "net/http/byte_range.h"

#include <gtest/gtest.h>

namespace troupe::net::http {
namespace {

std::string shown(const AskedRange& asked) {
  if (asked.kind == AskedRange::Kind::whole) return "whole";
  if (asked.kind == AskedRange::Kind::beyond) return "beyond";
  return std::to_string(asked.first) + "-" + std::to_string(asked.last);
}

TEST(ByteRange, ReadsOneRangeOfAWhole) {
  const struct {
    const char* field;
    const char* asked;
  } cases[] = {
      {"bytes=0-0", "0-0"},
      {"bytes=2-5", "2-5"},
      {"BYTES=2-5", "2-5"},
      {" bytes= 2-5 ", "2-5"},
      {"bytes=9-", "9-9"},
      {"bytes=0-", "0-9"},
      {"bytes=4-100", "4-9"},
      {"bytes=4-99999999999999999999999", "4-9"},
      {"bytes=-3", "7-9"},
      {"bytes=-10", "0-9"},
      {"bytes=-99999999999999999999999", "0-9"},
      {"bytes=-0", "beyond"},
      {"bytes=10-", "beyond"},
      {"bytes=10-20", "beyond"},
      {"bytes=99999999999999999999999-", "beyond"},
      {"", "whole"},
      {"bytes", "whole"},
      {"bytes=", "whole"},
      {"bytes=-", "whole"},
      {"bytes=5", "whole"},
      {"bytes=5-2", "whole"},
      {"bytes=0-1,3-4", "whole"},
      {"bytes=0-1,", "whole"},
      {"bytes=a-b", "whole"},
      {"bytes=+1-2", "whole"},
      {"bytes=1 -2", "whole"},
      {"bytes=--1", "whole"},
      {"bytes=1-2-3", "whole"},
      {"rows=0-1", "whole"},
      {"bytes 0-1", "whole"},
  };
  for (const auto& c : cases) EXPECT_EQ(shown(parse_range(c.field, 10)), c.asked) << c.field;
  for (const auto* field : {"bytes=0-0", "bytes=0-", "bytes=-1", "bytes=-0"})
    EXPECT_EQ(shown(parse_range(field, 0)), "whole") << "of nothing: " << field;
}

TEST(ByteRange, OnlyAGetOfTheSameEntityAsksForParts) {
  Request request;
  request.method = "GET";
  EXPECT_EQ(shown(asked_range(request, "\"a\"", 10)), "whole");
  request.headers.add("Range", "bytes=1-2");
  EXPECT_EQ(shown(asked_range(request, "\"a\"", 10)), "1-2");
  for (const auto* other : {"\"b\"", "W/\"a\"", "a", "", "Sat, 21 Nov 2026 09:00:00 GMT"}) {
    request.headers.set("If-Range", other);
    EXPECT_EQ(shown(asked_range(request, "\"a\"", 10)), "whole") << other;
  }
  request.headers.set("If-Range", "\"a\"");
  EXPECT_EQ(shown(asked_range(request, "\"a\"", 10)), "1-2");
  request.method = "HEAD";
  EXPECT_EQ(shown(asked_range(request, "\"a\"", 10)), "whole");
  request.method = "GET";
  request.headers.add("Range", "bytes=3-4");
  EXPECT_EQ(shown(asked_range(request, "\"a\"", 10)), "whole") << "two fields";
}

}  // namespace
}  // namespace troupe::net::http
