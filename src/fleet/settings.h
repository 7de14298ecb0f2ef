// The keys of the configuration that fleet reads.
#pragma once
#include <cstdint>

namespace troupe::fleet {

struct FleetSettings {
  bool allow_programs = false;                ///< administrators may make bots that run programs on this machine
  std::int64_t keep_answered_from_days = 30;  ///< what turns were answered from; 0: it is not kept
};

}  // namespace troupe::fleet
