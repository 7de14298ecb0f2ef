// Programs of bots on the mock driver, under a clock that only the test moves. Only tests include this.
#pragma once
#include <boost/asio/packaged_task.hpp>
#include <boost/asio/use_future.hpp>

#include "fleet/brains/program_brain.h"
#include "fleet/fleet_fixture.h"
#include "fleet/life/program_launcher.h"
#include "fleet/life/task_store.h"
#include "kit/crash.h"
#include "runtime/mock_driver.h"

namespace troupe::fleet::life {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LifeTest : public FleetTest {
 protected:
  LifeTest() {
    brains.add(program_kind());
    auto errand = program_kind();
    errand.name = "errand";
    errand.needs = brains::Needs::writer;
    errand.ends_by_itself = true;
    brains.add(std::move(errand));
    without_programs.add(program_kind(std::string(brains::kProgramsOff)));
    limits.look_every = milliseconds(2);
    limits.start_retry = seconds(2);
    fleet_clock = &wall;
    driver = std::make_unique<runtime::MockDriver>(io.at(0).get_executor(), time, "process");
    container_driver = std::make_unique<runtime::MockDriver>(io.at(0).get_executor(), time, "docker");
    brain_driver = std::make_unique<runtime::MockDriver>(io.at(0).get_executor(), time, "in_process", false);
  }
  void TearDown() override { finish(); }

  const runtime::Drivers& drivers() override {
    drivers_in_use = std::make_unique<runtime::Drivers>();
    drivers_in_use->add(*driver);
    drivers_in_use->add(*container_driver);
    drivers_in_use->add(mock_brains ? static_cast<runtime::TaskDriver&>(*brain_driver) : in_process());
    return *drivers_in_use;
  }
  bool passes(term::LifeStep step) override { return !probe || probe(step); }
  void adjust(service::Deps& deps) override {
    deps.tasks.state_dir = dir.path() / "bots";
    deps.tasks.matrix_address = "http://127.0.0.1:1";
  }
  /// Runs on the thread that the driver and the fleet belong to.
  template <class F>
  auto home(F action) {
    return asio::post(io.at(0), std::packaged_task<decltype(action())()>(std::move(action))).get();
  }
  void pass(milliseconds by) {
    home([&] {
      time.advance(by);
      driver->tick();
      container_driver->tick();
      brain_driver->tick();
      return 0;
    });
  }
  /// Ends the fleet; the driver's waits last one second of its clock.
  void finish() {
    if (!bots) return;
    auto ended = asio::co_spawn(io.at(1), bots->stop_fleet(), asio::use_future);
    while (ended.wait_for(milliseconds(1)) != std::future_status::ready) pass(milliseconds(100));
    bots.reset();
  }
  /// What a kill of Troupe leaves: its database, and the programs.
  void kill() {
    finish();
    probe = {};
    home([&] {
      driver->restart();
      container_driver->restart();
      brain_driver->restart();
      return 0;
    });
  }
  boost::json::object program() { return {{"command", {"/bin/bot", "--fast"}}, {"environment", {{"COLOUR", "blue"}}}}; }
  void add_program(const std::string& bot_id, RestartPolicy restart = {}) {
    service::NewBot wanted;
    wanted.bot_id = bot_id;
    wanted.brain_kind = std::string(brains::kProgramKind);
    wanted.brain_config = program();
    wanted.restart = restart;
    must(bots->create(1, std::move(wanted), {.label = "admin", .server_admin = true}));
  }
  bool becomes(const std::string& bot_id, BotState state) {
    return eventually([&] { return view(bot_id).bot.observed == state; });
  }
  static LogQuery containing(std::string text) {
    LogQuery query;
    query.search = std::move(text);
    return query;
  }
  std::string task() { return "bot-" + std::to_string(view("prog").bot.id); }
  std::size_t running() {
    return home([&] { return driver->running(); });
  }
  int calls(const std::string& verb) {
    return home([&] {
      return static_cast<int>(
          std::ranges::count_if(driver->calls(), [&](const auto& c) { return c.starts_with(verb); }));
    });
  }
  void exits(runtime::ExitResult result) {
    auto id = task();
    home([&] {
      driver->exit_now(id, std::move(result));
      return 0;
    });
  }
  std::vector<std::string> events() {
    std::vector<std::string> found;
    for (const auto& row : must(bots->history(1, "prog", "", 0, 100)).items) found.insert(found.begin(), row.event);
    return found;
  }
  /// Dies at this step of a program's life.
  void die_at(term::LifeStep step) { probe = crash.at_once(step); }

  base::ManualClock time{base::system_clock().unix_ms()};
  ShiftedClock wall{time};
  brains::BotKinds without_programs;
  std::function<bool(term::LifeStep)> probe;
  kit::Crash<term::LifeStep> crash;
  bool mock_brains = false;  ///< bots with brains run on a mock, too
  std::unique_ptr<runtime::MockDriver> driver;
  std::unique_ptr<runtime::MockDriver> container_driver;  ///< another one for programs
  std::unique_ptr<runtime::MockDriver> brain_driver;
  std::unique_ptr<runtime::Drivers> drivers_in_use;
};

}  // namespace troupe::fleet::life
