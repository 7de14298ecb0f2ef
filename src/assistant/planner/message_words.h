// What is to be said, where the sentence itself says it: "tell the crew that …", "post good morning to …".
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "assistant/slots/slots.h"

namespace troupe::assistant::planner {

/// "Send the list to #sales" means a list that somebody has, and not these words.
void drop_vague(std::string_view text, std::vector<slots::Slot>& found);

/// A clause or the verb's object: "tell the crew that …", "post good morning to …".
void add_message(std::string_view text, std::vector<slots::Slot>& found);

/// "Tell #crew on Slack that …", "send hi on Slack to #crew": the service is no part of what is said. `services`:
/// folded and sorted.
void leave_service_out(std::string_view text, const std::vector<std::string>& services, slots::Slot& slot);

}  // namespace troupe::assistant::planner
