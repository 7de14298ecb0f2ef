// Uploads in a bucket: what is acknowledged is there, what fails leaves nothing, what is removed is gone.
#include "homeserver/media/bucket_files.h"

#include <gmock/gmock.h>

#include <boost/asio/steady_timer.hpp>

#include "homeserver/media/media_fixture.h"
#include "homeserver/media/media_removal.h"
#include "homeserver/s3/fake_s3.h"

namespace troupe::homeserver::media {
namespace {

using net::client::ClientRequest;
using s3::FakeS3;
using Answer = FakeS3::Answer;

class BucketFilesTest : public MediaTest {
 protected:
  Result<std::string> keep(std::string bytes, std::string type = "text/plain") {
    settings_.edit<MediaSettings>().max_upload_bytes = 50'000'000;
    Pieces body({std::move(bytes)});
    return run(in_bucket_.upload(
        {.user_id = "@anna:example.org", .media_id = {}, .content_type = std::move(type), .upload_name = {}}, body));
  }
  std::int64_t rows() {
    std::int64_t files = 0;
    EXPECT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
      files = media_store::usage(connection, "@anna:example.org").files;
      return Unit{};
    }));
    return files;
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(service_.objects, [](const auto& one) { return one.first.starts_with("media/"); }));
  }
  /// The ranges that are asked for from now on.
  std::shared_ptr<std::vector<std::string>> note_ranges() {
    auto ranges = std::make_shared<std::vector<std::string>>();
    service_.instead = [ranges](const ClientRequest& request) -> std::optional<Answer> {
      if (request.method == "GET") ranges->emplace_back(request.headers.get("range"));
      return std::nullopt;
    };
    return ranges;
  }
  static std::string key(std::string_view bytes) {
    const auto hash = hash_of(bytes);
    return "media/" + hash.substr(0, 2) + '/' + hash;
  }
  static std::string large() {
    std::string bytes(BucketFiles::kPartBytes + 12'345, 'x');
    for (std::size_t i = 0; i < bytes.size(); i += 997) bytes[i] = static_cast<char>('a' + i % 26);
    return bytes;
  }
  void write(std::function<void(store::Tx&)> change) {
    ASSERT_TRUE(db_->write_now([&](store::Tx& tx) -> Result<Unit> {
      change(tx);
      return Unit{};
    }));
  }

  const s3::Bucket::Address address_{.endpoint = "https://s3.example.org:9000",
                                     .bucket = "troupe",
                                     .keys = {.access_key = "key", .secret_key = "secret", .region = "eu-1"}};
  FakeS3 service_{address_, clock_};
  s3::Bucket bucket_ = s3::Bucket::make(address_, service_, clock_).value();
  BucketOwner owner_{{.bucket = bucket_,
                      .db = *db_,
                      .clock = clock_,
                      .prefix = {},
                      .server_name = "example.org",
                      .bucket_name = "troupe"}};
  BucketFiles bucket_files_{{.bucket = bucket_,
                             .db = *db_,
                             .spool = dir_.path() / "under_way",
                             .pool = cpu_,
                             .clock = clock_,
                             .prefix = {},
                             .owner = owner_}};
  MediaService in_bucket_{{*db_, bucket_files_, thumbnailer_, *bus_, settings_, clock_}};
  MediaRemoval removal_{*db_, bucket_files_, clock_};
};

TEST_F(BucketFilesTest, AFileGoesThereOnceAndComesBack) {
  const auto id = keep("hello");
  ASSERT_TRUE(id) << id.error().detail();
  ASSERT_TRUE(keep("hello"));
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(service_.objects.at(key("hello")).bytes, "hello");
  const auto file = run(in_bucket_.open(*id, std::chrono::seconds(1)));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->reader->bytes(), 5U);
  EXPECT_EQ(run(file->reader->read(1, 3)).value_or("none"), "ell");
  EXPECT_EQ(run(file->reader->read(5, 3)).value_or("none"), "");
  EXPECT_TRUE(std::filesystem::is_empty(dir_.path() / "under_way"));
  ASSERT_TRUE(keep(""));
  EXPECT_TRUE(service_.objects.contains(key("")));
}

