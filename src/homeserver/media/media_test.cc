#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "homeserver/media/media_fixture.h"
#include "homeserver/media/thumbnail_worker.h"

namespace troupe::homeserver::media {
namespace {

// This test program is its own thumbnail worker: started with an order in the environment it does nothing else.
[[maybe_unused]] const bool kIsWorker = [] {
  const char* order = std::getenv(kThumbnailOrder);
  if (!order) return false;
  if (std::string_view(order).starts_with("31 ")) pause();  // a hanging worker, for the test of the time-out
  std::_Exit(thumbnail_worker_main());
}();

constexpr auto kDownload = "/_matrix/client/v1/media/download/";
constexpr auto kThumbnail = "/_matrix/client/v1/media/thumbnail/";

TEST_F(MediaTest, AnAccountKeepsSoManyBytesAndNoMore) {
  settings_.edit<MediaSettings>().bytes_per_user = 20'000;
  uploaded({std::string(10'000, '7')}, "text/plain");
  const auto more = upload({std::string(10'001, '4')}, "text/plain");
  EXPECT_EQ(more.status, 413);
  EXPECT_EQ(more.errcode(), "M_TOO_LARGE");
  uploaded({std::string(10'000, '3')}, "text/plain");
  EXPECT_EQ(upload({"1"}, "text/plain").status, 413);
  settings_.edit<MediaSettings>().bytes_per_user = 20'000 + media_store::kLeastCharged;
  EXPECT_EQ(upload({"1"}, "text/plain").status, 200);
}

TEST_F(MediaTest, AFailingDiskOfFilesIsSaidUntilOneIsStored) {
  const auto incoming = dir_.path() / "media" / "incoming";
  uploaded({"before"}, "text/plain");
  EXPECT_FALSE(media_.trouble());
  std::filesystem::remove_all(incoming);
  std::ofstream(incoming) << "no folder any more";
  EXPECT_EQ(upload({"refused"}, "text/plain").status, 503);
  EXPECT_TRUE(media_.trouble());
  EXPECT_EQ(upload({"refused", "too"}, "text/plain").status, 503);
  clock_.advance(MediaService::kFailureRemembered + std::chrono::seconds(1));
  EXPECT_FALSE(media_.trouble()) << "nobody knows how it is now";
  EXPECT_EQ(upload({"refused"}, "text/plain").status, 503);
  EXPECT_TRUE(media_.trouble());
  std::filesystem::remove(incoming);
  std::filesystem::create_directory(incoming);
  uploaded({"after"}, "text/plain");
  EXPECT_FALSE(media_.trouble());
}

TEST_F(MediaTest, ASmallFileCountsAsABlockOfTheDisk) {
  settings_.edit<MediaSettings>().bytes_per_user = 3 * media_store::kLeastCharged;
  for (int i = 0; i < 2; ++i) uploaded({std::to_string(i)}, "text/plain");
  const auto reserved = call("POST", "/_matrix/media/v1/create", "{}", token_).text("content_uri").substr(6);
  EXPECT_EQ(upload({"2"}, "text/plain", "/_matrix/media/v3/upload/" + reserved, "PUT").status, 200);
  EXPECT_EQ(upload({"3"}, "text/plain").errcode(), "M_TOO_LARGE");
}

TEST_F(MediaTest, QuotasGoByTheTotalsThatAreKeptAndCountNoRows) {
  uploaded({"one"}, "text/plain");
  const auto keep = [&](std::int64_t bytes, std::int64_t files) {
    ASSERT_TRUE(db_->write_now([&](store::Tx& tx) -> Result<Unit> {
      EXPECT_EQ(tx.run("UPDATE hs_media_usage SET bytes = ?1, files = ?2", bytes, files), 1);
      return Unit{};
    }));
  };
  keep(static_cast<std::int64_t>(settings_.of<MediaSettings>().bytes_per_user), 1);
  EXPECT_EQ(upload({"two"}, "text/plain").errcode(), "M_TOO_LARGE");
  keep(0, MediaService::kMaxFiles);
  EXPECT_EQ(upload({"two"}, "text/plain").errcode(), "M_TOO_LARGE");
  keep(0, MediaService::kMaxFiles - 1);
  uploaded({"two"}, "text/plain");
}

TEST_F(MediaTest, WhatIsUploadedComesBack) {
  const auto uri = uploaded({"hello ", "world"}, "text/plain; charset=utf-8", "?filename=greeting.txt");
  const auto file = fetch(kDownload + uri, token_);
  EXPECT_EQ(file.status, 200);
  EXPECT_EQ(file.body, "hello world");
  EXPECT_EQ(file.headers.get("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(file.headers.get("Content-Disposition"), "inline; filename=\"greeting.txt\"");
  EXPECT_EQ(file.headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(file.headers.get("Cross-Origin-Resource-Policy"), "cross-origin");
  EXPECT_TRUE(file.headers.get("Content-Security-Policy").starts_with("sandbox; default-src 'none'"));
  EXPECT_TRUE(file.headers.get("Cache-Control").starts_with("private"));
  EXPECT_EQ(fetch(kDownload + uri + "/other.txt", token_).headers.get("Content-Disposition"),
            "inline; filename=\"other.txt\"");
  const auto again = fetch(kDownload + uri, token_, std::string(file.headers.get("ETag")));
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
}

TEST_F(MediaTest, LargeFilesAreStreamed) {
  const std::string piece(100'000, 'x');
  const auto uri = uploaded({piece, piece, piece}, "video/mp4");
  EXPECT_EQ(fetch(kDownload + uri, token_).body, piece + piece + piece);
}

TEST_F(MediaTest, OnlySafeTypesOpenInThePage) {
  const auto uri = uploaded({"<script>"}, "text/html", "?filename=%22x%0a.html");
  const auto file = fetch(kDownload + uri, token_);
  EXPECT_EQ(file.headers.get("Content-Disposition"), "attachment");
  EXPECT_EQ(content_disposition("image/svg+xml", {}), "attachment");
  EXPECT_EQ(content_disposition("IMAGE/PNG; a=b", "a\"b"), "inline; filename*=utf-8''a%22b");
  EXPECT_EQ(content_disposition("image/png", "\xc3\xa4.png"), "inline; filename*=utf-8''%C3%A4.png");
  for (const auto* bad : {"", "x", "/", "a/", "/b", "a/b\r\nX: y", "a b/c", "text/plain\x01", "\xff/a"}) {
    EXPECT_EQ(clean_content_type(bad), "application/octet-stream") << bad;
  }
  const auto untyped = uploaded({"?"}, "");
  EXPECT_EQ(fetch(kDownload + untyped, token_).headers.get("Content-Type"), "application/octet-stream");
}

TEST_F(MediaTest, FilesAreForSignedInUsers) {
  const auto uri = uploaded({"x"}, "text/plain");
  EXPECT_EQ(fetch(kDownload + uri, "").errcode(), "M_MISSING_TOKEN");
  EXPECT_EQ(fetch("/_matrix/media/v3/download/" + uri, "").status, 404);
  EXPECT_EQ(fetch("/_matrix/media/v3/download/" + uri, token_).body, "x");
  EXPECT_EQ(fetch("/_matrix/media/r0/download/" + uri + "/a.txt", token_).body, "x");
  EXPECT_EQ(fetch("/_matrix/media/v3/config", token_).body, R"({"m.upload.size":1000000})");
  EXPECT_EQ(fetch("/_matrix/client/v1/media/config", token_).body, R"({"m.upload.size":1000000})");
}

TEST_F(MediaTest, PathsAreNoTricks) {
  for (const auto* path : {"example.org/..", "example.org/%2e%2e%2fsecret.key", "example.org/a%2fb",
                           "example.org/unknown", "elsewhere.org/abc", "example.org/"}) {
    EXPECT_EQ(fetch(std::string(kDownload) + path, token_).status, 404) << path;
  }
  EXPECT_EQ(fetch(std::string(kThumbnail) + "example.org/..?width=1&height=1", token_).status, 404);
}

TEST_F(MediaTest, TooMuchIsRefused) {
  const std::string piece(600'000, 'x');
  const auto answer = upload({piece, piece}, "image/png");
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.errcode(), "M_TOO_LARGE");
  EXPECT_EQ(upload({"x"}, "a/b", "/_matrix/media/v3/upload", "POST", "wrong").status, 401);
}

TEST_F(MediaTest, AReservedPlaceIsFilledOnce) {
  const auto made = call("POST", "/_matrix/media/v1/create", "{}", token_);
  EXPECT_EQ(made.status, 200);
  EXPECT_EQ(made.json.at("unused_expires_at"), clock_.unix_ms() + 24 * 3600 * 1000);
  const auto uri = made.text("content_uri").substr(6);
  const auto early = fetch(kDownload + uri + "?timeout_ms=1", token_);
  EXPECT_EQ(early.status, 504);
  EXPECT_EQ(early.errcode(), "M_NOT_YET_UPLOADED");
  const auto target = "/_matrix/media/v3/upload/" + uri;
  const auto other = signed_in("berta");
  EXPECT_EQ(upload({"evil"}, "text/plain", target, "PUT", other).status, 403);
  EXPECT_EQ(upload({"good"}, "text/plain", target, "PUT").status, 200);
  EXPECT_EQ(upload({"again"}, "text/plain", target, "PUT").errcode(), "M_CANNOT_OVERWRITE_MEDIA");
  EXPECT_EQ(fetch(kDownload + uri, token_).body, "good");
  EXPECT_EQ(upload({"x"}, "a/b", "/_matrix/media/v3/upload/example.org/nope", "PUT").status, 404);
  EXPECT_EQ(upload({"x"}, "a/b", "/_matrix/media/v3/upload/elsewhere.org/nope", "PUT").status, 404);
}

TEST_F(MediaTest, ReservationsAreFewAndEnd) {
  std::string first;
  for (std::size_t i = 0; i < MediaService::kMaxReserved; ++i) {
    const auto made = call("POST", "/_matrix/media/v1/create", "{}", token_);
    EXPECT_EQ(made.status, 200);
    if (first.empty()) first = made.text("content_uri").substr(6);
  }
  EXPECT_EQ(call("POST", "/_matrix/media/v1/create", "{}", token_).status, 429);
  clock_.advance(std::chrono::hours(24));
  EXPECT_EQ(upload({"late"}, "a/b", "/_matrix/media/v3/upload/" + first, "PUT").status, 404);
  EXPECT_EQ(fetch(kDownload + first, token_).status, 404);
  EXPECT_TRUE(run(media_.sweep(clock_.unix_ms())).has_value());
  EXPECT_EQ(call("POST", "/_matrix/media/v1/create", "{}", token_).status, 200);
}

TEST_F(MediaTest, WhoComesEarlyGetsTheFileAsSoonAsItIsThere) {
  const auto uri = call("POST", "/_matrix/media/v1/create", "{}", token_).text("content_uri").substr(6);
  const auto media_id = uri.substr(uri.find('/') + 1);
  Pieces body({"at last"});
  Result<OpenMedia> early = Error(Errc::internal);
  Result<std::string> done = Error(Errc::internal);
  context_.restart();
  asio::co_spawn(context_, media_.open(media_id, std::chrono::minutes(5)),
                 [&](std::exception_ptr, Result<OpenMedia> file) { early = std::move(file); });
  NewMedia media{.user_id = "@anna:example.org", .media_id = media_id, .content_type = "text/plain", .upload_name = {}};
  asio::co_spawn(context_, media_.upload(media, body), [&](std::exception_ptr, Result<std::string> id) { done = id; });
  const auto began = std::chrono::steady_clock::now();
  context_.run();
  ASSERT_TRUE(done.has_value());
  ASSERT_TRUE(early.has_value());
  EXPECT_EQ(early->reader->bytes(), 7U);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::minutes(4));
}

TEST_F(MediaTest, ThumbnailsAreMadeAndKept) {
  const auto uri = uploaded({png(900, 700)}, "image/png");
  const auto small = fetch(kThumbnail + uri + "?width=300&height=200&method=scale", token_);
  ASSERT_EQ(small.status, 200) << small.body;
  EXPECT_EQ(small.headers.get("Content-Type"), "image/jpeg");
  EXPECT_TRUE(small.body.starts_with("\xff\xd8\xff"));
  EXPECT_LT(small.body.size(), 200'000U);
  const auto again = fetch(kThumbnail + uri + "?width=320&height=240", token_);
  EXPECT_EQ(again.headers.get("ETag"), small.headers.get("ETag"));
  const auto cropped = fetch(kThumbnail + uri + "?width=96&height=96&method=crop&animated=false", token_);
  EXPECT_EQ(cropped.status, 200);
  EXPECT_NE(cropped.headers.get("ETag"), small.headers.get("ETag"));
  EXPECT_EQ(fetch("/_matrix/media/v3/thumbnail/" + uri + "?width=32&height=32", token_).status, 200);
  EXPECT_NE(metrics_.expose().find("troupe_homeserver_thumbnails_total 3"), std::string::npos);
}

TEST_F(MediaTest, ASmallPictureWhoseFileWasLostIsMadeAgain) {
  const auto uri = uploaded({png(900, 700)}, "image/png");
  const auto target = kThumbnail + uri + "?width=300&height=200";
  const std::string tag(fetch(target, token_).headers.get("ETag"));
  ASSERT_EQ(tag.size(), 66U);
  ASSERT_TRUE(blobs_.remove(tag.substr(1, 64)));
  const auto again = fetch(target, token_);
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.headers.get("ETag"), tag);
  ASSERT_TRUE(blobs_.remove(tag.substr(1, 64)));
  ASSERT_TRUE(blobs_.remove(hash_of(png(900, 700))));
  EXPECT_EQ(fetch(target, token_).status, 404) << "nothing is left to make it from";
}

/// Comes in two pieces, the second when it is let.
class HaltingBody final : public net::http::BodyReader {
 public:
  HaltingBody(asio::io_context& context, std::string first) : timer_(context), first_(std::move(first)) {
    timer_.expires_at(asio::steady_timer::time_point::max());
  }
  Task<std::string> next() override {
    if (!first_.empty()) co_return std::exchange(first_, {});
    halted = true;
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return std::string();
  }
  void go_on() { timer_.cancel(); }
  bool halted = false;

 private:
  asio::steady_timer timer_;
  std::string first_;
};

TEST_F(MediaTest, WhatIsUnderWayIsBounded) {
  auto& set = settings_.edit<MediaSettings>();
  set.max_upload_bytes = 60'000;
  set.under_way_bytes = 100'000;
  HaltingBody slow(context_, std::string(50'000, 'x'));
  Result<std::string> first = Error(Errc::internal);
  context_.restart();
  asio::co_spawn(
      context_,
      media_.upload({.user_id = "@anna:example.org", .media_id = {}, .content_type = "a/b", .upload_name = {}}, slow),
      [&](std::exception_ptr, Result<std::string> id) { first = std::move(id); });
  const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!slow.halted && std::chrono::steady_clock::now() < late) context_.run_one_for(std::chrono::seconds(1));
  ASSERT_TRUE(slow.halted);
  const auto send = [this](std::string user, std::size_t bytes) {
    auto body = std::make_shared<Pieces>(std::vector{std::string(bytes, 'y')});
    Result<std::string> outcome = Error(Errc::internal);
    bool done = false;
    asio::co_spawn(
        context_,
        media_.upload({.user_id = std::move(user), .media_id = {}, .content_type = "a/b", .upload_name = {}}, *body),
        [&](std::exception_ptr, Result<std::string> id) {
          outcome = std::move(id);
          done = true;
        });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    context_.restart();
    while (!done && std::chrono::steady_clock::now() < end) context_.run_one_for(std::chrono::seconds(1));
    return outcome;
  };
  const auto own = send("@anna:example.org", 20'000);
  ASSERT_FALSE(own);
  EXPECT_EQ(own.error().code(), Errc::limit_exceeded);
  EXPECT_TRUE(send("@berta:example.org", 50'000)) << "another account has its half";
  EXPECT_FALSE(send("@berta:example.org", 60'000)) << "of all there is no more";
  EXPECT_FALSE(media_.trouble()) << "no failure of the disk";
  slow.go_on();
  context_.run();
  EXPECT_TRUE(first);
  EXPECT_TRUE(send("@anna:example.org", 60'000));
  context_.restart();
  context_.run();  // the database may still hold the context of the last answer
}

TEST_F(MediaTest, ThumbnailsOfBadInput) {
  const auto good = uploaded({png(10, 10)}, "image/png");
  for (const auto* query : {"", "?width=10", "?width=0&height=5", "?width=-1&height=5", "?width=a&height=5",
                            "?width=10&height=10&method=stretch", "?width=99999999999999999999&height=1"}) {
    EXPECT_EQ(fetch(kThumbnail + good + query, token_).status, 400) << query;
  }
  auto cut = png(500, 500);
  cut.resize(cut.size() / 3);
  auto lies = png(10, 10);
  lies.replace(16, 8, std::string("\x7f\xff\xff\xff\x7f\xff\xff\xff", 8));
  const std::string svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>";
  for (const auto& bad :
       {std::string("no picture"), std::string(1, '\0'), lies, svg, std::string("\xff\xd8\xff\xe0", 4)}) {
    const auto uri = uploaded({bad}, "image/png");
    const auto answer = fetch(kThumbnail + uri + "?width=32&height=32", token_);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_EQ(answer.errcode(), "M_UNKNOWN");
  }
  // A cut picture may give the upper part or nothing, but an answer.
  const auto answer = fetch(kThumbnail + uploaded({cut}, "image/png") + "?width=32&height=32", token_);
  EXPECT_TRUE(answer.status == 200 || answer.status == 400);
  EXPECT_EQ(fetch(kThumbnail + uploaded({"x"}, "text/plain") + "?width=32&height=32", token_).status, 400);
}

Task<ThumbnailPicture> drawn(Thumbnailer& thumbnailer, int descriptor, ThumbnailShape shape) {
  CO_TRY(const auto place, co_await thumbnailer.enter());
  co_return co_await thumbnailer.make(place, descriptor, shape);
}

TEST_F(MediaTest, AHangingWorkerIsStopped) {
  Thumbnailer impatient(metrics_, {.command = {"/proc/self/exe"}, .timeout = std::chrono::milliseconds(300)});
  const auto blob = blobs_.put(png(10, 10));
  const auto reader = blobs_.read(blob->sha256);
  const auto outcome = run(drawn(impatient, reader->descriptor(), {.width = 31, .height = 31, .crop = false}));
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().http_status(), 400);
  Thumbnailer missing(metrics_, {.command = {"/nonexistent"}});
  const auto no_start = run(drawn(missing, reader->descriptor(), {.width = 32, .height = 32, .crop = false}));
  ASSERT_FALSE(no_start.has_value());
}

}  // namespace
}  // namespace troupe::homeserver::media
