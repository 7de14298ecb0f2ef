#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/task.h"

namespace troupe::base {
namespace {

TEST(Errc, EveryKindHasItsOwnRow) {
  for (int i = 0; i <= static_cast<int>(Errc::internal); ++i) {
    EXPECT_EQ(static_cast<int>(info(static_cast<Errc>(i)).code), i);
    EXPECT_GE(info(static_cast<Errc>(i)).http_status, 400);
  }
}

Result<int> half(int n) {
  if (n % 2) return Error(Errc::invalid_param, "odd");
  return n / 2;
}
Result<std::string> quarter(int n) {
  TRY(auto once, half(n));
  TRY(auto twice, half(once));
  return std::to_string(twice);
}
Task<std::string> quarter_later(int n) {
  CO_TRY(auto once, half(n));
  if (once < 0) co_return Error(Errc::forbidden, "negative");
  CO_TRY(auto text, quarter(n));
  co_return text;
}

TEST(Result, TryPassesTheErrorUp) {
  EXPECT_EQ(quarter(8).value(), "2");
  EXPECT_EQ(quarter(6).error().message(), "odd");
}

TEST(Error, IsSmallAndItsCopiesAreTheirOwn) {
  static_assert(sizeof(Error) <= 2 * sizeof(void*));  // coroutines keep room for many
  const auto first = Error(Errc::conflict, "taken", "by bob")
                         .with_wire_code("M_ROOM_IN_USE")
                         .with_status(400)
                         .with_retry_after(std::chrono::seconds(2))
                         .with_member("room", "r");
  const auto changed = Error(first).with_status(410).with_member("room", "other");
  EXPECT_EQ(changed.http_status(), 410);
  EXPECT_EQ(changed.members().at("room"), "other");
  auto copy = Error(Errc::internal);
  copy = first;
  const auto moved = std::move(copy);
  for (const auto& error : {first, moved}) {
    EXPECT_EQ(error.code(), Errc::conflict);
    EXPECT_EQ(error.message(), "taken");
    EXPECT_EQ(error.detail(), "by bob");
    EXPECT_EQ(error.wire_code(), "M_ROOM_IN_USE");
    EXPECT_EQ(error.http_status(), 400);
    EXPECT_EQ(error.retry_after(), std::chrono::seconds(2));
    EXPECT_EQ(error.members().at("room"), "r");
  }
  EXPECT_EQ(Error(Errc::not_found).message(), info(Errc::not_found).title);
  EXPECT_EQ(Error(Errc::not_found).http_status(), 404);
}

TEST(Task, CoTryPassesTheErrorUp) {
  asio::io_context context;
  std::vector<Result<std::string>> results;
  for (int n : {8, 6, -4}) {
    asio::co_spawn(context, quarter_later(n), [&](std::exception_ptr, Result<std::string> r) { results.push_back(r); });
  }
  context.run();
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].value(), "2");
  EXPECT_EQ(results[1].error().code(), Errc::invalid_param);
  EXPECT_EQ(results[2].error().code(), Errc::forbidden);
}

TEST(Encoding, Base64RoundTrips) {
  for (std::string_view text : {"", "a", "ab", "abc", "\xff\xfe\xfd"}) {
    EXPECT_EQ(base64_decode(base64(as_bytes(text))), text);
    EXPECT_EQ(base64_decode(base64url(as_bytes(text))), text);
  }
  EXPECT_FALSE(base64_decode("a"));
  EXPECT_FALSE(base64_decode("a*bc"));
}

TEST(Encoding, PercentDecodesOnce) {
  EXPECT_EQ(percent_decode("%2521a%2Fb"), "%21a/b");
  EXPECT_FALSE(percent_decode("%2"));
  EXPECT_FALSE(percent_decode("%zz"));
}

TEST(Encoding, Utf8RefusesOverlongAndSurrogates) {
  EXPECT_TRUE(is_utf8("gr\xc3\xbc\xc3\x9f \xf0\x9f\x8e\xad"));
  EXPECT_FALSE(is_utf8("\xc0\x80"));
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
  EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));
  EXPECT_FALSE(is_utf8("\xe2\x82"));
}

TEST(Crypto, PasswordsVerify) {
  auto stored = hash_password("correct horse").value();
  EXPECT_TRUE(verify_password(stored, "correct horse"));
  EXPECT_FALSE(verify_password(stored, "wrong"));
  EXPECT_FALSE(verify_password("not a hash", "correct horse"));
}

TEST(Crypto, HmacSha1MatchesRfc2202) {
  EXPECT_EQ(hmac_sha1_hex("Jefe", "what do ya want for nothing?"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

TEST(Crypto, SealedTextOpensOnlyUnaltered) {
  auto key = SealingKey::from_raw(std::string(32, 'k')).value();
  auto sealed = key.seal("secret");
  EXPECT_EQ(key.open(sealed).value(), "secret");
  sealed.back() ^= 1;
  EXPECT_FALSE(key.open(sealed));
  EXPECT_FALSE(SealingKey::from_raw("short"));
}

TEST(Log, RedactsCredentials) {
  EXPECT_EQ(redact("GET /sync?access_token=abc&since=1"), "GET /sync?access_token=[redacted]&since=1");
  EXPECT_EQ(redact("Authorization: Bearer xyz"), "Authorization: Bearer [redacted]");
}

TEST(Metrics, ExposesCountersAndHistograms) {
  MetricRegistry registry;
  registry.counter("troupe_test_total", "Tests", {"kind"}).with({"a\"b"}).add(2);
  registry.histogram("troupe_test_seconds", "Time", {}).with({}).observe(0.002);
  const auto text = registry.expose();
  EXPECT_NE(text.find("troupe_test_total{kind=\"a\\\"b\"} 2"), text.npos) << text;
  EXPECT_NE(text.find("troupe_test_seconds_bucket{le=\"0.0025\"} 1"), text.npos) << text;
  EXPECT_THROW(registry.gauge("troupe_test_total", "x"), std::logic_error);
}

TEST(Metrics, AMetricThatManyAskForAtOnceIsOne) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 200;
  MetricRegistry registry;
  std::atomic<bool> over{false};
  std::jthread scraper([&] {
    while (!over) registry.expose();
  });
  std::barrier together(kThreads);
  {
    std::vector<std::jthread> modules;
    for (int thread = 0; thread < kThreads; ++thread) {
      modules.emplace_back([&] {
        for (int round = 0; round < kRounds; ++round) {
          together.arrive_and_wait();
          registry.counter("troupe_test_" + std::to_string(round), "Asked for by all threads").add();
        }
      });
    }
  }
  over = true;
  for (int round = 0; round < kRounds; ++round) {
    EXPECT_EQ(registry.counter("troupe_test_" + std::to_string(round), "").value(), kThreads) << round;
  }
}

}  // namespace
}  // namespace troupe::base
