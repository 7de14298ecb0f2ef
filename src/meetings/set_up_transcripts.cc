#include "host/age_clock.h"
#include "meetings/after/aftercare.h"
#include "meetings/after/erased_people.h"
#include "meetings/set_up.h"

namespace troupe::meetings {
namespace {

constexpr std::chrono::milliseconds kTranscriptsEvery{5'000};
constexpr std::chrono::minutes kRetentionEvery{15};
constexpr std::chrono::minutes kErasedEvery{10};

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

summary::Model* set_up_model(const Ground& ground) {
  auto& c = ground.c;
  auto* models = c.find<fleet::models::Models>();
  if (models == nullptr) return nullptr;
  auto chosen = summary::chosen(models->endpoints(), ground.settings.summary_models);
  if (chosen.empty()) return nullptr;
  return &c.make<summary::ServerModel>(
      summary::ServerModel::Uses{.http = c.http(),
                                 .clock = c.clock(),
                                 .models = *models,
                                 .of_every_tenant = ground.settings.summary_every_tenant},
      std::move(chosen));
}

void set_up_erased_people(const Ground& ground, life::Meetings& meetings, transcripts::Transcripts& transcripts,
                          recordings::Recordings& recordings) {
  auto& c = ground.c;
  auto* erasures = c.find<matrix::Erasures>();
  if (erasures == nullptr) return;  // on another homeserver
  auto& people = c.make<after::ErasedPeople>(after::ErasedPeople::Uses{.db = c.db(),
                                                                       .erasures = *erasures,
                                                                       .principals = c.get<identity::Principals>(),
                                                                       .meetings = meetings,
                                                                       .transcripts = transcripts,
                                                                       .recordings = recordings});
  c.every({.name = "meetings.erased_people",
           .every = kErasedEvery,
           .run = [&people] { return people.look(); },
           .singleton = true});
}

void set_up_aftercare(const Ground& ground, transcripts::Transcripts& transcripts, recordings::Recordings& recordings,
                      summary::Model* model) {
  auto& c = ground.c;
  summary::Summarizer* summarizer = nullptr;
  if (model != nullptr) {
    summarizer = &c.make<summary::Summarizer>(summary::Summarizer::Uses{
        .db = c.db(), .transcripts = transcripts, .clock = c.clock(), .bell = ground.bell, .model = *model});
  }
  auto& aftercare =
      c.make<after::Aftercare>(after::Aftercare::Uses{.db = c.db(),
                                                      .transcripts = transcripts,
                                                      .clock = c.clock(),
                                                      .home = c.io().next().get_executor(),
                                                      .bell = ground.bell,
                                                      .lease = ground.lease,
                                                      .recordings = &recordings,
                                                      .summarizer = summarizer},
                               after::AfterTiming{.late_words = std::chrono::seconds(ground.settings.late_words_s)});
  c.on_start([&aftercare] { return aftercare.start(); });
  c.on_stop([&aftercare] { return aftercare.stop(); });
}

}  // namespace troupe::meetings
