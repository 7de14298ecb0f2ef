#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "homeserver/mail/mail_fixture.h"
#include "homeserver/migrations.gen.h"
#include "kit/clocks.h"
#include "store/migrations.h"
#include "store/test_database.h"

namespace troupe::homeserver::mail {
namespace {

using namespace std::chrono_literals;

class MailQueueTest : public testing::Test {
 protected:
  MailQueueTest() {
    configure_mail(settings_);
    store::migrate(*db_, "homeserver", migrations()).value();
    start();
  }
  /// As after a kill -9: what is in memory is gone.
  void start() {
    made_.reset();
    made_ = std::make_unique<MailOfTests>(*db_, settings_, clock_, metrics_);
  }
  Result<Unit> put(std::string to = "anna@example.org", std::chrono::milliseconds life = 24h) {
    const auto stamp = made_->queue.stamp();
    return db_->write_now([&](store::Tx& tx) {
      return made_->queue.put(tx, {.to = to, .subject = "s", .text = "t"}, stamp.now_ms + life.count(), stamp);
    });
  }
  std::size_t sent() {
    std::optional<Result<Unit>> done;
    context_.restart();
    boost::asio::co_spawn(context_, made_->queue.send_due(),
                          [&](std::exception_ptr, Result<Unit> outcome) { done.emplace(std::move(outcome)); });
    context_.run();
    EXPECT_TRUE(done && *done);
    return made_->postman.take().size();
  }
  std::int64_t waiting() {
    std::int64_t count = 0;
    EXPECT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
      count = store::number(connection.query("SELECT COUNT(*) FROM hs_mail"));
      return Unit{};
    }));
    return count;
  }

  store::TempDir dir_;
  base::MetricRegistry metrics_;
  base::ManualClock beneath_;
  kit::ShiftedClock clock_{beneath_};
  host::Settings settings_;
  std::unique_ptr<store::Database> db_ = store::open_database(dir_, metrics_);
  boost::asio::io_context context_;
  std::unique_ptr<MailOfTests> made_;
};

TEST_F(MailQueueTest, WhatIsWrittenDownGoesOutOnceAlsoAfterARestart) {
  ASSERT_TRUE(put());
  ASSERT_TRUE(put("ben@example.org"));
  start();
  EXPECT_EQ(sent(), 2U);
  EXPECT_EQ(waiting(), 0);
  EXPECT_EQ(sent(), 0U);
}

TEST_F(MailQueueTest, NobodyReadsMailsInTheDatabase) {
  ASSERT_TRUE(put());
  ASSERT_TRUE(db_->read_now([&](store::Connection& connection) -> Result<Unit> {
    const auto rows = mail_store::due(connection, clock_.unix_ms(), clock_.unix_ms() + 1'000, 10);
    EXPECT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows.at(0).sealed_mail.find("anna"), std::string::npos);
    return Unit{};
  }));
}

TEST_F(MailQueueTest, ARelayInTroubleIsAskedAgainLater) {
  made_->postman.refuse(Errc::unavailable);
  ASSERT_TRUE(put());
  ASSERT_TRUE(put("ben@example.org"));
  EXPECT_EQ(sent(), 0U);
  EXPECT_EQ(made_->postman.tries(), 1) << "one mail is enough to find out";
  EXPECT_TRUE(made_->queue.trouble());
  EXPECT_EQ(sent(), 0U);
  EXPECT_EQ(made_->postman.tries(), 1) << "not before the pause is over";
  beneath_.advance(MailQueue::kFirstPause);
  EXPECT_EQ(sent(), 0U);
  EXPECT_EQ(made_->postman.tries(), 2);
  beneath_.advance(MailQueue::kFirstPause);
  EXPECT_EQ(sent(), 0U);
  EXPECT_EQ(made_->postman.tries(), 2) << "the pause has doubled";
  made_->postman.accept();
  beneath_.advance(MailQueue::kLongestPause);
  EXPECT_EQ(sent(), 2U);
  EXPECT_FALSE(made_->queue.trouble());
}

