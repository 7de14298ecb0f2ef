#include "runtime/sandbox/module_parts.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "runtime/sandbox/command_runner.h"

namespace troupe::runtime::sandbox {
namespace {

CommandRunner::Options options_from(const host::Settings& settings) {
  return {.data_dir = settings.data_dir.string(),
          .settings = settings.of<CommandSettings>(),
          .shim_command = {"/proc/self/exe"}};
}

std::string in_one_line(const Standing& standing) {
  std::string text = "commands run in a sandbox by " + standing.backend;
  for (const auto& [name, value] : standing.attributes) text += "; " + name + ": " + value;
  return text;
}

}  // namespace

void set_up_commands(host::Context& context) {
  auto& runner = context.make<CommandRunner>(options_from(context.settings()), context.metrics());
  context.offer<Commands>(runner);
  context.offer<Programs>(runner);
  context.health("commands", [&runner]() -> std::optional<std::string> {
    const auto standing = runner.standing();
    if (!standing.allowed || standing.ready) return std::nullopt;
    return "commands are refused: " + standing.text;
  });
  context.on_start([&runner] { return runner.probe(); });
  context.on_stop([&runner] { return runner.stop(); });
}

host::Finding examine_commands(const host::Examination& examination) {
  const auto& settings = examination.settings.of<CommandSettings>();
  if (!settings.allow) return host::ok("commands are off");
  if (settings.mode == Mode::host) {
    return host::warning("commands run on this machine as Troupe's user, without a sandbox",
                         "set commands.mode to SANDBOX unless that is meant");
  }
  base::MetricRegistry metrics;
  CommandRunner runner(options_from(examination.settings), metrics);
  asio::io_context here;
  auto tried = asio::co_spawn(here, runner.probe(), asio::use_future);
  here.run();
  const auto outcome = tried.get();
  const auto standing = runner.standing();
  if (outcome && standing.ready) return host::ok(in_one_line(standing));
  return host::trouble("commands are refused: " + (outcome ? standing.text : outcome.error().message()),
                       "install bubblewrap and allow user namespaces, or set commands.allow to off (docs/sandbox.md)");
}

}  // namespace troupe::runtime::sandbox
