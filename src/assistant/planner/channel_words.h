// Channels that are named without their sign: "to the channel general", "in the general channel", "to ops".
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "assistant/slots/slots.h"

namespace troupe::assistant::planner {

/// Adds the channel, where the sentence has none with a sign: for intents that want one. What is quoted, or said, is
/// not looked at. `services`: names that no channel has, folded and sorted.
void add_channel(std::string_view text, const std::vector<std::string>& services, std::vector<slots::Slot>& found);

}  // namespace troupe::assistant::planner
