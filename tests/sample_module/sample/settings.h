// The keys of the configuration that sample reads.
#pragma once
#include <cstdint>
#include <string>

namespace troupe::sample {

struct SampleSettings {
  std::string greeting = "Hello";
  std::int64_t keep_notes = 100;  ///< the newest of each server; older ones are deleted
};

}  // namespace troupe::sample
