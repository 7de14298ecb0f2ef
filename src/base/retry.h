// How long to wait after something has failed several times.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>

namespace troupe::base {

/// `first`, doubled so many times; `longest` at the most. Takes few steps however often.
inline std::chrono::milliseconds doubled(std::chrono::milliseconds first, std::int64_t times,
                                         std::chrono::milliseconds longest) {
  auto pause = first;
  for (std::int64_t i = 0; i < times && pause < longest; ++i) pause *= 2;
  return std::min(pause, longest);
}

}  // namespace troupe::base
