// Parts of files: what a player asks for that jumps in a film, and a download that goes on where it broke off.
#include "homeserver/media/media_fixture.h"

namespace troupe::homeserver::media {
namespace {

class MediaRangeTest : public MediaTest {
 protected:
  /// GET of a file with these fields; the pieces that were written are counted.
  accounts::Answer get(const std::string& target, const std::vector<std::pair<std::string, std::string>>& fields,
                       std::string method = "GET") {
    net::http::Request request;
    request.method = std::move(method);
    EXPECT_TRUE(request.set_target(target).has_value());
    request.headers.add("Authorization", "Bearer " + token_);
    for (const auto& [name, value] : fields) request.headers.add(name, value);
    freeze();
    auto response = run(router_.dispatch(host::kMatrixListener, request));
    auto answer = whole_answer(response);
    if (!response.stream && !answer.body.empty()) {
      answer.json = boost::json::parse(answer.body).as_object();
    }
    return answer;
  }
  static std::string download(const std::string& uri) { return "/_matrix/client/v1/media/download/" + uri; }
};

TEST_F(MediaRangeTest, APartIsServed) {
  const auto uri = uploaded({"0123456789"}, "video/mp4", "?filename=film.mp4");
  const auto whole = get(download(uri), {});
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.headers.get("Accept-Ranges"), "bytes");
  EXPECT_FALSE(whole.headers.has("Content-Range"));
  const struct {
    const char* range;
    int status;
    const char* content_range;
    const char* body;
  } cases[] = {{"bytes=2-5", 206, "bytes 2-5/10", "2345"}, {"bytes=7-", 206, "bytes 7-9/10", "789"},
               {"bytes=-2", 206, "bytes 8-9/10", "89"},    {"bytes=0-99", 206, "bytes 0-9/10", "0123456789"},
               {"bytes=1-2,4-5", 200, "", "0123456789"},   {"lines=1-2", 200, "", "0123456789"},
               {"nonsense", 200, "", "0123456789"}};
  for (const auto& prefix : {download(uri), "/_matrix/media/v3/download/" + uri, download(uri) + "/other.mp4"}) {
    for (const auto& c : cases) {
      const auto answer = get(prefix, {{"Range", c.range}});
      EXPECT_EQ(answer.status, c.status) << c.range;
      EXPECT_EQ(answer.headers.get("Content-Range"), c.content_range) << c.range;
      EXPECT_EQ(answer.body, c.body) << c.range;
    }
  }
  const auto part = get(download(uri), {{"Range", "bytes=2-5"}});
  for (const auto* same : {"Content-Type", "Content-Disposition", "Content-Security-Policy", "X-Content-Type-Options",
                           "Cross-Origin-Resource-Policy", "Cache-Control", "ETag", "Accept-Ranges"}) {
    EXPECT_FALSE(part.headers.get(same).empty()) << same;
    EXPECT_EQ(part.headers.get(same), whole.headers.get(same)) << same;
  }
}

TEST_F(MediaRangeTest, WhatIsNotThereIsSaidWithTheLength) {
  const auto uri = uploaded({"0123456789"}, "text/plain");
  for (const auto* range : {"bytes=10-", "bytes=10-20", "bytes=-0"}) {
    const auto answer = get(download(uri), {{"Range", range}});
    EXPECT_EQ(answer.status, 416) << range;
    EXPECT_EQ(answer.headers.get("Content-Range"), "bytes */10") << range;
    EXPECT_EQ(answer.errcode(), "M_UNKNOWN") << range;
    EXPECT_FALSE(answer.text("error").empty()) << range;
  }
}

TEST_F(MediaRangeTest, ConditionsGoFirst) {
  const auto uri = uploaded({"0123456789"}, "text/plain");
  const std::string tag(get(download(uri), {}).headers.get("ETag"));
  EXPECT_EQ(get(download(uri), {{"Range", "bytes=1-2"}, {"If-None-Match", tag}}).status, 304);
  EXPECT_EQ(get(download(uri), {{"Range", "bytes=1-2"}, {"If-Range", tag}}).body, "12");
  const auto changed = get(download(uri), {{"Range", "bytes=1-2"}, {"If-Range", "\"other\""}});
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.body, "0123456789");
  EXPECT_EQ(get(download(uri), {{"Range", "bytes=1-2"}}, "HEAD").status, 200);
}

TEST_F(MediaRangeTest, APartOfALargeFileComesByItself) {
  std::string bytes(900'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7919 >> 4);
  const auto uri = uploaded({bytes}, "video/mp4");
  EXPECT_EQ(get(download(uri), {{"Range", "bytes=500000-724999"}}).body, bytes.substr(500'000, 225'000));
  EXPECT_EQ(get(download(uri), {{"Range", "bytes=-1"}}).body, bytes.substr(899'999));
  EXPECT_EQ(get(download(uri), {{"Range", "bytes=0-"}}).body, bytes);
}

}  // namespace
}  // namespace troupe::homeserver::media
