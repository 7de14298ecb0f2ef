#include <algorithm>
#include <stdexcept>

#include "runtime/task_driver.h"

namespace troupe::runtime {

Task<ExecResult> TaskDriver::exec(std::string, ExecOrder) {
  co_return Error(Errc::unsupported, "The task driver '" + std::string(name()) + "' runs no commands inside a task.");
}

Task<Unit> TaskDriver::signal(std::string, int) {
  co_return Error(Errc::unsupported, "The task driver '" + std::string(name()) + "' sends no signals.");
}

void Drivers::add(TaskDriver& driver) {
  if (find(driver.name())) throw std::logic_error("task driver added twice");
  drivers_.push_back(&driver);
}

std::optional<std::string> Drivers::trouble() const {
  std::string text;
  for (const auto* driver : drivers_) {
    const auto found = driver->fingerprint();
    if (found.health == Fingerprint::Health::healthy) continue;
    text +=
        (text.empty() ? "" : "; ") + (found.text.empty() ? std::string(driver->name()) + " is not there" : found.text);
  }
  return text.empty() ? std::nullopt : std::optional(text);
}

TaskDriver* Drivers::find(std::string_view name) const {
  auto found = std::ranges::find(drivers_, name, [](const TaskDriver* driver) { return driver->name(); });
  return found == drivers_.end() ? nullptr : *found;
}

}  // namespace troupe::runtime
