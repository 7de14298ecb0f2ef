// The keys of the configuration that the dialogue reads.
#pragma once
#include <cstdint>
#include <vector>

#include "host/setting.h"

namespace troupe::assistant::dialogue {

struct DialogueSettings {
  std::int64_t model_wait_ms = 20'000;  ///< of one plan; 0: no model is asked
};

std::vector<host::Setting> dialogue_setting_rows();

}  // namespace troupe::assistant::dialogue
