// The keys of the configuration that the assistant reads.
#pragma once
#include <cstdint>
#include <vector>

#include "host/setting.h"

namespace troupe::assistant {

struct AssistantSettings {
  std::int64_t keep_days = 90;        ///< conversations and tasks after their last change; 0: for ever
  std::int64_t keep_calls_days = 30;  ///< what services were asked and answered; 0: as long as the task
};

std::vector<host::Setting> setting_rows();

}  // namespace troupe::assistant
