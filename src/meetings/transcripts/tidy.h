// What of a transcript readers see: without noise and repetitions. Nothing is deleted by it.
#pragma once
#include <string_view>
#include <vector>

#include "meetings/types/speech.h"

namespace troupe::meetings::transcripts {

/// Whether nothing is said in it: blank, marks and markers of silence as transcribers write them, one letter over and
/// over. NOTSPEC: Vexa also drops what is shorter than three characters or has only stop words ("Yes.", "Да", "好"),
/// and test sentences; people say all of that.
bool is_noise(std::string_view text);

/// `all` in the order in which it was said. Of one speaker: neighbours that overlap and have the same text become one,
/// from the first's begin, under the first's id; what repeats a part of a longer piece around it goes.
std::vector<Segment> tidy(std::vector<Segment> all);

}  // namespace troupe::meetings::transcripts
