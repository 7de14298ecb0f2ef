// GET /preview_url: what is answered, kept, joined, limited and removed.
#include <gmock/gmock.h>

#include "homeserver/media/media_fixture.h"
#include "homeserver/media/moderation_store.h"
#include "homeserver/previews/preview_routes.h"
#include "kit/fake_http.h"
#include "net/tls/test_peer.h"

namespace troupe::homeserver::previews {
namespace {

constexpr auto kPath = "/_matrix/client/v1/media/preview_url?url=";
constexpr auto kPage = R"(<html><head><title>No</title><meta property="og:title" content="The Rock">
  <meta property="og:image" content="rock.png"></head></html>)";

class PreviewTest : public media::MediaTest {
 protected:
  PreviewTest() {
    settings_.edit<PreviewSettings>() = {.enabled = true, .max_bytes = 100'000};
    service_ = make_service(web_);
    api_ = std::make_unique<PreviewApi>(PreviewApi{*service_, settings_});
    add_preview_routes(router_, *api_);
    web_.answer = [this](const net::client::ClientRequest& request) -> Result<net::client::ClientResponse> {
      const auto found = pages_.find(request.url);
      if (found == pages_.end()) return Error(Errc::unavailable, "nobody listens");
      net::client::ClientResponse made{.status = found->second.status, .headers = {}, .body = found->second.body};
      made.headers.add("Content-Type", found->second.type);
      for (const auto& [name, value] : found->second.headers) made.headers.add(name, value);
      return made;
    };
  }
  std::unique_ptr<PreviewService> make_service(net::client::HttpClient& http) {
    return std::make_unique<PreviewService>(PreviewService::Parts{.db = *db_,
                                                                  .media = media_,
                                                                  .removal = removal_,
                                                                  .http = http,
                                                                  .settings = settings_,
                                                                  .clock = clock_,
                                                                  .home = context_.get_executor()});
  }
  accounts::Answer preview(std::string_view address, std::string more = {}) {
    return call("GET", kPath + base::percent_encode(address) + more, {}, token_);
  }
  std::size_t asked() const { return web_.requests.size(); }
  std::int64_t pictures() {
    std::int64_t files = 0;
    EXPECT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
      files = media::media_store::usage(connection, PreviewService::kNobody).files;
      return Unit{};
    }));
    return files;
  }

  kit::FakeHttp web_;
  std::map<std::string, kit::HttpAnswer> pages_;
  media::MediaRemoval removal_{*db_, files_, clock_};
  std::unique_ptr<PreviewService> service_;
  std::unique_ptr<PreviewApi> api_;
};

TEST_F(PreviewTest, APageSaysWhatItIs) {
  const auto picture = media::png(279, 129);
  pages_["https://films.example/rock/"] = {.type = "text/html; charset=utf-8", .body = kPage};
  pages_["https://films.example/rock/rock.png"] = {.type = "application/octet-stream", .body = picture};
  const auto answer = preview("https://films.example/rock/#top");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.text("og:title"), "The Rock");
  EXPECT_EQ(answer.text("og:image:type"), "image/png");
  EXPECT_EQ(answer.json.at("og:image:width"), 279);
  EXPECT_EQ(answer.json.at("og:image:height"), 129);
  EXPECT_EQ(answer.json.at("matrix:image:size"), picture.size());
  const auto uri = answer.text("og:image");
  ASSERT_TRUE(uri.starts_with("mxc://example.org/")) << uri;
  const auto file = fetch("/_matrix/client/v1/media/download/" + uri.substr(6), token_);
  EXPECT_EQ(file.body, picture);
  EXPECT_EQ(file.headers.get("content-type"), "image/png");
  for (const auto& request : web_.requests) {
    EXPECT_EQ(request.trust, net::client::Trust::untrusted);
    EXPECT_EQ(request.max_redirects, 0);
    EXPECT_EQ(request.max_body_bytes, 100'000U);
    EXPECT_FALSE(request.headers.has("authorization"));
  }
  for (const auto* old : {"/_matrix/media/v3/preview_url?url=", "/_matrix/media/r0/preview_url?url="})
    EXPECT_EQ(call("GET", old + base::percent_encode("https://films.example/rock/"), {}, token_).body, answer.body);
  EXPECT_EQ(asked(), 2U);
}

