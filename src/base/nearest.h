// "did you mean": the nearest of the words that there are.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::base {

/// How many letters must be changed, added or left out to make one of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word that `typed` was probably meant to be; nothing when none is near.
std::optional<std::string> nearest(std::string_view typed, const std::vector<std::string>& words);

/// `did you mean "stop"?`; empty when no word is near.
std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words);

}  // namespace troupe::base