TEST_F(BucketFilesTest, ALargeFileGoesInPartsAndIsReadInPieces) {
  const auto bytes = large();
  const auto id = keep(bytes);
  ASSERT_TRUE(id) << id.error().detail();
  EXPECT_EQ(service_.objects.at(key(bytes)).bytes, bytes);
  EXPECT_TRUE(service_.uploads.empty());
  const auto file = run(in_bucket_.open(*id, std::chrono::seconds(1)));
  ASSERT_TRUE(file);
  std::string read;
  for (;;) {
    const auto piece = run(file->reader->read(read.size(), 64 * 1024));
    ASSERT_TRUE(piece);
    if (piece->empty()) break;
    read += *piece;
  }
  EXPECT_EQ(read, bytes);
}

TEST_F(BucketFilesTest, WhatFailsIsNotAcknowledgedAndLeavesNothing) {
  service_.instead = [](const ClientRequest& request) -> std::optional<Answer> {
    if (request.method == "PUT") return FakeS3::refusal(403, "AccessDenied");
    return std::nullopt;
  };
  const auto refused = keep("hello");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unavailable);
  EXPECT_TRUE(refused.error().detail().contains("AccessDenied")) << refused.error().detail();
  EXPECT_FALSE(refused.error().detail().contains("secret"));
  EXPECT_TRUE(in_bucket_.trouble().value_or("").contains("bucket"));
  EXPECT_FALSE(keep(large())) << "its second part fails as well";
  EXPECT_TRUE(service_.uploads.empty()) << "the half upload was aborted";
  EXPECT_EQ(rows(), 0);
  service_.instead = nullptr;
  EXPECT_TRUE(keep("hello"));
  EXPECT_FALSE(in_bucket_.trouble());
}

TEST_F(BucketFilesTest, ARedirectIsNotFollowed) {
  std::vector<std::string> asked;
  service_.instead = [&](const ClientRequest& request) -> std::optional<Answer> {
    asked.push_back(request.url);
    auto elsewhere = FakeS3::response(307);
    elsewhere.headers.add("Location", "http://169.254.169.254/latest/meta-data");
    return Answer(std::move(elsewhere));
  };
  EXPECT_FALSE(keep("hello"));
  EXPECT_EQ(rows(), 0);
  for (const auto& url : asked) EXPECT_TRUE(url.starts_with(address_.endpoint + "/troupe")) << url;
}

TEST_F(BucketFilesTest, WhatFailsForAMomentIsTriedAgain) {
  int failures = s3::Bucket::kTries - 1;
  service_.instead = [&failures](const ClientRequest& request) -> std::optional<Answer> {
    if (request.method != "PUT" || failures-- <= 0) return std::nullopt;
    if (failures % 2) return Error(Errc::timed_out, "no answer");
    return FakeS3::refusal(503, "SlowDown");
  };
  EXPECT_TRUE(keep("hello"));
  EXPECT_TRUE(service_.objects.contains(key("hello")));
}

TEST_F(BucketFilesTest, ALostAnswerToTheLastPartIsNoFailure) {
  bool lost = false;
  service_.instead_after = [&lost](const ClientRequest& request) -> std::optional<Answer> {
    if (lost || request.method != "POST" || !request.url.contains("uploadId=")) return std::nullopt;
    lost = true;
    return Error(Errc::timed_out, "no answer");
  };
  EXPECT_TRUE(keep(large()));
  EXPECT_TRUE(lost);
  EXPECT_EQ(rows(), 1);
}

TEST_F(BucketFilesTest, ARemovedFileIsGoneWithItsLastUpload) {
  const auto one = keep("shared").value();
  const auto two = keep("shared").value();
  clock_.advance(std::chrono::minutes(1));
  ASSERT_TRUE(run(removal_.remove({one})));
  EXPECT_TRUE(service_.objects.contains(key("shared")));
  ASSERT_TRUE(run(removal_.remove({two})));
  EXPECT_EQ(files(), 0U);
  // One that was written just now stays until it has settled.
  const auto young = keep("young").value();
  ASSERT_TRUE(run(removal_.remove({young})));
  EXPECT_EQ(files(), 1U);
  clock_.advance(std::chrono::minutes(1));
  ASSERT_TRUE(run(removal_.free_disk()));
  EXPECT_EQ(files(), 0U);
  EXPECT_FALSE(run(in_bucket_.open(young, std::chrono::seconds(1))));
}

