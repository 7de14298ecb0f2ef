// Files that a person posted with a request, as inputs of what they asked for.
#pragma once
#include <string>
#include <vector>

#include "assistant/planner/built_in.h"
#include "base/clock.h"

namespace troupe::assistant::dialogue {

/// Puts the files into those inputs that take one and have none ("file" of an upload, the address of a photo), each
/// file once; a question for such an input is asked no more. `files` loses those that found their place. Pure.
planner::Outcome with_files(planner::Outcome outcome, std::vector<std::string>& files,
                            const planner::BuiltInPlanner& planner, base::UnixMs now);

}  // namespace troupe::assistant::dialogue
