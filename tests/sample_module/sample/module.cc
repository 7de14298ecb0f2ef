#include "sample/module.h"

#include "sample/greeter.h"
#include "sample/migrations.gen.h"
#include "sample/note_routes.h"
#include "sample/note_store.h"
#include "sample/settings.h"

namespace troupe::sample {
namespace {

constexpr std::chrono::milliseconds kPruneEvery{50};

std::filesystem::path last_note(const host::Settings& settings) { return settings.data_dir / "last_note.txt"; }

/// For /health: whether old notes go.
struct Pruning {
  std::atomic<bool> has_run{false};
};

Result<Unit> set_up(host::Context& c) {
  const auto& settings = c.settings().of<SampleSettings>();
  add_note_routes(c.make<NoteApi>(NoteApi{
      .kit = api::kit_of(c), .db = c.db(), .greeting = settings.greeting, .last_note = last_note(c.settings())}));
  c.get<fleet::brains::BotKinds>().add(greeter_kind(settings.greeting));
  auto& pruning = c.make<Pruning>();
  c.every({.name = "sample.prune",
           .every = kPruneEvery,
           .run = [&db = c.db(), &pruning, keep = settings.keep_notes]() -> Task<Unit> {
             auto prune = [keep](store::Tx& tx) -> Result<Unit> {
               note_store::prune(tx, keep);
               return Unit{};
             };
             CO_TRY(co_await db.write(prune, {.lane = store::Lane::bulk}));
             pruning.has_run = true;
             co_return Unit{};
           },
           .singleton = true});
  c.health("sample", [&pruning]() -> std::optional<std::string> {
    return pruning.has_run ? std::nullopt : std::optional<std::string>("old notes were not looked for yet");
  });
  return Unit{};
}

}  // namespace

host::Module sample_module() {
  const auto all = migrations();
  return {
      .name = "sample",
      .migrations = {all.begin(), all.end()},
      .setup = set_up,
      .settings = {{.key = "sample.greeting",
                    .value = host::text(&SampleSettings::greeting),
                    .help = "how people are greeted"},
                   {.key = "sample.keep_notes",
                    .value = host::number(&SampleSettings::keep_notes, {.least = 1, .most = 1'000, .unit = "notes"}),
                    .help = "the newest notes, 1 to 1000"}},
      .doctor = {{.name = "last note",
                  .run =
                      [](const host::Examination& e) {
                        return host::examine_mode(last_note(e.settings), "the note written last");
                      }}},
      .backup = {host::backup_of_files(
          "sample", "the note written last",
          [](const host::Settings& s) -> std::vector<std::filesystem::path> { return {last_note(s)}; })}};
}

}  // namespace troupe::sample