TEST_F(BucketFilesTest, ARemovalThatCrossesAnUploadTakesNothingAway) {
  auto arrival = run(bucket_files_.begin(100)).value();
  ASSERT_TRUE(run(arrival->write("crossed")));
  const auto blob = run(arrival->finish()).value();
  // A removal has begun before the row was there, and is at its end after it.
  write([&](store::Tx& tx) { media_store::put_going(tx, blob.sha256, "another's", clock_.unix_ms()); });
  Result<Unit> settled = Error(Errc::internal);
  context_.restart();
  asio::co_spawn(context_, arrival->settle(false), [&](std::exception_ptr, Result<Unit> done) { settled = done; });
  auto remove = [&]() -> asio::awaitable<void> {
    asio::steady_timer timer(context_, std::chrono::milliseconds(100));
    co_await timer.async_wait(asio::use_awaitable);
    service_.objects.clear();
    write([&](store::Tx& tx) { media_store::delete_going(tx, blob.sha256, "another's"); });
  };
  asio::co_spawn(context_, remove(), asio::detached);
  context_.run();
  EXPECT_TRUE(settled);
  EXPECT_TRUE(service_.objects.contains(key("crossed")));
}

TEST_F(BucketFilesTest, OneRemovalAtATimeAndNoneOfWhatIsNeeded) {
  ASSERT_TRUE(keep("needed"));
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(run(bucket_files_.remove_unless_younger(hash_of("needed"), std::chrono::seconds(1))).value_or(true), false);
  const auto loose = hash_of("loose");
  service_.objects[key("loose")] = {"loose", 0};
  write([&](store::Tx& tx) { media_store::put_going(tx, loose, "another's", clock_.unix_ms()); });
  EXPECT_EQ(run(bucket_files_.remove_unless_younger(loose, std::chrono::seconds(1))).value_or(true), false);
  EXPECT_TRUE(service_.objects.contains(key("loose")));
  clock_.advance(BucketFiles::kRemovalLife + std::chrono::seconds(1));
  EXPECT_EQ(run(bucket_files_.remove_unless_younger(loose, std::chrono::seconds(1))).value_or(false), true)
      << "the process of the other is gone";
  EXPECT_FALSE(service_.objects.contains(key("loose")));
  EXPECT_FALSE(run(bucket_files_.remove_unless_younger("../x", std::chrono::seconds(1))));
  EXPECT_FALSE(run(bucket_files_.open("../../etc/passwd")));
}

TEST_F(BucketFilesTest, SweepsGoPageByPage) {
  service_.page_keys = 2;
  std::vector<std::string> expected;
  for (int i = 0; i < 5; ++i) expected.push_back("ab" + hash_of(std::to_string(i)).substr(2));
  for (const auto& hash : expected) service_.objects["media/ab/" + hash] = {"x", 0};
  service_.objects["media/ab/readme.txt"] = {"no file of ours", 0};
  service_.objects["media/ac/" + hash_of("other")] = {"x", 0};
  EXPECT_THAT(run(bucket_files_.list("ab")).value(), testing::UnorderedElementsAreArray(expected));
  service_.uploads["id&6"] = {.key = "media/other/media/ab/" + expected[0], .parts = {}, .since_ms = 0};
  service_.uploads["id&7"] = {.key = "media/ab/" + expected[0], .parts = {}, .since_ms = clock_.unix_ms()};
  clock_.advance(std::chrono::hours(23));
  service_.uploads["id&8"] = {.key = "media/ab/y", .parts = {}, .since_ms = clock_.unix_ms()};
  clock_.advance(std::chrono::hours(2));
  ASSERT_TRUE(run(bucket_files_.sweep_leftovers(std::chrono::hours(24))));
  EXPECT_EQ(service_.uploads.size(), 2U);
  EXPECT_TRUE(service_.uploads.contains("id&6")) << "no key of ours";
  EXPECT_TRUE(service_.uploads.contains("id&8"));
}

