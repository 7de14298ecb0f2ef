// A database with the fleet's tables and a clock, for tests of models and of what asks them. Only tests include this.
#pragma once
#include <gtest/gtest.h>

#include "fleet/migrations.gen.h"
#include "fleet/models/models.h"
#include "host/migrations.gen.h"
#include "kit/clocks.h"
#include "kit/migrate.h"
#include "kit/task_runner.h"
#include "net/server/server.h"
#include "store/test_database.h"

namespace troupe::fleet::models {

class ModelsTest : public ::testing::Test, protected kit::TaskRunner {
 protected:
  ModelsTest() {
    for (auto [module, all] : {std::pair{"host", host::migrations()}, std::pair{"fleet", fleet::migrations()}}) {
      kit::migrate(*db, module, all);
    }
  }
  ~ModelsTest() override {
    db->stop();  // before the threads that its answers go to
    io.stop();
  }
  asio::any_io_executor tasks_run_on() override { return io.at(0).get_executor(); }

  Spending::Uses uses() { return {.db = *db, .clock = clock, .metrics = metrics, .home = io.at(0).get_executor()}; }
  void pass(std::chrono::milliseconds time) { clock.passed_ms += time.count(); }
  std::int64_t today() const { return day_of(clock.unix_ms()); }
  SpendingSum sum(Spending& spending, Scope scope) {
    auto page = must(spending.sums(1, today(), scope, 0, 10));
    return page.items.empty() ? SpendingSum{} : page.items.front();
  }

  store::TempDir dir;
  base::MetricRegistry metrics;
  base::ManualClock still;  // else a test begun before midnight would end on another day
  kit::ShiftedClock clock{still};
  std::unique_ptr<store::Database> db = store::open_database(dir, metrics);
  net::server::IoThreads io{2};
};

}  // namespace troupe::fleet::models
