// The program ends between any two lines, the source or the database is away: each event is recorded once, in order.
#include "host/consumer.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <thread>

#include "host/cursor_store.h"
#include "host/migrations.gen.h"
#include "store/fault_plan.h"
#include "store/test_database.h"

namespace troupe::host {
namespace {

using namespace std::chrono_literals;

/// A stream that outlives the program: events at positions 10, 20, 30 …
class Source {
 public:
  explicit Source(bus::Bus& bus) : bus_(bus) {}
  void add(int events = 1) {
    auto head = events_ += events;
    bus_.ring(bus::Topic::events, head * 10);
  }
  StreamPos head() const { return events_ * 10; }
  std::atomic<bool> away{false};

 private:
  bus::Bus& bus_;
  std::atomic<StreamPos> events_{0};
};

/// Writes down each position it reads, two at a time.
class Clerk : public ConsumerWork {
 public:
  Clerk(Source& source) : source_(source) {}

  Task<Look> look(StreamPos after) override {
    ++looks;
    if (throws) throw std::runtime_error("by the test");
    if (source_.away) co_return Error(Errc::unavailable, "The source is away.");
    found_.clear();
    const auto head = source_.head();
    auto pos = after;
    while (pos < head && found_.size() < 2) found_.push_back(pos += 10);
    seen += static_cast<int>(found_.size());
    if (on_look) on_look();
    if (ignores) found_.clear();
    co_return Look{.cursor = pos, .more = pos < head, .to_record = !found_.empty()};
  }
  Result<Unit> admit(store::Tx&) override {
    if (refused) return Error(Errc::conflict, "another process holds it");
    return Unit{};
  }
  Result<Unit> record(store::Tx& tx) override {
    for (auto pos : found_) tx.run("INSERT INTO test_event (pos) VALUES (?1)", pos);
    return Unit{};
  }
  asio::awaitable<void> recorded() override {
    acted += static_cast<int>(found_.size());
    co_return;
  }

  std::function<void()> on_look = {};  ///< after the events are read
  std::atomic<bool> ignores{false};    ///< nothing of it is to be recorded
  std::atomic<bool> refused{false};
  std::atomic<bool> throws{false};
  std::atomic<int> looks{0};
  std::atomic<int> seen{0};
  std::atomic<int> acted{0};

 private:
  Source& source_;
  std::vector<StreamPos> found_;
};

constexpr store::Migration kTable{
    .number = 1, .name = "event", .sql = "CREATE TABLE test_event (pos INTEGER NOT NULL);"};

class ConsumerTest : public testing::Test {
 protected:
  ConsumerTest() {
    EXPECT_TRUE(store::migrate(*db, "host", migrations()));
    EXPECT_TRUE(store::migrate(*db, "test", {&kTable, 1}));
  }
  ~ConsumerTest() override {
    end();
    db->stop();  // before the thread that its answers go to
    guard_.reset();
    thread_.join();
  }

  /// What one life of the program has.
  struct Life {
    Life(ConsumerTest& test, ConsumerOptions options)
        : home(test.context_.get_executor()),
          stop(home),
          work(test.source),
          consumer(home, *test.db, *test.bus, stop, work, std::move(options)) {}
    asio::any_io_executor home;
    base::StopSource stop;
    Clerk work;
    Consumer consumer;
    std::future<void> ended;
  };
  void make(std::function<bool(ConsumerStep)> probe = {}) {
    life = std::make_unique<Life>(*this, ConsumerOptions{.name = "test.clerk",
                                                         .store_every = 100,
                                                         .look_anyway = 1h,
                                                         .first_retry = 1ms,
                                                         .longest_retry = 4ms,
                                                         .probe = std::move(probe)});
  }
  void run() {
    auto opened = asio::co_spawn(life->home, life->consumer.open(0), asio::use_future).get();
    ASSERT_TRUE(opened) << opened.error().message();
    life->ended = asio::co_spawn(life->home, life->consumer.run(), asio::use_future);
  }
  void begin(std::function<bool(ConsumerStep)> probe = {}) {
    make(std::move(probe));
    run();
  }
  void end() {
    if (!life) return;
    asio::post(life->home, [&] {
      life->stop.request_stop();
      life->consumer.wake();
    });
    if (life->ended.valid()) life->ended.get();
    life.reset();
  }
  /// Ends the program when it comes to `step`.
  std::function<bool(ConsumerStep)> die_at(ConsumerStep step) {
    return [step](ConsumerStep here) { return here != step; };
  }
  static bool eventually(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(1ms);
    }
    return true;
  }
  template <class T>
  T read(std::function<T(store::Connection&)> query) {
    T found{};
    auto done = db->read_now([&](store::Connection& c) -> Result<Unit> {
      found = query(c);
      return Unit{};
    });
    EXPECT_TRUE(done);
    return found;
  }
  std::vector<StreamPos> recorded() {
    return read<std::vector<StreamPos>>([](store::Connection& c) {
      std::vector<StreamPos> found;
      auto rows = c.query("SELECT pos FROM test_event ORDER BY pos");
      while (rows.next()) rows >> found.emplace_back();
      return found;
    });
  }
  StreamPos kept() {
    return read<StreamPos>([](store::Connection& c) { return find_cursor(c, "test.clerk").value_or(-1); });
  }
  std::vector<StreamPos> first(int events) {
    std::vector<StreamPos> all;
    for (int i = 1; i <= events; ++i) all.push_back(i * 10);
    return all;
  }
  bool has_recorded(int events) {
    return eventually([&] { return std::ssize(recorded()) >= events; });
  }