TEST_F(PreviewTest, APictureIsItsOwnPreviewAndOtherFilesHaveNone) {
  pages_["http://a.example/x.gif"] = {.type = "text/html", .body = std::string("GIF89a\x02\x00\x03\x00;", 11)};
  const auto picture = preview("http://a.example/x.gif");
  EXPECT_EQ(picture.text("og:image:type"), "image/gif");
  EXPECT_EQ(picture.json.at("og:image:height"), 3);
  pages_["http://a.example/x.pdf"] = {.type = "application/pdf", .body = "%PDF <title>x</title>"};
  EXPECT_EQ(preview("http://a.example/x.pdf").body, "{}");
  pages_["http://a.example/x.svg"] = {.type = "image/svg+xml", .body = "<svg><title>x</title></svg>"};
  EXPECT_EQ(preview("http://a.example/x.svg").body, "{}");
  EXPECT_EQ(pictures(), 1);
}

TEST_F(PreviewTest, WhatIsNoPictureIsLeftOut) {
  for (const auto* body : {"<svg onload='alert(1)'/>", "<html><script>alert(1)</script>", ""}) {
    const auto address = "http://b.example/" + std::to_string(pages_.size());
    pages_[address] = {.type = "text/html", .body = kPage};
    pages_["http://b.example/rock.png"] = {.type = "image/png", .body = body};
    const auto answer = preview(address);
    EXPECT_EQ(answer.text("og:title"), "The Rock");
    EXPECT_FALSE(answer.body.contains("og:image")) << answer.body;
  }
  for (const auto* where : {"data:image/png;base64,iVBORw0KGgo=", "file:///etc/passwd", "javascript:alert(1)",
                            "http://user:word@b.example/x.png", "http://b.example:22/x.png"}) {
    const auto address = "http://b.example/at" + std::to_string(pages_.size());
    pages_[address] = {.type = "text/html",
                       .body = "<title>t</title><meta property=og:image content=\"" + std::string(where) + "\">"};
    const auto before = asked();
    EXPECT_EQ(preview(address).body, R"({"og:title":"t"})") << where;
    EXPECT_EQ(asked(), before + 1) << where;
  }
  EXPECT_EQ(pictures(), 0);
}

TEST_F(PreviewTest, APageIsFetchedOnceAndAgainWhenItsPreviewHasEnded) {
  pages_["http://c.example/"] = {.type = "text/html", .body = "<title>first</title>"};
  EXPECT_EQ(preview("http://c.example").text("og:title"), "first");
  const auto first_ms = clock_.unix_ms();
  pages_["http://c.example/"].body = "<title>second</title>";
  EXPECT_EQ(preview("http://c.example/").text("og:title"), "first");
  const auto restarted = make_service(web_);
  EXPECT_EQ(run(restarted->preview("@anna:example.org", "http://c.example/", {})).value_or(""),
            R"({"og:title":"first"})");
  EXPECT_EQ(asked(), 1U);
  clock_.advance(PreviewService::kLife + std::chrono::seconds(1));
  EXPECT_EQ(preview("http://c.example/").text("og:title"), "second");
  EXPECT_EQ(preview("http://c.example/", "&ts=" + std::to_string(first_ms + 1)).text("og:title"), "first");
  EXPECT_EQ(preview("http://c.example/", "&ts=0").text("og:title"), "second") << "there is none of that time";
  EXPECT_EQ(preview("http://c.example/", "&ts=99999999999999").text("og:title"), "second");
  EXPECT_EQ(asked(), 2U);
}

TEST_F(PreviewTest, WhoeverAsksMeanwhileWaitsForTheSameFetch) {
  pages_["http://d.example/"] = {.type = "text/html", .body = "<title>d</title>"};
  freeze();
  constexpr int kAskers = 8;
  int right = 0;
  std::vector<std::unique_ptr<net::http::Request>> requests;
  for (int i = 0; i < kAskers; ++i) {
    auto& request = *requests.emplace_back(std::make_unique<net::http::Request>());
    request.method = "GET";
    ASSERT_TRUE(request.set_target(kPath + base::percent_encode("http://d.example/")).has_value());
    request.headers.add("Authorization", "Bearer " + token_);
    asio::co_spawn(context_, router_.dispatch(host::kMatrixListener, request),
                   [&right](std::exception_ptr, net::http::Response response) {
                     right += response.status == 200 && response.body == R"({"og:title":"d"})";
                   });
  }
  context_.restart();
  context_.run();
  EXPECT_EQ(right, kAskers);
  EXPECT_EQ(asked(), 1U);
}

