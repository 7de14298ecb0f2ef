// A fleet on a real database and a homeserver in memory, that tests can end at any line and start again.
// Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <list>
#include <thread>

#include "base/mutex.h"
#include "fleet/module.h"
#include "fleet/service/bot_service.h"
#include "fleet/turns/turn_store.h"
#include "host/migrations.gen.h"
#include "identity/module.h"
#include "kit/clocks.h"
#include "kit/fake_homeserver/fake_homeserver.h"
#include "kit/fake_http.h"
#include "kit/migrate.h"
#include "kit/task_runner.h"
#include "runtime/in_process_driver.h"
#include "store/migrations.h"
#include "store/test_database.h"

namespace troupe::fleet {

using kit::FakeHomeserver;
using kit::ShiftedClock;

/// A brain that tests control: counts its questions and answers when it may.
struct TestBrain {
  std::atomic<int> asked{0};
  std::atomic<int> at_once{0};
  std::atomic<int> most_at_once{0};
  std::atomic<bool> hold{false};  ///< do not answer yet
  std::atomic<bool> fail{false};
  std::atomic<bool> streams{false};         ///< gives a beginning before it may answer
  std::atomic<bool> streams_slowly{false};  ///< and waits until the room must have seen it
  std::atomic<bool> sessions{false};
  std::atomic<int> abandoned{0};
  std::atomic<bool> own_words{false};
  std::atomic<bool> takes_sound{false};
  base::Mutex mutex;
  std::vector<Question> questions;
  // Parts of the next answers; set while nobody asks.
  std::string does;  ///< shown beside the beginning
  boost::json::object remember;
  std::vector<Choice> choices;
  std::vector<Upload> uploads;
  std::string text;  ///< empty: "answer to " and the question
  std::string trouble;
  std::vector<brains::Finding> findings;  ///< of its look around

  brains::BotKind kind(std::string name = "test") {
    class Asked : public brains::Brain {
     public:
      explicit Asked(TestBrain& test) : test_(test) {}
      bool has_sessions() const override { return test_.sessions; }
      bool takes(AttachmentKind kind) const override {
        return kind == AttachmentKind::image || (kind == AttachmentKind::audio && test_.takes_sound);
      }
      asio::awaitable<void> abandon(const Question& question) override {
        return [](TestBrain& test, std::string) -> asio::awaitable<void> {
          ++test.abandoned;
          co_return;
        }(test_, question.text);
      }
      asio::awaitable<std::vector<brains::Finding>> look_around() override { co_return test_.findings; }
      Task<Reply> answer(Question question, brains::ReplyStream& stream) override {
        test_.most_at_once = std::max<int>(test_.most_at_once, ++test_.at_once);
        struct Leave {
          std::atomic<int>& count;
          ~Leave() { --count; }
        } leave{test_.at_once};
        {
          const base::Lock lock(test_.mutex);
          test_.questions.push_back(question);
        }
        ++test_.asked;  // whoever has seen it may read the question
        if (test_.streams) stream.update("answer …");
        if (!test_.does.empty()) stream.doing(test_.does);
        auto executor = co_await asio::this_coro::executor;
        int steps = test_.streams_slowly ? 20 : 0;
        while (test_.hold || steps-- > 0) {
          asio::steady_timer timer(executor, std::chrono::milliseconds(1));
          co_await timer.async_wait(asio::use_awaitable);
        }
        if (test_.fail) co_return Error(Errc::unavailable, "the test says no", "secret detail");
        Reply reply{.text = test_.text.empty() ? "answer to " + question.text : test_.text};
        reply.remember = test_.remember;
        reply.choices = test_.choices;
        reply.uploads = test_.uploads;
        reply.trouble = test_.trouble;
        reply.own_words = test_.own_words;
        co_return reply;
      }

     private:
      TestBrain& test_;
    };
    return {.name = std::move(name),
            .title = "Test",
            .description = "For tests",
            .config_schema = R"({"type":"object"})",
            .prepare = [](boost::json::object config, boost::json::object) -> Result<brains::PreparedConfig> {
              TRY(brains::common_config(config));
              return brains::PreparedConfig{
                  .config = std::move(config), .secrets = {}, .generated_secret = std::nullopt};
            },
            .make = [this](const brains::BrainContext&, const boost::json::object&, const boost::json::object&)
                -> Result<std::unique_ptr<brains::Brain>> { return std::make_unique<Asked>(*this); },
            // Offered or not.
            .hears_reaction = [](std::string_view emoji) { return emoji == "👋"; }};
  }
};

class FleetTest : public ::testing::Test, protected kit::TaskRunner {
 protected:
  FleetTest() {
    brains.add(brains::echo_brain());
    brains.add(brains::webhook_brain());
    brains.add(brain.kind());
    db = store::open_database(dir, metrics);
    migrate("host", host::migrations());
    migrate(identity::identity_module());
    migrate(fleet_module());
    homeserver = std::make_unique<FakeHomeserver>(*bus, clock);
    homeserver->add_person("anna");
    homeserver->add_person("ben");
    homeserver->add_person("cleo");
  }
  ~FleetTest() override {
    db->stop();  // before the threads that its answers go to
    io.stop();
  }

