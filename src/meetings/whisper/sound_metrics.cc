#include "meetings/whisper/sound_metrics.h"

namespace troupe::meetings::whisper {

SoundMetrics::SoundMetrics(base::MetricRegistry& registry)
    : sessions(registry.gauge("troupe_meetings_sound_sessions", "Meeting bots whose sound is heard now")),
      refused(registry.counter("troupe_meetings_sound_refused_total", "Bots' connections for sound, sent away")),
      bytes(registry.counter("troupe_meetings_sound_bytes_total", "Bytes of sound that came from bots")),
      dropped_ms(registry.counter("troupe_meetings_sound_dropped_milliseconds_total",
                                  "Sound that no transcription server took in time")),
      segments(registry.counter("troupe_meetings_sound_segments_total", "Completed segments stored")),
      lost(registry.counter("troupe_meetings_sound_lost_total", "Pieces of speech that could not be stored")),
      server_errors(registry.counter("troupe_meetings_transcriber_errors_total",
                                     "Failed connections to the transcription server, and answers that were none")),
      reconnects(registry.counter("troupe_meetings_transcriber_reconnects_total",
                                  "Connections to the transcription server made anew within a session")),
      delay(registry
                .histogram("troupe_meetings_sound_delay_seconds",
                           "From the end of a completed segment's sound to its being stored", {})
                .with({})) {}

}  // namespace troupe::meetings::whisper
