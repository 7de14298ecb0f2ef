#include "base/nearest.h"

#include <algorithm>
#include <numeric>

namespace troupe::base {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

std::optional<std::string> nearest(std::string_view typed, const std::vector<std::string>& words) {
  constexpr std::size_t kMostTyped = 64;  // longer is no slip of the finger, and not worth the time
  if (words.empty() || typed.size() > kMostTyped) return std::nullopt;
  auto far = [&](const std::string& word) { return edit_distance(typed, word); };
  const auto best = std::ranges::min_element(words, {}, far);
  const bool begins_alike = typed.substr(0, 1) == std::string_view(*best).substr(0, 1);
  const auto allowed = std::max<std::size_t>(begins_alike ? 2 : 1, typed.size() / 3);
  if (far(*best) > allowed || far(*best) >= std::max(typed.size(), best->size())) return std::nullopt;
  return *best;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string>& words) {
  const auto near = nearest(typed, words);
  return near ? "did you mean \"" + *near + "\"?" : std::string();
}

}  // namespace troupe::base