  void migrate(const host::Module& module) { migrate(module.name, module.migrations); }
  void migrate(std::string_view module, std::span<const store::Migration> migrations) {
    kit::migrate(*db, module, migrations);
  }

  /// Before any part of the test is gone: the fleet's threads ask it for what tests override.
  void TearDown() override { end(); }
  asio::any_io_executor tasks_run_on() override { return io.at(1).get_executor(); }

  service::Deps deps(std::function<bool(term::Step)> probe = {}) {
    new_life(std::move(probe));
    service::Deps made{.server = {.accounts = *homeserver,
                                  .rooms = *homeserver,
                                  .feed = *homeserver,
                                  .media = *homeserver,
                                  .streams = homeserver.get()},
                       .data = {.db = *db, .bus = *bus, .principals = principals(), .sealing_key = key},
                       .process = {.home = io.at(0).get_executor(),
                                   .clock = *fleet_clock,
                                   .ages = *fleet_clock,
                                   .metrics = metrics,
                                   .http = http},
                       .tasks = {.kinds = *kinds_in_use, .drivers = drivers(), .in_process = in_process()},
                       .steps = lives_.back().steps,
                       .limits = limits};
    adjust(made);
    return made;
  }
  runtime::InProcessDriver& in_process() { return *lives_.back().in_process; }
  /// For fixtures that need more.
  virtual const runtime::Drivers& drivers() { return lives_.back().drivers; }
  virtual bool passes(term::LifeStep) { return true; }
  virtual void adjust(service::Deps&) {}
  identity::Principals& principals() {
    if (!principals_) principals_ = std::make_unique<identity::Principals>(*db, clock);
    return *principals_;
  }
  /// Makes the service without starting the fleet.
  void make_service(std::function<bool(term::Step)> probe = {}) {
    bots = std::make_unique<service::BotService>(deps(std::move(probe)));
  }
  void begin(std::function<bool(term::Step)> probe = {}) {
    make_service(std::move(probe));
    must(bots->start_fleet());
  }
  void end() {
    if (!bots) return;
    must(bots->stop_fleet());
    bots.reset();
  }

