#include "assistant/settings.h"

#include <algorithm>
#include <iterator>

#include "assistant/dialogue/dialogue_settings.h"
#include "assistant/services/service_settings.h"
#include "assistant/surfaces/slack_settings.h"

namespace troupe::assistant {

std::vector<host::Setting> setting_rows() {
  using S = AssistantSettings;
  std::vector<host::Setting> rows{
      {.key = "keep.assistant_days",
       .value = host::number(&S::keep_days,
                             {.least = 0, .most = 36'500, .takes = "a number of days from 0 (for ever) to 36500"}),
       .help = "the assistant's conversations and tasks after their last change, 1 to 36500 days; 0: for ever"},
      {.key = "keep.assistant_calls_days",
       .value = host::number(&S::keep_calls_days,
                             {.least = 0, .most = 36'500, .takes = "a number of days from 0 (with the task) to 36500"}),
       .help = "what services and commands were given and answered, 1 to 36500 days; 0: as long as the task"}};
  for (auto more :
       {services::service_setting_rows(), dialogue::dialogue_setting_rows(), surfaces::slack_setting_rows()}) {
    std::ranges::move(more, std::back_inserter(rows));
  }
  return rows;
}

}  // namespace troupe::assistant
