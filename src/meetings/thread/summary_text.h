// A summary as a message of a thread. Pure.
#pragma once
#include "meetings/thread/turns.h"
#include "meetings/types/summary.h"

namespace troupe::meetings::thread {

/// Its words are a model's, made of what anybody said: nothing in it is a link or names anybody for a client. What is
/// longer than a message is cut.
Turns::Said summary_said(const Summary& summary);

/// Text that clients make no links and no mentions of: an invisible U+200B stands where one would begin.
std::string dead_text(std::string_view text);

}  // namespace troupe::meetings::thread