  std::string add_bot(const std::string& bot_id, const std::string& kind = "test", boost::json::object config = {}) {
    service::NewBot wanted;
    wanted.bot_id = bot_id;
    wanted.brain_kind = kind;
    wanted.brain_config = std::move(config);
    return must(bots->create(1, std::move(wanted), {"tester"})).bot.bot.user_id;
  }
  std::string add_running_bot(const std::string& bot_id, const std::string& kind = "test",
                              boost::json::object config = {}) {
    auto user_id = add_bot(bot_id, kind, std::move(config));
    must(bots->start(1, bot_id, {"tester"}));
    return user_id;
  }
  /// A room of these people and bots; waits until the bots are in.
  std::string room_of(const std::vector<std::string>& people, const std::vector<std::string>& bot_users) {
    std::vector<std::string> invited(people.begin() + 1, people.end());
    invited.insert(invited.end(), bot_users.begin(), bot_users.end());
    auto room_id = must(homeserver->make_room(people.front(), invited));
    for (std::size_t i = 1; i < people.size(); ++i) must(homeserver->join(people[i], room_id));
    for (const auto& bot : bot_users) {
      EXPECT_TRUE(eventually([&] { return homeserver->is_joined(room_id, bot); })) << bot << " did not join";
    }
    return room_id;
  }
  /// Begins; then the bot `helper` runs and is in a room with Anna.
  struct WithHelper {
    std::string bot, room;
  };
  WithHelper begin_with_helper() {
    begin();
    auto bot = add_running_bot("helper");
    auto room = room_of({anna}, {bot});
    return {.bot = std::move(bot), .room = std::move(room)};
  }
  BotView view(const std::string& bot_id) { return must(bots->get(1, bot_id)); }
  std::vector<Turn> turns_open() {
    std::vector<Turn> found;
    auto look = [&](store::Connection& c) -> Result<Unit> {
      found = turns::open_turns(c);
      return Unit{};
    };
    if (!db->read_now(look)) throw std::runtime_error("the turns cannot be read");
    return found;
  }
  bool settled_now(const std::string& bot_id, std::int64_t turns) {
    std::int64_t ended = 0;
    auto look = [&, bot = view(bot_id).bot.id](store::Connection& c) -> Result<Unit> {
      ended = store::number(
          c.query("SELECT COUNT(*) FROM fleet_turn WHERE bot = ?1 AND state NOT IN ('asked', 'replying')", bot));
      return Unit{};
    };
    if (!db->read_now(look)) throw std::runtime_error("the turns cannot be read");
    return ended >= turns && view(bot_id).pending_turns == 0;
  }
  bool settled(const std::string& bot_id, std::int64_t turns) {
    return eventually([&] { return settled_now(bot_id, turns); });
  }

  const std::string anna = "@anna:localhost";
  const std::string ben = "@ben:localhost";
  const std::string cleo = "@cleo:localhost";
  store::TempDir dir;
  base::MetricRegistry metrics;
  // Nothing falls due while a test runs, unless the test says that time goes by.
  base::ManualClock still{base::system_clock().unix_ms()};
  ShiftedClock clock{still};
  const base::Clock* fleet_clock = &clock;
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  base::SealingKey key = *base::SealingKey::from_raw(std::string(32, 'k'));
  kit::FakeHttp http;
  TestBrain brain;
  brains::BotKinds brains;
  const brains::BotKinds* kinds_in_use = &brains;
  term::Limits limits{.request_patience = std::chrono::minutes(1),  // a busy machine is no reason
                      .first_retry = std::chrono::milliseconds(2),
                      .start_retry = std::chrono::milliseconds(20)};
  std::unique_ptr<store::Database> db;
  std::unique_ptr<FakeHomeserver> homeserver;
  net::server::IoThreads io{2};
  std::unique_ptr<service::BotService> bots;

 private:
  class ProbedSteps final : public term::Steps {
   public:
    ProbedSteps(FleetTest& test, std::function<bool(term::Step)> probe) : test_(test), probe_(std::move(probe)) {}
    bool passes(term::Step step) override { return !probe_ || probe_(step); }
    bool passes(term::LifeStep step) override { return test_.passes(step); }

   private:
    FleetTest& test_;
    std::function<bool(term::Step)> probe_;
  };
  /// What one life of the program has.
  struct Life {
    Life(FleetTest& test, std::function<bool(term::Step)> probe) : steps(test, std::move(probe)) {}
    ProbedSteps steps;
    std::unique_ptr<runtime::InProcessDriver> in_process;
    runtime::Drivers drivers;
  };
  void new_life(std::function<bool(term::Step)> probe) {
    auto home = io.at(0).get_executor();
    auto& made = lives_.emplace_back(*this, std::move(probe));
    made.in_process = std::make_unique<runtime::InProcessDriver>(home, [home] { return home; }, metrics);
    made.drivers.add(*made.in_process);
  }

  std::unique_ptr<identity::Principals> principals_;
  std::list<Life> lives_;
};

}  // namespace troupe::fleet
