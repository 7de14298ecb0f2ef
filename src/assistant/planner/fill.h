// From the values in a sentence to an intent's inputs, by grammar alone: kinds of values, and what the schema's names,
// formats, choices and descriptions say.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/planner/leaves.h"
#include "assistant/slots/slots.h"

namespace troupe::assistant::planner {

/// The slots of a sentence with what grammar alone does not see: the name beside the thing it belongs to ("the Kelly
/// project", "bot faq", "find Webb"). `services`: names that are no person's, folded; one that opens the sentence is
/// not looked at.
/// `found`: find_slots of the same text.
std::vector<slots::Slot> values_in(std::string_view text, std::vector<slots::Slot> found,
                                   std::chrono::year_month_day today, const Intent& intent,
                                   const std::vector<std::string>& services);

/// Whether it takes free words of any kind: a message, a comment, notes.
bool says_words(const Leaf& leaf);

/// Puts what fits into inputs that are not filled yet, each value once; a value that would leave its object incomplete
/// goes away again. Yields the pointers that it filled.
std::vector<std::string> fill(const Intent& intent, std::string_view text, const std::vector<slots::Slot>& values,
                              JsonObject& inputs);

/// The schema's own values for what is required and missing, and the seed's empty `extra`. Yields the pointers.
std::vector<std::string> fill_standards(const Intent& intent, JsonObject& inputs);

/// What is required and missing: the schema's own, a thing that has to be named for the intent to mean any, and
/// something to change where the intent changes. Pointers, in the order to ask.
std::vector<std::string> missing_inputs(const Intent& intent, const JsonObject& inputs);

}  // namespace troupe::assistant::planner
