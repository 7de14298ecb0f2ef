#include "runtime/module.h"

#include "runtime/in_process_driver.h"
#include "runtime/process_driver.h"
#include "runtime/sandbox/module_parts.h"
#include "runtime/sandbox/settings.h"

namespace troupe::runtime {
namespace {

constexpr std::chrono::seconds kStopGrace{10};

std::filesystem::path tasks_folder(const host::Settings& settings) { return settings.data_dir / "tasks"; }

Result<Unit> setup(host::Context& c) {
  auto next = [&io = c.io()]() -> asio::any_io_executor { return io.next().get_executor(); };
  auto& process = c.make<ProcessDriver>(
      ProcessDriver::Options{.folder = tasks_folder(c.settings()), .shim_command = {"/proc/self/exe"}}, c.metrics());
  auto& in_process = c.make<InProcessDriver>(next(), next, c.metrics());
  auto& drivers = c.make<Drivers>();
  drivers.add(in_process);
  drivers.add(process);
  c.offer(drivers);
  c.offer(in_process);
  c.health("runtime", [&drivers] { return drivers.trouble(); });
  sandbox::set_up_commands(c);
  c.on_stop([&in_process] { return in_process.stop_all(kStopGrace); });
  return Unit{};
}

}  // namespace

host::Module runtime_module() {
  return {.name = "runtime",
          .migrations = {},
          .setup = setup,
          .settings = sandbox::command_settings(),
          .review = sandbox::review_commands,
          .doctor = {{.name = "commands", .run = sandbox::examine_commands},
                     {.name = "tasks",
                      .run =
                          [](const host::Examination& e) {
                            return host::examine_mode(tasks_folder(e.settings), "the folder of tasks");
                          }}},
          .backup = {host::backup_of_files(
              "tasks", "logs of programs that run as tasks",
              [](const host::Settings& s) -> std::vector<std::filesystem::path> { return {tasks_folder(s)}; })}};
}

}  // namespace troupe::runtime