TEST_F(BucketFilesTest, ThumbnailsLieBeside) {
  const auto id = keep(png(300, 200), "image/png").value();
  const auto small =
      run(in_bucket_.open_thumbnail(id, {.width = 32, .height = 32, .crop = false}, std::chrono::seconds(1)));
  ASSERT_TRUE(small) << small.error().message();
  EXPECT_EQ(files(), 2U);
  EXPECT_EQ(run(small->reader->read(0, 100'000)).value_or("").size(), small->reader->bytes());
}

TEST_F(BucketFilesTest, APictureIsBroughtHereInItsTurnOnly) {
  const auto id = keep(png(300, 200), "image/png").value();
  const auto ranges = note_ranges();
  Result<OpenMedia> small = Error(Errc::internal);
  context_.restart();
  {
    std::vector<Thumbnailer::Place> places;
    auto take = [&]() -> Task<Unit> {
      CO_TRY(auto place, co_await thumbnailer_.enter());
      places.push_back(std::move(place));
      co_return Unit{};
    };
    for (std::size_t i = 0; i < thumbnailer_options_.at_once; ++i) ASSERT_TRUE(run(take()));
    context_.restart();
    asio::co_spawn(context_,
                   in_bucket_.open_thumbnail(id, {.width = 32, .height = 32, .crop = false}, std::chrono::seconds(1)),
                   [&](std::exception_ptr, Result<OpenMedia> made) { small = std::move(made); });
    context_.run_for(std::chrono::milliseconds(300));
    EXPECT_TRUE(ranges->empty()) << "all places are taken";
  }
  context_.run();
  EXPECT_TRUE(small) << small.error().message();
  EXPECT_EQ(ranges->size(), 1U);
}

TEST_F(BucketFilesTest, WhatLiesThereDecidesWhetherAPictureIsBroughtHere) {
  const auto id = keep(png(300, 200), "image/png").value();
  service_.objects[key(png(300, 200))].bytes.resize(kMaxThumbnailSourceBytes + 1);
  const auto ranges = note_ranges();
  const auto small =
      run(in_bucket_.open_thumbnail(id, {.width = 32, .height = 32, .crop = false}, std::chrono::seconds(1)));
  ASSERT_FALSE(small);
  EXPECT_EQ(small.error().code(), Errc::too_large);
  EXPECT_TRUE(ranges->empty());
}

TEST_F(BucketFilesTest, AQuickReaderGetsMoreAtOnceAndASlowOneHoldsLittle) {
  const auto bytes = large();
  const auto id = keep(bytes).value();
  const auto ranges = note_ranges();
  constexpr std::size_t kAsked = 64 * 1024;
  for (const bool slow : {false, true}) {
    ranges->clear();
    const auto file = run(in_bucket_.open(id, std::chrono::seconds(1))).value();
    std::string read;
    std::size_t most = 0;
    for (;;) {
      const auto piece = run(file.reader->read(read.size(), kAsked));
      ASSERT_TRUE(piece);
      if (piece->empty()) break;
      read += *piece;
      most = std::max(most, bucket_files_.bytes_ahead());
      if (slow) clock_.advance(BucketFiles::kQuick + std::chrono::milliseconds(1));
    }
    EXPECT_EQ(read, bytes);
    EXPECT_EQ(bucket_files_.bytes_ahead(), 0U);
    EXPECT_LE(most, slow ? BucketFiles::kFirstReadBytes : BucketFiles::kReadBytes);
    if (slow) {
      EXPECT_GE(ranges->size(), bytes.size() / kAsked);
    } else {
      EXPECT_LE(ranges->size(), 4 + bytes.size() / BucketFiles::kReadBytes);
    }
  }
}

TEST_F(BucketFilesTest, WhatIsFetchedAheadIsBoundedForAllReaders) {
  const auto bytes = large();
  const auto id = keep(bytes).value();
  std::vector<OpenMedia> readers;
  for (std::size_t i = 0; i < BucketFiles::kMaxAhead / BucketFiles::kFirstReadBytes + 20; ++i) {
    readers.push_back(run(in_bucket_.open(id, std::chrono::seconds(1))).value());
    EXPECT_EQ(run(readers.back().reader->read(0, 1'000)).value_or(""), bytes.substr(0, 1'000));
    EXPECT_LE(bucket_files_.bytes_ahead(), BucketFiles::kMaxAhead);
  }
  EXPECT_EQ(bucket_files_.bytes_ahead(), BucketFiles::kMaxAhead);
  readers.clear();
  EXPECT_EQ(bucket_files_.bytes_ahead(), 0U);
}

TEST_F(BucketFilesTest, OneServerToABucket) {
  ASSERT_TRUE(run(owner_.check()));
  const auto mark = service_.objects.at("troupe-owner").bytes;
  EXPECT_TRUE(mark.ends_with(" example.org\n")) << mark;
  ASSERT_TRUE(run(owner_.check()));
  service_.objects["media/ab/ab" + hash_of("x").substr(2)] = {"theirs", 0};
  service_.uploads["id&7"] = {.key = "media/ab/ab" + hash_of("x").substr(2), .parts = {}, .since_ms = 0};
  service_.objects["troupe-owner"].bytes = "anotherone other.example\n";
  clock_.advance(BucketOwner::kBelieved);
  const auto refused = run(owner_.check());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::conflict);
  for (const auto* said : {"other.example", "s3.prefix", "troupe-owner"})
    EXPECT_TRUE(refused.error().message().contains(said)) << refused.error().message();
  EXPECT_TRUE(owner_.is_anothers());
  EXPECT_FALSE(run(bucket_files_.remove_unless_younger("ab" + hash_of("x").substr(2), std::chrono::seconds(1))));
  EXPECT_FALSE(run(bucket_files_.sweep_leftovers(std::chrono::hours(24))));
  EXPECT_FALSE(run(in_bucket_.sweep(clock_.unix_ms())));
  EXPECT_FALSE(keep("ours"));
  EXPECT_EQ(service_.uploads.size(), 1U);
  EXPECT_EQ(files(), 1U);
  service_.objects["troupe-owner"].bytes = mark;
  EXPECT_TRUE(run(owner_.check())) << "put right";
  EXPECT_TRUE(keep("ours"));
}

TEST_F(BucketFilesTest, NothingIsDeletedWhileTheOwnerIsNotKnown) {
  service_.objects[key("loose")] = {"loose", 0};
  service_.instead = [](const ClientRequest& request) -> std::optional<Answer> {
    if (request.url.ends_with("troupe-owner")) return FakeS3::refusal(403, "AccessDenied");
    return std::nullopt;
  };
  const auto refused = run(bucket_files_.remove_unless_younger(hash_of("loose"), std::chrono::seconds(1)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::unavailable);
  EXPECT_FALSE(owner_.is_anothers());
  EXPECT_EQ(files(), 1U);
  service_.instead = nullptr;
  EXPECT_TRUE(run(bucket_files_.remove_unless_younger(hash_of("loose"), std::chrono::seconds(1))).value_or(false));
}

TEST_F(BucketFilesTest, AFolderOfTheBucketIsAWorldOfItsOwn) {
  BucketOwner owner({.bucket = bucket_,
                     .db = *db_,
                     .clock = clock_,
                     .prefix = "a/b/",
                     .server_name = "example.org",
                     .bucket_name = "troupe"});
  BucketFiles inner({.bucket = bucket_,
                     .db = *db_,
                     .spool = dir_.path() / "under_way",
                     .pool = cpu_,
                     .clock = clock_,
                     .prefix = "a/b/",
                     .owner = owner});
  service_.objects["troupe-owner"].bytes = "anotherone other.example\n";
  ASSERT_TRUE(run(owner.check()));
  EXPECT_TRUE(service_.objects.contains("a/b/troupe-owner"));
  auto arrival = run(inner.begin(100)).value();
  ASSERT_TRUE(run(arrival->write("inner")));
  const auto blob = run(arrival->finish()).value();
  EXPECT_TRUE(service_.objects.contains("a/b/" + key("inner")));
  EXPECT_THAT(run(inner.list(blob.sha256.substr(0, 2))).value(), testing::ElementsAre(blob.sha256));
  EXPECT_TRUE(run(bucket_files_.list(blob.sha256.substr(0, 2))).value().empty());
  EXPECT_TRUE(run(inner.open(blob.sha256)));
  EXPECT_FALSE(run(bucket_files_.open(blob.sha256)));
}

TEST_F(BucketFilesTest, AWrongKeyIsSaid) {
  auto wrong = address_;
  wrong.keys.secret_key = "other";
  auto bucket = s3::Bucket::make(wrong, service_, clock_).value();
  const auto said = run(bucket.list("media/", ""));
  ASSERT_FALSE(said);
  EXPECT_TRUE(said.error().detail().contains("SignatureDoesNotMatch")) << said.error().detail();
  wrong.endpoint = "nowhere";
  EXPECT_FALSE(s3::Bucket::make(wrong, service_, clock_));
}

}  // namespace
}  // namespace troupe::homeserver::media
