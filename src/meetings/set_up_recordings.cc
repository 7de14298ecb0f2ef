#include "host/age_clock.h"
#include "meetings/set_up.h"

namespace troupe::meetings {
namespace {

constexpr std::chrono::milliseconds kErasuresEvery{5'000};
constexpr std::chrono::milliseconds kBroughtEvery{5'000};
constexpr std::chrono::minutes kForgottenEvery{15};

}  // namespace

std::filesystem::path recordings_folder(const host::Settings& settings) { return settings.data_dir / "recordings"; }

recordings::Recordings& set_up_recordings(const Ground& ground) {
  auto& [c, settings, bell, lease] = ground;
  auto& all = c.make<recordings::Recordings>(recordings::Recordings::Uses{.db = c.db(),
                                                                          .clock = c.clock(),
                                                                          .bell = bell,
                                                                          .files = c.files(),
                                                                          .most_bytes = settings.recordings_gib << 30,
                                                                          .objects = c.find<host::ObjectStore>()},
                                             recordings::ChunkFiles::Options{.root = recordings_folder(c.settings())});
  c.offer(all);
  c.health("recordings", [&all] { return all.trouble(); });
  c.every({.name = "meetings.recordings",
           .every = kErasuresEvery,
           .run = [&all] { return all.finish_erasures(); },
           .singleton = true});
  c.every({.name = "meetings.recordings_to_bucket",
           .every = kBroughtEvery,
           .run = [&all] { return all.bring_to_bucket(); },
           .singleton = true});
  c.every({.name = "meetings.recording_retention",
           .every = kForgottenEvery,
           .run =
               [&all, &ages = host::age_clock(c), recording_days = settings.recording_retention_days,
                meeting_days = settings.meeting_retention_days] {
                 return all.forget_old(
                     {.now = ages.unix_ms(), .recording_days = recording_days, .meeting_days = meeting_days});
               },
           .singleton = true});
  return all;
}

}  // namespace troupe::meetings
