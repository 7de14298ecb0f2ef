#include "runtime/module.h"

#include "runtime/in_process_driver.h"
#include "runtime/process_driver.h"

namespace troupe::runtime {
namespace {

constexpr std::chrono::seconds kStopGrace{10};

Result<Unit> setup(host::Context& c) {
  auto next = [&io = c.io()]() -> asio::any_io_executor { return io.next().get_executor(); };
  auto& process = c.make<ProcessDriver>(
      ProcessDriver::Options{.folder = c.settings().data_dir / "tasks", .shim_command = {"/proc/self/exe"}},
      c.metrics());
  auto& in_process = c.make<InProcessDriver>(next(), next, c.metrics());
  auto& drivers = c.make<Drivers>();
  drivers.add(in_process);
  drivers.add(process);
  c.offer(drivers);
  c.offer(in_process);
  c.health("runtime", [&drivers] { return drivers.trouble(); });
  c.on_stop([&in_process] { return in_process.stop_all(kStopGrace); });
  return Unit{};
}

}  // namespace

host::Module runtime_module() { return {.name = "runtime", .migrations = {}, .setup = setup}; }

}  // namespace troupe::runtime
