// What the calls of one step write down, on its way into tasks.
#pragma once
#include "assistant/calls/journal.h"
#include "assistant/executor/ledger.h"

namespace troupe::assistant::executor {

/// A step that runs is durable before this is asked: it is what a try leaves behind when the program ends. Lives as
/// long as the step; on the run's executor.
class Recorder final : public calls::Journal {
 public:
  Recorder(Ledger& ledger, std::int64_t number) : ledger_(ledger), number_(number) {}

  /// A write of a task that may be another process's by now is not sent. Errors: conflict; unavailable.
  Task<Unit> before(const calls::Sending& sending) override;
  Task<Unit> after(calls::Sending sending, calls::Received received) override;

  void add(tasks::ApiCall call) { records_.calls.push_back(std::move(call)); }
  /// What has been called, and is not stored yet.
  tasks::Records take() { return std::exchange(records_, {}); }
  /// Why it let the calls go no further, if it did.
  const std::optional<Stop>& stop() const { return stop_; }

 private:
  Error refused(Stop stop);

  Ledger& ledger_;
  const std::int64_t number_;
  tasks::Records records_;
  std::optional<Stop> stop_;
};

}  // namespace troupe::assistant::executor
