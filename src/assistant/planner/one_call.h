// What one call cannot do: several at a time, or later.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/planner/catalogue.h"
#include "assistant/planner/lexicon.h"
#include "assistant/slots/slots.h"

namespace troupe::assistant::planner {

/// Why the sentence asks for more than this intent does; empty: it does not. `values`: all that find_slots() found.
/// `today`: the speaker's day. What only reads is never too much.
std::string beyond_one_call(const Intent& intent, const Meaning& said, std::string_view text,
                            const std::vector<slots::Slot>& values, std::chrono::year_month_day today);

}  // namespace troupe::assistant::planner
