// Meetings on a real database and the mock driver, under a clock that only the test moves. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>

#include "host/migrations.gen.h"
#include "kit/migrate.h"
#include "kit/task_runner.h"
#include "meetings/life/service.h"
#include "meetings/migrations.gen.h"
#include "net/server/server.h"
#include "runtime/mock_driver.h"
#include "store/fault_plan.h"
#include "store/migrations.h"
#include "store/test_database.h"

namespace troupe::meetings::life {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The mock, what it was asked to start, and answers in its place.
class SeenDriver final : public runtime::TaskDriver {
 public:
  explicit SeenDriver(runtime::MockDriver& mock) : mock_(mock) {}
  /// The config that the bot of this task was started with last.
  boost::json::object config_of(const std::string& task_id) const {
    const auto found = specs_.find(task_id);
    if (found == specs_.end()) throw std::runtime_error("nothing was started as " + task_id);
    return boost::json::parse(found->second.environment.at("BOT_CONFIG")).as_object();
  }

  bool was_started(const std::string& task_id) const { return specs_.contains(task_id); }

  // On the mock's thread.
  std::map<std::string, Errc> faults;  ///< by verb: it is answered with this error
  bool breaks = false;                 ///< inspect() throws
  bool is_blind = false;               ///< it finds nothing: what it is asked for again is lost
  std::map<std::string, int> asked;    ///< by verb
  std::string schema;                  ///< instead of the mock's

  std::string_view name() const override { return mock_.name(); }
  runtime::Capabilities capabilities() const override { return mock_.capabilities(); }
  runtime::Fingerprint fingerprint() const override { return mock_.fingerprint(); }
  std::string_view config_schema() const override { return schema.empty() ? mock_.config_schema() : schema; }
  Task<runtime::TaskHandle> start(runtime::TaskSpec spec) override {
    specs_[spec.id] = spec;
    return mock_.start(std::move(spec));
  }
  Task<runtime::TaskStatus> recover(runtime::TaskHandle handle) override {
    CO_TRY(answer("recover"));
    if (is_blind) co_return runtime::TaskStatus{.handle = std::move(handle), .state = runtime::TaskState::lost};
    co_return co_await mock_.recover(std::move(handle));
  }
  Task<std::vector<runtime::TaskHandle>> list() override {
    if (++asked["list"]; faults.contains("list")) {
      if (faults.at("list") == Errc::not_found) co_return std::vector<runtime::TaskHandle>();
      co_return Error(faults.at("list"), "fault");
    }
    co_return co_await mock_.list();
  }
  Task<runtime::ExitResult> wait(std::string id, milliseconds patience) override {
    return mock_.wait(std::move(id), patience);
  }
  Task<runtime::ExitResult> stop(std::string id, milliseconds grace) override {
    CO_TRY(answer("stop"));
    co_return co_await mock_.stop(std::move(id), grace);
  }
  Task<Unit> destroy(std::string id) override { return mock_.destroy(std::move(id)); }
  Task<runtime::TaskStatus> inspect(std::string id) override {
    CO_TRY(answer("inspect"));
    if (breaks) throw std::runtime_error("the driver is broken");
    co_return co_await mock_.inspect(std::move(id));
  }
  Task<runtime::LogPage> logs(std::string id, std::int64_t after, std::size_t limit) override {
    return mock_.logs(std::move(id), after, limit);
  }
  Task<runtime::LogPage> follow(std::string id, std::int64_t after, std::size_t limit, milliseconds wait) override {
    return mock_.follow(std::move(id), after, limit, wait);
  }
  base::SubscriptionPtr on_event(std::function<void(const runtime::TaskEvent&)> listener) override {
    return mock_.on_event(std::move(listener));
  }

 private:
  Result<Unit> answer(const std::string& verb) {
    ++asked[verb];
    if (const auto found = faults.find(verb); found != faults.end()) return Error(found->second, "fault");
    return Unit{};
  }

  runtime::MockDriver& mock_;
  std::map<std::string, runtime::TaskSpec> specs_;
};

class MeetingsTest : public ::testing::Test, protected kit::TaskRunner {
 protected:
  MeetingsTest() {
    db = store::open_database(dir, metrics, {.first_back_off = milliseconds(1), .faults = &faults});
    migrate("host", host::migrations());
    migrate("meetings", meetings::migrations());
    mock = std::make_unique<runtime::MockDriver>(io.at(0).get_executor(), time, "process");
    driver = std::make_unique<SeenDriver>(*mock);
    drivers.add(*driver);
    timing.look_every = timing.ask_again = milliseconds(2);
    timing.callback_patience = milliseconds(0);
    begin();
  }
  ~MeetingsTest() override {
    end();
    db->stop();
    io.stop();
  }
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }

