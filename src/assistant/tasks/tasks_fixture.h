// A database with the assistant's tables, and the processes that run on it. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include "assistant/migrations.gen.h"
#include "assistant/tasks/conversations.h"
#include "assistant/tasks/tasks.h"
#include "identity/module.h"
#include "kit/clocks.h"
#include "kit/task_runner.h"
#include "net/server/server.h"
#include "store/fault_plan.h"
#include "store/migrations.h"
#include "store/test_database.h"

namespace troupe::assistant::tasks {

/// What one process has of the assistant.
struct TestProcess {
  TestProcess(store::Database& db, bus::Bus& bus, const base::Clock& clock, Secrets& secrets, std::string holder)
      : audit(db, bus, clock),
        workers(db, clock, std::move(holder)),
        journal({.db = db, .bus = bus, .audit = audit, .clock = clock, .secrets = secrets}),
        tasks({.db = db,
               .bus = bus,
               .clock = clock,
               .audit = audit,
               .secrets = secrets,
               .workers = workers,
               .journal = journal}) {}
  identity::Audit audit;
  Workers workers;
  Journal journal;
  Tasks tasks;
};

class TasksFixture : public ::testing::Test, protected kit::TaskRunner {
 protected:
  TasksFixture() {
    const auto identity = identity::identity_module();
    migrate("identity", identity.migrations);
    migrate("assistant", assistant::migrations());
    must(one->workers.start());
  }
  ~TasksFixture() override {
    db->stop();  // before the threads that its answers go to
    io.stop();
  }
  void migrate(std::string_view module, std::span<const store::Migration> all) {
    auto done = store::migrate(*db, module, all);
    if (!done) throw std::runtime_error(done.error().message() + " " + done.error().detail());
  }
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }
  std::unique_ptr<TestProcess> process(std::string holder) {
    return std::make_unique<TestProcess>(*db, *bus, clock, secrets, std::move(holder));
  }
  /// The process ends between two lines, and its successor on the same data folder starts.
  void restart() {
    one = process("one");
    must(one->workers.start());
  }
  Tasks& tasks() { return one->tasks; }

  std::string conversation(const Who& who) { return must(conversations.open(who, "", "Hello")).id; }
  /// The database takes writes again.
  bool conversation_was_opened() { return wait(conversations.open(anna, "", "again")).has_value(); }
  TaskRecord planned(const Who& who, JsonObject inputs = {{"name", "Smith"}}) {
    return must(tasks().create(who,
                               {.conversation_id = conversation(who),
                                .spec = {.service = "slack", .intent = "send_message", .inputs = std::move(inputs)}}))
        .task;
  }
  Taken executing(const Who& who) { return must(tasks().execute(who, planned(who).id)); }
  static StepStart writing(std::string path, JsonObject args = {{"text", "hello"}}) {
    return {.path = std::move(path), .action = "slack.send_message", .args = std::move(args), .writes = true};
  }
  static StepEnd yielding(Json output) { return {.output = std::move(output)}; }
  Begun did(const Claim& claim, StepStart start, Json output) {
    auto begun = must(tasks().begin_step(claim, std::move(start)));
    begun.step = must(tasks().finish_step(claim, begun.step.number, yielding(std::move(output))));
    return begun;
  }
  Phase phase_of(const Who& who, const std::string& id) { return must(tasks().find(who, id)).task.phase; }
  std::string all_text() {
    std::string text;
    auto read = [&](store::Connection& c) -> Result<Unit> {
      text.clear();
      for (std::string_view sql :
           {"SELECT title FROM as_conversation", "SELECT content FROM as_message",
            "SELECT inputs || reason || COALESCE(result, '') FROM as_task",
            "SELECT path || action || args || COALESCE(output, '') || error FROM as_step",
            "SELECT text || choices || COALESCE(answer, '') FROM as_question", "SELECT calls || why FROM as_approval",
            "SELECT url || request || COALESCE(response, '') || error FROM as_call",
            "SELECT command || args || cwd || stdout || stderr || error FROM as_command",
            "SELECT target || detail FROM id_audit"}) {
        for (const auto& one : store::values<std::string>(c.query(sql))) text += one + "\n";
      }
      return Unit{};
    };
    EXPECT_TRUE(db->read_now(read));
    return text;
  }
  /// One statement, or several.
  void change_rows(std::initializer_list<std::string> all) {
    ASSERT_TRUE(db->write_now([&](store::Tx& tx) -> Result<Unit> {
      for (const auto& sql : all) tx.run(sql);
      return Unit{};
    }));
  }
  std::int64_t rows(std::string_view sql) {
    std::int64_t found = -1;
    EXPECT_TRUE(db->read_now([&](store::Connection& c) -> Result<Unit> {
      found = store::number(c.query(sql));
      return Unit{};
    }));
    return found;
  }

  const Who anna{.tenant_id = 1, .principal_id = 10, .label = "@anna:localhost"};
  const Who ben{.tenant_id = 1, .principal_id = 11, .label = "@ben:localhost"};
  const Who chief{.tenant_id = 1, .principal_id = 12, .label = "@chief:localhost", .administrator = true};
  const Who far{.tenant_id = 2, .principal_id = 10, .label = "@anna:localhost", .administrator = true};

  store::TempDir dir;
  base::MetricRegistry metrics;
  store::FaultPlan faults;
  base::ManualClock still;
  kit::ShiftedClock clock{still};
  std::unique_ptr<bus::Bus> bus = bus::make_local_bus();
  std::unique_ptr<store::Database> db =
      store::open_database(dir, metrics, {.first_back_off = std::chrono::milliseconds(1), .faults = &faults});
  net::server::IoThreads io{2};
  Secrets secrets;
  Conversations conversations{{.db = *db, .clock = clock, .secrets = secrets}};
  std::unique_ptr<TestProcess> one = process("one");
};

}  // namespace troupe::assistant::tasks
