#include "assistant/dialogue/dialogue_settings.h"

namespace troupe::assistant::dialogue {

std::vector<host::Setting> dialogue_setting_rows() {
  return {
      {.key = "assistant.model_wait_ms",
       .value = host::number(&DialogueSettings::model_wait_ms,
                             {.least = 0, .most = 120'000, .takes = "milliseconds from 0 (none is asked) to 120000"}),
       .help = "how long a plan waits for language models before the assistant plans by itself; 0: none is asked"}};
}

}  // namespace troupe::assistant::dialogue
