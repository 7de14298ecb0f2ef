// Time stamps: what an authority signs is believed, and nothing that only looks like it.
#include "identity/anchors/time_stamp.h"

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>

#include "base/crypto.h"
#include "identity/anchors/stand_in_authority.h"
#include "store/test_database.h"

namespace troupe::identity::anchors {
namespace {

using ::testing::HasSubstr;

std::string digest_of(std::string_view text) {
  const auto hash = base::sha256(text);
  return {hash.begin(), hash.end()};
}

class TimeStampTest : public testing::Test {
 protected:
  std::unique_ptr<StampChecker> checker_of(const StandInAuthority& authority) {
    auto made = StampChecker::make(authority.ca_file);
    EXPECT_TRUE(made);
    return *std::move(made);
  }
  static std::string why(const Result<base::UnixMs>& checked) {
    return checked ? "it holds" : checked.error().message();
  }

  store::TempDir dir;
  StandInAuthority authority{dir.path()};
  const std::string digest = digest_of("the head");
};

TEST_F(TimeStampTest, AnAnswerHoldsAndSoDoesWhatIsKeptOfIt) {
  const auto checker = checker_of(authority);
  const auto request = time_stamp_request(digest);
  const auto answer = authority.answer(request);
  const auto at = checker->check_answer(request, answer);
  ASSERT_TRUE(at) << at.error().message();
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  EXPECT_GT(*at, now - 3'600'000);
  EXPECT_LT(*at, now + 3'600'000);
  const auto kept = checker->check_kept(digest, answer);
  ASSERT_TRUE(kept) << kept.error().message();
  EXPECT_EQ(*kept, *at);
  EXPECT_NE(time_stamp_request(digest), request) << "each has a nonce of its own";
}

TEST_F(TimeStampTest, AnothersAnswerDoesNotHold) {
  const auto checker = checker_of(authority);
  const auto request = time_stamp_request(digest);
  const auto answer = authority.answer(request);
  EXPECT_THAT(why(checker->check_kept(digest_of("another head"), answer)), HasSubstr("does not hold"));
  EXPECT_THAT(why(checker->check_answer(time_stamp_request(digest), answer)), HasSubstr("nonce"))
      << "an answer to an older request";
  StandInAuthority stranger(dir.path(), "stranger");
  EXPECT_THAT(why(checker->check_kept(digest, stranger.answer(request))), HasSubstr("does not hold"));
}

TEST_F(TimeStampTest, WhatWasChangedOrIsNoneDoesNotHold) {
  const auto checker = checker_of(authority);
  const auto request = time_stamp_request(digest);
  const auto answer = authority.answer(request);
  for (std::size_t at = 0; at < answer.size(); at += 7) {
    auto changed = answer;
    changed[at] = static_cast<char>(changed[at] ^ 0x01);
    const auto checked = checker->check_kept(digest, changed);
    // Some bytes are not under the signature (texts for people, unused certificates): then it says the same as before.
    if (checked) EXPECT_EQ(*checked, *checker->check_kept(digest, answer)) << at;
  }
  for (const std::string none : {"", "nonsense"}) EXPECT_FALSE(checker->check_kept(digest, none));
  EXPECT_FALSE(checker->check_kept(digest, answer.substr(0, answer.size() / 2)));
  EXPECT_FALSE(checker->check_kept("short", answer));
  EXPECT_EQ(time_stamp_request("short"), "");
  authority.takes = EVP_sha512();
  EXPECT_THAT(why(checker->check_answer(request, authority.answer(request))), HasSubstr("grants no time stamp"));
}

TEST_F(TimeStampTest, CertificatesHaveToBeThere) {
  EXPECT_FALSE(StampChecker::make((dir.path() / "nothing.pem").string()));
  const auto empty = dir.path() / "empty.pem";
  std::ofstream(empty) << "no certificate";
  EXPECT_FALSE(StampChecker::make(empty.string()));
  EXPECT_TRUE(StampChecker::make("")) << "the system's";
}

}  // namespace
}  // namespace troupe::identity::anchors
