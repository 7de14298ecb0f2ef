#include "assistant/executor/set_up.h"

#include "assistant/executor/runs.h"

namespace troupe::assistant::executor {
namespace {

constexpr std::chrono::seconds kResumeEvery{5};
constexpr std::chrono::seconds kHeldEvery{15};

}  // namespace

void set_up_executor(host::Context& context) {
  auto* own = context.find<own::OwnClient>();
  std::function<Task<Unit>(tasks::Who)> may_act;
  if (own != nullptr) may_act = [own](tasks::Who who) { return own->may_act(std::move(who)); };
  auto& runs = context.make<Runs>(Runs::Uses{.tasks = context.get<tasks::Tasks>(),
                                             .services = context.get<services::Services>(),
                                             .caller = context.get<calls::Caller>(),
                                             .own = own,
                                             .may_act = std::move(may_act),
                                             .bus = context.bus(),
                                             .clock = context.clock(),
                                             .commands = context.find<runtime::sandbox::Commands>(),
                                             .lives = context.find<tasks::Lives>(),
                                             .metrics = context.metrics(),
                                             .io = context.io()});
  context.offer<Executor>(runs);
  context.health("assistant tasks", [&runs] { return runs.trouble(); });
  context.every({.name = "assistant.resume", .every = kResumeEvery, .run = [&runs] { return runs.take_over(); }});
  context.every({.name = "assistant.held", .every = kHeldEvery, .run = [&runs] { return runs.look_for_held(); }});
  context.on_start([&runs] { return runs.take_over(); });
  context.on_stop([&runs] { return runs.stop(); });
}

}  // namespace troupe::assistant::executor
