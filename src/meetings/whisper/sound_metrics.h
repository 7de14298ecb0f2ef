// What of the sound of calls is counted for Prometheus.
#pragma once
#include "base/metrics.h"

namespace troupe::meetings::whisper {

/// The families, made once; the registry outlives it. Any thread.
struct SoundMetrics {
  explicit SoundMetrics(base::MetricRegistry& registry);

  base::Gauge& sessions;         ///< bots that are heard now
  base::Counter& refused;        ///< connections that were sent away
  base::Counter& bytes;          ///< of sound, as it came
  base::Counter& dropped_ms;     ///< of sound that no server took in time
  base::Counter& segments;       ///< completed and stored
  base::Counter& lost;           ///< pieces that could not be stored
  base::Counter& server_errors;  ///< of the transcription server: connections that failed, answers that were none
  base::Counter& reconnects;     ///< in the middle of a session
  base::Histogram& delay;        ///< from the end of a segment's sound to its being stored
};

}  // namespace troupe::meetings::whisper
