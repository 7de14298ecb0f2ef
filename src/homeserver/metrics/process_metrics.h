// What the operating system says of this process.
#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace troupe::homeserver::metrics {

struct CpuSeconds {
  double user = 0;
  double system = 0;
};

/// What cannot be read is 0.
struct ProcessNumbers {
  CpuSeconds cpu;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double started_s = 0;  ///< since 1970
  std::int64_t open_files = 0;
  std::int64_t most_open_files = 0;
};

ProcessNumbers read_process();
/// The processor's time by the names of threads; threads of one name count together.
std::map<std::string, CpuSeconds> read_threads();

}  // namespace troupe::homeserver::metrics
