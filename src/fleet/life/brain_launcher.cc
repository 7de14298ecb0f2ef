#include "fleet/life/brain_launcher.h"

#include "matrix/json.h"

namespace troupe::fleet::life {
namespace {

constexpr std::chrono::milliseconds kLongSleep = std::chrono::hours(24);

}  // namespace

Task<runtime::TaskSpec> BrainLauncher::prepare(term::LiveBotPtr bot) {
  brains::CommonConfig common;
  CO_TRY(auto brain, brains_.make(bot->row, common));
  // Before the bot is said to run: whoever sees that may ask it at once.
  bot->brain = std::move(brain);
  bot->common = std::move(common);
  bot->trouble.clear();
  runtime::TaskSpec spec;
  spec.driver_config = {{"kind", kBrainTask}, {"config", {{"bot", bot->row.id}}}};
  co_return spec;
}

Task<std::int64_t> BrainLauncher::run(runtime::InProcessTaskPtr task) {
  auto bot = roster_.find(matrix::find_integer(task->config(), "bot").value_or(0));
  if (!bot || term_.stopping()) co_return Error(Errc::unavailable, "The fleet is stopping here.");
  bot->task = task;
  while (bot->trouble.empty()) {
    if (!co_await task->sleep(kLongSleep)) break;
  }
  if (!bot->trouble.empty()) co_return Error(Errc::internal, bot->trouble);
  while (bot->sending > 0) (void)co_await bot->sent.wait(kLongSleep);
  co_return 0;
}

std::chrono::milliseconds BrainLauncher::grace(const Bot&) const { return stop_patience_; }

Task<Unit> BrainLauncher::release(term::LiveBotPtr bot) {
  bot->brain.reset();
  co_return Unit{};
}

std::string BrainLauncher::started(std::int64_t) const { return "its brain and its rooms are known"; }

TaskEnd BrainLauncher::end_of(const runtime::ExitResult& exit) const {
  if (exit.success()) return {.success = true, .text = "ended when asked", .cause = "nothing is under way any more"};
  auto cause = exit.error.empty() ? "it did not end in time; a reply may be half sent" : "its brain: " + exit.text();
  return {.success = false, .text = exit.text(), .cause = std::move(cause)};
}

}  // namespace troupe::fleet::life