TEST_F(PreviewTest, AFailureIsRememberedForAMinute) {
  EXPECT_EQ(preview("http://e.example/").status, 502);
  pages_["http://e.example/"] = {.status = 404, .type = "text/html", .body = "<title>lost</title>"};
  EXPECT_EQ(preview("http://e.example/").status, 502);
  EXPECT_EQ(asked(), 1U);
  clock_.advance(PreviewService::kFailureLife + std::chrono::seconds(1));
  const auto lost = preview("http://e.example/");
  EXPECT_EQ(lost.status, 502);
  EXPECT_EQ(lost.errcode(), "M_UNKNOWN");
  clock_.advance(PreviewService::kFailureLife + std::chrono::seconds(1));
  pages_["http://e.example/"].status = 200;
  EXPECT_EQ(preview("http://e.example/").text("og:title"), "lost");
}

TEST_F(PreviewTest, RedirectsAreFollowedAsFarAsTheirPortsAllow) {
  const auto to = [](std::string where) {
    return kit::HttpAnswer{.status = 302, .headers = {{"Location", std::move(where)}}};
  };
  pages_["http://f.example/"] = to("https://f.example/two");
  pages_["https://f.example/two"] = to("three");
  pages_["https://f.example/three"] = {.type = "text/html", .body = kPage};
  pages_["https://f.example/rock.png"] = {.body = media::png(2, 2)};
  EXPECT_EQ(preview("http://f.example/").json.at("og:image:width"), 2);
  pages_["http://f.example/again"] = to("/again");
  const auto before = asked();
  EXPECT_EQ(preview("http://f.example/again").status, 502);
  EXPECT_EQ(asked(), before + 1 + kMaxRedirects);
  for (const auto* where :
       {"http://f.example:25/", "ftp://f.example/", "http://a:b@f.example/", "gopher://f.example/"}) {
    const auto address = "http://f.example/to" + std::to_string(pages_.size());
    pages_[address] = to(where);
    const auto asked_before = asked();
    EXPECT_GE(preview(address).status, 400) << where;
    EXPECT_EQ(asked(), asked_before + 1) << where;
  }
}

TEST_F(PreviewTest, WhatIsNoAddressOfAPageIsRefused) {
  for (const auto* address :
       {"", "films", "ftp://a.example/", "file:///etc/passwd", "http://user:word@a.example/",
        "http://a.example@127.0.0.1/", "javascript:alert(1)", "http:///x", "http://a.example:0/"}) {
    EXPECT_EQ(preview(address).status, 400) << address;
  }
  for (const auto* address : {"http://a.example:22/", "http://a.example:6379/", "https://a.example:25/"})
    EXPECT_EQ(preview(address).status, 403) << address;
  EXPECT_EQ(preview("http://a.example/", "&ts=soon").status, 400);
  EXPECT_EQ(call("GET", "/_matrix/client/v1/media/preview_url", {}, token_).errcode(), "M_MISSING_PARAM");
  EXPECT_EQ(call("GET", std::string(kPath) + "http%3A%2F%2Fa.example", {}).status, 401);
  EXPECT_EQ(asked(), 0U);
  settings_.edit<PreviewSettings>().enabled = false;
  const auto off = preview("http://a.example/");
  EXPECT_EQ(off.status, 404);
  EXPECT_EQ(off.errcode(), "M_UNRECOGNIZED");
}

TEST_F(PreviewTest, AnAccountAndAHostHaveTheirShare) {
  const auto of = [this](const std::string& host, int number) {
    const auto address = "http://" + host + "/" + std::to_string(number);
    pages_[address] = {.type = "text/html", .body = "<title>x</title>"};
    return preview(address).status;
  };
  const auto burst = static_cast<int>(PreviewService::kOfAccount.burst);
  for (int i = 0; i < burst; ++i) ASSERT_EQ(of("g" + std::to_string(i) + ".example", i), 200);
  EXPECT_EQ(of("more.example", 0), 429);
  EXPECT_EQ(preview("http://g0.example/0").status, 200) << "what is kept costs nothing";
  token_ = signed_in("berta");
  for (int i = 0; i < burst; ++i) ASSERT_EQ(of("one.example", i), 200);
  token_ = signed_in("carl");
  EXPECT_EQ(of("one.example", burst), 429);
  EXPECT_EQ(of("other.example", 0), 200);
}