  void migrate(std::string_view module, std::span<const store::Migration> migrations) {
    kit::migrate(*db, module, migrations);
  }
  /// As if a kill had come between the start of its bot and the row that tells of it.
  void forget_start(MeetingId id) {
    kit::must(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      auto kept = records::find_meeting(tx, id);
      kept->attempt->state = Container::wanted;
      kept->attempt->handle.clear();
      records::update_attempt(tx, *kept->attempt);
      return Unit{};
    }));
  }

  /// Runs on the thread that the driver and the keeper belong to.
  template <class F>
  auto home(F action) {
    return asio::post(io.at(0), std::packaged_task<decltype(action())()>(std::move(action))).get();
  }

  void begin() {
    keeper =
        std::make_unique<Keeper>(Keeper::Uses{.db = *db,
                                              .drivers = drivers,
                                              .clock = time,
                                              .key = key,
                                              .home = io.at(0).get_executor(),
                                              .bell = bell,
                                              .lease = lease,
                                              .name = process,
                                              .courier = courier,
                                              .calls = call_desk},
                                 timing, BotProgram{.command = {"/bin/bot"}, .callback_base = "http://127.0.0.1:1"});
    service = std::make_unique<Meetings>(*keeper, key, drivers, options);
    must(keeper->start());
  }
  void end() {
    if (!keeper) return;
    must(keeper->stop());
    service.reset();
    stopped.push_back(std::move(keeper));
  }
  /// What a kill of Troupe leaves: its database and the bots.
  void kill() {
    end();
    home([&] { mock->restart(); });
  }
  void pass(milliseconds by) {
    home([&] {
      time.advance(by);
      mock->tick();
    });
  }

  NewMeeting wanted(std::string room = "Room", std::int64_t owner = 7) const {
    return {.tenant_id = 1,
            .owner = {.id = owner, .label = "@anna:localhost"},
            .link = "https://meet.jit.si/" + std::move(room)};
  }
  MeetingId create(std::string room = "Room") { return must(service->create(wanted(std::move(room)))).id; }
  Meeting look(MeetingId id) { return must(service->find({.tenant_id = 1}, id)).meeting; }
  History history(MeetingId id) { return must(service->history({.tenant_id = 1}, id)); }
  bool becomes(MeetingId id, State state) {
    return eventually([&] { return look(id).life.state == state; });
  }
  bool runs(MeetingId id, std::int64_t attempt = 1) {
    return eventually([&] {
      const auto life = look(id).life;
      return life.container == Container::running && life.attempts == attempt;
    });
  }
  std::size_t running() {
    return home([&] { return mock->running(); });
  }
  int calls(const std::string& verb) {
    return home([&] {
      return static_cast<int>(std::ranges::count_if(mock->calls(), [&](const auto& c) { return c.starts_with(verb); }));
    });
  }
  void exits(MeetingId id, runtime::ExitResult result, std::int64_t attempt = 1) {
    home([&] { mock->exit_now(task_id_of(id, attempt), std::move(result)); });
  }
  /// Waits until the driver was asked this so many times more.
  bool asks(const std::string& verb, int times = 3) {
    const auto before = home([&] { return driver->asked[verb]; });
    return eventually([&] { return home([&] { return driver->asked[verb]; }) >= before + times; });
  }
  void fault(const std::vector<std::string>& verbs, Errc code) {
    home([&] {
      for (const auto& verb : verbs) driver->faults[verb] = code;
    });
  }
  void mend() {
    home([&] {
      driver->faults.clear();
      driver->breaks = driver->is_blind = false;
    });
  }
  void behave(runtime::MockBehaviour behaviour) {
    home([&] { mock->behave("", std::move(behaviour)); });
  }
  /// As the bot of this attempt would call back.
  Result<CallbackOutcome> say(MeetingId id, Callback callback, std::int64_t attempt = 1) {
    const auto config = home([&] { return driver->config_of(task_id_of(id, attempt)); });
    callback.token = config.at("token").as_string();
    callback.connection_id = config.at("connectionId").as_string();
    return run(service->call_back(std::move(callback)));
  }
  static Callback joined() { return {.kind = Callback::Kind::joined, .words = "active"}; }
  static Callback waits(Phase phase) { return {.phase = phase, .words = std::string(to_string(phase))}; }
  static Callback ended(bool completed, std::string_view reason) {
    return {.kind = Callback::Kind::ended, .ending = classify(completed, reason, ""), .words = std::string(reason)};
  }
  MeetingId in_call(std::string room = "Room") {
    const auto id = create(std::move(room));
    EXPECT_TRUE(runs(id));
    EXPECT_TRUE(say(id, joined()));
    EXPECT_EQ(look(id).life.state, State::active);
    return id;
  }
  std::string way(MeetingId id) {
    std::string text;
    for (const auto& step : history(id).transitions) text += (text.empty() ? "" : " ") + step.to;
    return text;
  }

  store::TempDir dir;
  store::FaultPlan faults;
  base::MetricRegistry metrics;
  base::ManualClock time{base::system_clock().unix_ms()};
  base::SealingKey key = *base::SealingKey::from_raw(std::string(32, 'k'));
  Timing timing;
  MeetingOptions options;
  std::unique_ptr<store::Database> db;
  net::server::IoThreads io{1};
  host::Lease* lease = nullptr;
  std::string process;
  Courier* courier = nullptr;
  CallDesk* call_desk = nullptr;
  std::unique_ptr<runtime::MockDriver> mock;
  std::unique_ptr<SeenDriver> driver;
  runtime::Drivers drivers;
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  records::Bell bell{*bus};
  std::vector<std::unique_ptr<Keeper>> stopped;  ///< what waits for a bot that leaves may come back to them
  std::unique_ptr<Keeper> keeper;
  std::unique_ptr<Meetings> service;
};

}  // namespace troupe::meetings::life
