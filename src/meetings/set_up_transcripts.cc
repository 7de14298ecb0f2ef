#include "host/age_clock.h"
#include "meetings/after/aftercare.h"
#include "meetings/set_up.h"
#include "meetings/whisper/front.h"

namespace troupe::meetings {
namespace {

constexpr std::chrono::milliseconds kTranscriptsEvery{5'000};
constexpr std::chrono::minutes kRetentionEvery{15};
static_assert(after::AfterTiming().late_words > whisper::FrontLimits().finish);

}  // namespace

transcripts::Transcripts& set_up_transcripts(const Ground& ground) {
  auto& [c, settings, bell, lease] = ground;
  auto& transcripts =
      c.make<transcripts::Transcripts>(transcripts::Transcripts::Uses{.db = c.db(), .clock = c.clock(), .bell = bell});
  c.offer(transcripts);
  c.every({.name = "meetings.transcripts",
           .every = kTranscriptsEvery,
           .run = [&transcripts]() -> Task<Unit> {
             const auto erased = co_await transcripts.finish_erasures();
             CO_TRY(co_await transcripts.finish_pieces());
             co_return erased;
           },
           .singleton = true});
  c.every({.name = "meetings.retention",
           .every = kRetentionEvery,
           .run =
               [&transcripts, &ages = host::age_clock(c), transcript_days = settings.transcript_retention_days,
                meeting_days = settings.meeting_retention_days] {
                 return transcripts.forget_old(
                     {.now = ages.unix_ms(), .transcript_days = transcript_days, .meeting_days = meeting_days});
               },
           .singleton = true});
  return transcripts;
}

void set_up_aftercare(const Ground& ground, transcripts::Transcripts& transcripts, recordings::Recordings& recordings) {
  auto& c = ground.c;
  auto& aftercare = c.make<after::Aftercare>(after::Aftercare::Uses{.db = c.db(),
                                                                    .transcripts = transcripts,
                                                                    .clock = c.clock(),
                                                                    .home = c.io().next().get_executor(),
                                                                    .bell = ground.bell,
                                                                    .lease = ground.lease,
                                                                    .recordings = &recordings},
                                             after::AfterTiming());
  c.on_start([&aftercare] { return aftercare.start(); });
  c.on_stop([&aftercare] { return aftercare.stop(); });
}

}  // namespace troupe::meetings