TEST_F(MailQueueTest, AMailThatTheRelayFailsAtHoldsUpNoOther) {
  made_->postman.refuse(Errc::unavailable, "anna@example.org");
  ASSERT_TRUE(put());
  ASSERT_TRUE(put("ben@example.org"));
  EXPECT_EQ(sent(), 0U);
  EXPECT_EQ(made_->postman.tries(), 1);
  beneath_.advance(MailQueue::kFirstPause);
  EXPECT_EQ(sent(), 1U);
  EXPECT_EQ(made_->postman.tries(), 2) << "the other one first";
  EXPECT_EQ(waiting(), 1);
  made_->postman.accept();
  beneath_.advance(MailQueue::kFirstRetry);
  EXPECT_EQ(sent(), 1U);
  EXPECT_EQ(waiting(), 0);
}

TEST_F(MailQueueTest, AMailIsTriedOnceMoreBeforeItsTimeIsOver) {
  made_->postman.refuse(Errc::unavailable);
  ASSERT_TRUE(put("anna@example.org", 10s));
  EXPECT_EQ(sent(), 0U);
  made_->postman.accept();
  beneath_.advance(10s - 1ms);
  EXPECT_EQ(sent(), 1U);
}

TEST_F(MailQueueTest, AMailThatIsRefusedHoldsUpNoOther) {
  made_->postman.refuse(Errc::invalid_param);
  ASSERT_TRUE(put());
  EXPECT_EQ(sent(), 0U);
  EXPECT_EQ(waiting(), 0) << "for good";
  EXPECT_FALSE(made_->queue.trouble());
  made_->postman.refuse(Errc::limit_exceeded);
  ASSERT_TRUE(put());
  EXPECT_EQ(sent(), 0U);
  EXPECT_EQ(waiting(), 1) << "for now";
  made_->postman.accept();
  ASSERT_TRUE(put("ben@example.org"));
  EXPECT_EQ(sent(), 1U);
  beneath_.advance(MailQueue::kFirstRetry);
  EXPECT_EQ(sent(), 1U);
}

TEST_F(MailQueueTest, WhatIsOfNoUseAnyMoreIsNotSent) {
  made_->postman.refuse(Errc::limit_exceeded);
  ASSERT_TRUE(put("anna@example.org", 10s));
  EXPECT_EQ(sent(), 0U);
  EXPECT_EQ(waiting(), 0) << "its next try would be too late";
  made_->postman.accept();
  ASSERT_TRUE(put("anna@example.org", 10s));
  beneath_.advance(10s);
  EXPECT_EQ(sent(), 0U);
  EXPECT_EQ(waiting(), 0);
}

TEST_F(MailQueueTest, AStepOfTheWallClockHoldsNoMailUp) {
  made_->postman.refuse(Errc::unavailable);
  ASSERT_TRUE(put("anna@example.org", 240h));
  EXPECT_EQ(sent(), 0U);
  made_->postman.accept();
  clock_.shift_ms = -std::chrono::milliseconds(48h).count();
  ASSERT_TRUE(put("ben@example.org"));
  beneath_.advance(MailQueue::kLongestPause);
  EXPECT_EQ(sent(), 2U) << "in the time that it was told to wait";
  // Written while the clock was ahead, and started again when it was set right.
  made_->postman.refuse(Errc::unavailable);
  clock_.shift_ms = std::chrono::milliseconds(48h).count();
  start();
  made_->postman.refuse(Errc::unavailable);
  ASSERT_TRUE(put("anna@example.org", 240h));
  EXPECT_EQ(sent(), 0U);
  clock_.shift_ms = 0;
  start();
  EXPECT_EQ(sent(), 1U);
}

TEST_F(MailQueueTest, SoManyWaitAndNoMore) {
  ASSERT_TRUE(db_->write_now([&](store::Tx& tx) -> Result<Unit> {
    for (std::int64_t i = 1; i <= MailQueue::kMostWaiting; ++i)
      mail_store::insert(tx, {.id = -i, .sealed_mail = "x", .due_ms = clock_.unix_ms() + 1'000'000});
    return Unit{};
  }));
  EXPECT_EQ(put().error().code(), Errc::unavailable);
}

}  // namespace
}  // namespace troupe::homeserver::mail
