#include "base/json_pointer.h"

#include <algorithm>

namespace troupe::base {

std::vector<std::string> pointer_steps(std::string_view pointer) {
  std::vector<std::string> steps;
  while (pointer.starts_with('/')) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    auto& step = steps.emplace_back();
    for (std::size_t at = 0; at < end; ++at) {
      if (pointer[at] == '~' && at + 1 < end) {
        step += pointer[++at] == '1' ? '/' : '~';
      } else {
        step += pointer[at];
      }
    }
    pointer.remove_prefix(end);
  }
  return steps;
}

}  // namespace troupe::base