  store::TempDir dir;
  base::MetricRegistry metrics;
  store::FaultPlan faults;
  std::unique_ptr<store::Database> db = store::open_database(dir, metrics, {.first_back_off = 1ms, .faults = &faults});
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  Source source{*bus};
  std::unique_ptr<Life> life;

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
  std::thread thread_{[this] { context_.run(); }};
};

TEST_F(ConsumerTest, ReadsOnFromWhereItWasAndIsWokenByTheBell) {
  source.add(5);
  begin();
  ASSERT_TRUE(has_recorded(5));
  source.add();
  ASSERT_TRUE(has_recorded(6));
  end();
  EXPECT_EQ(kept(), 60);
  source.add(2);
  begin();
  ASSERT_TRUE(has_recorded(8));
  EXPECT_EQ(recorded(), first(8));
  EXPECT_EQ(life->work.seen, 2) << "nothing twice";
}

TEST_F(ConsumerTest, WhatComesWhileItLooksIsNotMissed) {
  make();
  life->work.on_look = [this, added = false]() mutable {
    if (!std::exchange(added, true)) source.add();  // after it has read, before it waits
  };
  run();
  ASSERT_TRUE(has_recorded(1));  // look_anyway is an hour
}

TEST_F(ConsumerTest, EachEventIsRecordedOnceWhereverItIsKilledTwice) {
  int events = 0;
  for (auto one : {ConsumerStep::looked, ConsumerStep::recorded}) {
    for (auto two : {ConsumerStep::looked, ConsumerStep::recorded}) {
      SCOPED_TRACE(std::to_string(static_cast<int>(one)) + " then " + std::to_string(static_cast<int>(two)));
      source.add(3);
      events += 3;
      for (auto step : {one, two}) {
        begin(die_at(step));
        life->ended.get();  // by itself: it came to the step
        EXPECT_EQ(life->work.acted, 0);
        life.reset();
      }
      begin();
      ASSERT_TRUE(has_recorded(events));
      end();
      ASSERT_EQ(recorded(), first(events));
      EXPECT_EQ(kept(), events * 10);
    }
  }
}

TEST_F(ConsumerTest, ASourceThatIsAwayIsAskedAgainAndAgain) {
  source.away = true;
  source.add(3);
  begin();
  ASSERT_TRUE(eventually([&] { return life->work.looks > 3; }));
  auto failing = [&] {
    return asio::co_spawn(
               life->home, [&]() -> asio::awaitable<bool> { co_return life->consumer.failing_since().has_value(); },
               asio::use_future)
        .get();
  };
  EXPECT_TRUE(failing());
  source.away = false;
  ASSERT_TRUE(has_recorded(3));
  EXPECT_TRUE(eventually([&] { return !failing(); }));
  EXPECT_EQ(recorded(), first(3));
}

TEST_F(ConsumerTest, WhatThrowsIsTriedAgain) {
  make();
  life->work.throws = true;
  source.add();
  run();
  ASSERT_TRUE(eventually([&] { return life->work.looks > 3; }));
  life->work.throws = false;
  EXPECT_TRUE(has_recorded(1));
}

TEST_F(ConsumerTest, ADatabaseThatIsAwayGetsWhatWasDecidedWithoutASecondLook) {
  begin();
  faults.arm(0, store::FaultPlan::Kind::io_error, 5);
  source.add(2);
  ASSERT_TRUE(eventually([&] { return faults.happened() && life->work.seen == 2; }));
  ASSERT_TRUE(has_recorded(2));
  faults.disarm();
  source.add(1);
  ASSERT_TRUE(has_recorded(3));
  EXPECT_EQ(recorded(), first(3));
  EXPECT_EQ(life->work.seen, 3) << "decided once each";
}

TEST_F(ConsumerTest, EveryStatementMayFail) {
  begin();
  int events = 0;
  for (int n = 0;; ++n) {
    faults.arm(n, store::FaultPlan::Kind::disk_full);
    source.add(2);
    events += 2;
    ASSERT_TRUE(has_recorded(events));
    // The look after the last record may be the one that keeps the cursor.
    ASSERT_TRUE(eventually([&] { return life->work.acted == events; }));
    const bool happened = faults.happened();
    faults.disarm();
    ASSERT_EQ(recorded(), first(events)) << "statement " << n;
    if (!happened) break;
  }
  EXPECT_EQ(life->work.seen, events);
}

TEST_F(ConsumerTest, AProcessThatIsNotAdmittedWritesNothing) {
  make();
  run();
  life->work.refused = true;
  source.add(2);
  ASSERT_TRUE(eventually([&] { return life->work.seen == 2; }));
  end();
  EXPECT_TRUE(recorded().empty());
  EXPECT_EQ(kept(), 0);
  begin();
  ASSERT_TRUE(has_recorded(2));
  EXPECT_EQ(recorded(), first(2));
}

TEST_F(ConsumerTest, ThePositionAloneIsWrittenNowAndThenAndAtTheEnd) {
  make();
  life->work.ignores = true;
  run();
  source.add(9);
  ASSERT_TRUE(eventually([&] { return life->work.seen == 9; }));
  EXPECT_EQ(kept(), 0);
  source.add(2);
  ASSERT_TRUE(eventually([&] { return kept() >= 100; }));
  ASSERT_TRUE(eventually([&] { return life->work.seen == 11; }));
  end();
  EXPECT_EQ(kept(), 110);
  EXPECT_TRUE(recorded().empty());
}

TEST_F(ConsumerTest, AVeryFirstStartBeginsWhereItIsTold) {
  source.add(4);
  make();
  auto opened = asio::co_spawn(life->home, life->consumer.open(30), asio::use_future).get();
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened, 30);
  EXPECT_EQ(kept(), 30);
  life.reset();
  begin();
  ASSERT_TRUE(has_recorded(1));
  EXPECT_EQ(recorded(), (std::vector<StreamPos>{40}));
}

}  // namespace
}  // namespace troupe::host
