#include <algorithm>
#include <stdexcept>

#include "runtime/task_driver.h"

namespace troupe::runtime {

void Drivers::add(TaskDriver& driver) {
  if (find(driver.name())) throw std::logic_error("task driver added twice");
  drivers_.push_back(&driver);
}

TaskDriver* Drivers::find(std::string_view name) const {
  auto found = std::ranges::find(drivers_, name, [](const TaskDriver* driver) { return driver->name(); });
  return found == drivers_.end() ? nullptr : *found;
}

}  // namespace troupe::runtime