TEST_F(PreviewTest, RedirectsAndPicturesAreCountedOfTheirHost) {
  const auto burst = static_cast<int>(PreviewService::kOfHost.burst);
  for (int i = 0; i < burst; ++i) {
    const auto address = "http://j" + std::to_string(i) + ".example/";
    if (i % 2 == 0) {
      pages_[address] = {.status = 302, .headers = {{"Location", "http://victim.example/" + std::to_string(i)}}};
      preview(address);
    } else {
      pages_[address] = {.type = "text/html",
                         .body = "<title>x</title><meta property=og:image content=\"http://victim.example/x.png\">"};
      EXPECT_EQ(preview(address).status, 200);
    }
  }
  const auto at_victim = [this] {
    return std::ranges::count_if(web_.requests,
                                 [](const auto& request) { return request.url.starts_with("http://victim.example/"); });
  };
  EXPECT_EQ(at_victim(), burst);
  token_ = signed_in("berta");
  pages_["http://k.example/"] = {.status = 302, .headers = {{"Location", "http://victim.example/more"}}};
  EXPECT_EQ(preview("http://k.example/").status, 429);
  pages_["http://l.example/"] = {
      .type = "text/html", .body = "<title>x</title><meta property=og:image content=\"http://victim.example/x.png\">"};
  EXPECT_EQ(preview("http://l.example/").body, R"({"og:title":"x"})");
  EXPECT_EQ(at_victim(), burst);
}

TEST_F(PreviewTest, APictureHasTwoMegabytesAtMost) {
  settings_.edit<PreviewSettings>().max_bytes = 10'000'000;
  const auto large = media::png(4, 4) + std::string(PreviewService::kMaxPictureBytes, 'x');
  pages_["http://m.example/"] = {.type = "text/html", .body = kPage};
  pages_["http://m.example/rock.png"] = {.body = large};
  EXPECT_EQ(preview("http://m.example/").body, R"({"og:title":"The Rock"})");
  EXPECT_EQ(web_.requests.back().max_body_bytes, PreviewService::kMaxPictureBytes);
  EXPECT_EQ(preview("http://m.example/rock.png").body, "{}");
  EXPECT_EQ(pictures(), 0);
}

TEST_F(PreviewTest, OldPreviewsAndTheirPicturesGo) {
  pages_["http://h.example/"] = {.type = "text/html", .body = kPage};
  pages_["http://h.example/rock.png"] = {.body = media::png(5, 5)};
  ASSERT_EQ(preview("http://h.example/").status, 200);
  const auto uri = preview("http://h.example/").text("og:image").substr(6);
  const auto rows = [this] {
    std::int64_t count = 0;
    EXPECT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
      count = preview_store::count(connection);
      return Unit{};
    }));
    return count;
  };
  clock_.advance(PreviewService::kLife + PreviewService::kKeptAfter - std::chrono::minutes(1));
  ASSERT_TRUE(run(service_->sweep(clock_.unix_ms())).has_value());
  EXPECT_EQ(rows(), 1);
  EXPECT_EQ(pictures(), 1);
  clock_.advance(std::chrono::minutes(2));
  ASSERT_TRUE(run(service_->sweep(clock_.unix_ms())).has_value());
  EXPECT_EQ(rows(), 0);
  EXPECT_EQ(pictures(), 1);
  clock_.advance(PreviewService::kPictureLife);
  ASSERT_TRUE(run(service_->sweep(clock_.unix_ms())).has_value());
  EXPECT_EQ(pictures(), 0);
  EXPECT_EQ(fetch("/_matrix/client/v1/media/download/" + uri, token_).status, 404);
}

