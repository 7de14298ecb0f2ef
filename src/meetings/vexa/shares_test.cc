#include "meetings/vexa/shares.h"

#include "meetings/transcripts/transcripts_fixture.h"

namespace troupe::meetings::vexa {
namespace {

class SharesTest : public transcripts::TranscriptsTest {
 protected:
  Share make(std::chrono::seconds lives = Shares::kUsual) { return must(shares.make(meeting, lives)); }
  bool opens(const Share& share) {
    const auto found = run(shares.find(share.id));
    return found && found->id == meeting;
  }
  Shares shares{*db, time};
};

TEST_F(SharesTest, OpenUntilTheyEndAndNobodyCanGuessThem) {
  const auto one = make(), other = make();
  EXPECT_NE(one.id, other.id);
  EXPECT_EQ(one.id.size(), 43U);
  EXPECT_TRUE(opens(one));
  auto near = one;
  near.id[0] = near.id[0] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(opens(near));
  for (const auto& id : {std::string(), std::string("' OR 1=1"), std::string(10'000, 'A'), std::string(43, 'A')}) {
    EXPECT_FALSE(run(shares.find(id)));
  }
  time.advance(Shares::kUsual);
  EXPECT_FALSE(opens(one));
}

TEST_F(SharesTest, AreNotInTheDatabase) {
  const auto one = make();
  kit::must(db->read_now([&](store::Connection& c) -> Result<Unit> {
    auto rows = c.query("SELECT hash FROM mtg_share");
    EXPECT_TRUE(rows.next());
    std::string hash;
    rows >> store::blob(hash);
    EXPECT_EQ(hash.size(), 32U);
    EXPECT_NE(hash, one.id);
    return Unit{};
  }));
}

TEST_F(SharesTest, GoWhenTheirOwnerTakesThemBackOrDeletesTheTranscript) {
  const auto one = make();
  EXPECT_EQ(must(shares.take_back(meeting)), 1);
  EXPECT_EQ(must(shares.take_back(meeting)), 0);
  EXPECT_FALSE(opens(one));
  const auto other = make();
  end_meeting(meeting);
  must(all->erase(meeting));
  EXPECT_FALSE(opens(other));
  EXPECT_EQ(code(shares.make(meeting, Shares::kUsual)), Errc::conflict);
}

TEST_F(SharesTest, AreNotManyAtOnce) {
  for (int i = 0; i < Shares::kMostOfMeeting; ++i) (void)make();
  EXPECT_EQ(code(shares.make(meeting, Shares::kUsual)), Errc::limit_exceeded);
  time.advance(Shares::kUsual);
  (void)make();
}

TEST_F(SharesTest, DoNotLiveLongerWhenAClockGoesBack) {
  time.advance(std::chrono::hours(24 * 365));
  const auto one = make();
  time.advance(-std::chrono::hours(24 * 365));
  EXPECT_FALSE(opens(one));
}

}  // namespace
}  // namespace troupe::meetings::vexa