TEST_F(PreviewTest, PicturesTakeNoMoreThanAnAccountMay) {
  settings_.edit<MediaSettings>().bytes_per_user = media::media_store::kLeastCharged;
  pages_["http://i.example/"] = {.type = "text/html", .body = kPage};
  pages_["http://i.example/other"] = {.type = "text/html", .body = kPage};
  pages_["http://i.example/rock.png"] = {.body = media::png(4, 4)};
  EXPECT_TRUE(preview("http://i.example/").body.contains("og:image"));
  EXPECT_EQ(preview("http://i.example/other").body, R"({"og:title":"The Rock"})");
}

/// Over the program's own client, at real sockets.
class PreviewAttackTest : public PreviewTest {
 protected:
  using Peer = net::tls::testing::Peer;
  void use_real(std::vector<std::string> allowed) {
    real_ = net::client::HttpClient::make(
        {.allowed_private = std::move(allowed), .ca_file = "", .connections_per_host = 4});
    attacked_ = make_service(*real_);
  }
  Result<std::string> look(std::string address) {
    return run(attacked_->preview("@anna:example.org", std::move(address), std::nullopt));
  }
  static Peer::Script answering(std::string answer) {
    return [answer = std::move(answer)](net::tls::Stream& stream, int) -> asio::awaitable<void> {
      if ((co_await net::tls::testing::read_request(stream)).empty()) co_return;
      co_await net::tls::testing::say(stream, answer);
    };
  }
  std::unique_ptr<net::client::HttpClient> real_;
  std::unique_ptr<PreviewService> attacked_;
};

TEST_F(PreviewAttackTest, PrivateAddressesAreNotReachedHoweverTheyAreWritten) {
  Peer peer(answering(net::tls::testing::ok("<title>secret</title>", "Content-Type: text/html\r\n")));
  use_real({});
  const auto port = ":" + std::to_string(peer.port()) + "/";
  for (const auto* host :
       {"127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]", "169.254.169.254", "10.0.0.1",
        "192.168.0.1", "[fd00::1]", "[fe80::1]", "[64:ff9b::7f00:1]"}) {
    const auto seen = look("http://" + std::string(host) + port);
    ASSERT_FALSE(seen) << host;
    EXPECT_EQ(seen.error().http_status(), 403) << host;
    EXPECT_EQ(seen.error().wire_code(), "M_UNKNOWN");
  }
  // As names: what they lead to is not told.
  for (const auto* host : {"localhost", "2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "127.1"}) {
    const auto seen = look("http://" + std::string(host) + port);
    ASSERT_FALSE(seen) << host;
    EXPECT_EQ(seen.error().http_status(), 502) << host;
    EXPECT_EQ(seen.error().message(), "The page could not be fetched.") << host;
  }
  EXPECT_EQ(peer.connections(), 0);
}

TEST_F(PreviewAttackTest, ARedirectIntoThePrivateNetworkIsRefused) {
  // The door's own address is let in, as a public one would be; where it leads is not.
  Peer door(answering("HTTP/1.1 302 F\r\nLocation: http://127.0.0.2:8008/\r\nContent-Length: 0\r\n\r\n"));
  use_real({"127.0.0.1"});
  const auto seen = look(door.url());
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().http_status(), 403) << "refused, not tried";
  EXPECT_EQ(door.connections(), 1);
}

TEST_F(PreviewAttackTest, PagesThatAreTooLargeOrUnpackTooLargeAreRefused) {
  settings_.edit<PreviewSettings>().max_bytes = 20'000;
  use_real({"127.0.0.1"});
  Peer large(answering(net::tls::testing::ok(std::string(20'001, 'x'), "Content-Type: text/html\r\n")));
  const auto too_large = look(large.url());
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code(), Errc::too_large);
  EXPECT_EQ(too_large.error().http_status(), 502);
  Peer endless(answering("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + std::string(30'000, 'x')));
  EXPECT_FALSE(look(endless.url()));
}

TEST_F(PreviewAttackTest, APageOfTheListedNetworkIsShown) {
  Peer peer(answering(net::tls::testing::ok("<title>inside</title>", "Content-Type: text/html\r\n")));
  use_real({"127.0.0.1"});
  EXPECT_EQ(look(peer.url()).value_or("none"), R"({"og:title":"inside"})");
}

}  // namespace
}  // namespace troupe::homeserver::previews
