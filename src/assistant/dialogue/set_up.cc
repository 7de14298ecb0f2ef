#include "assistant/dialogue/set_up.h"

#include "assistant/dialogue/dialogue.h"
#include "assistant/dialogue/dialogue_settings.h"

namespace troupe::assistant::dialogue {
namespace {

/// nullptr: the program has no models.
ModelDoor* door(host::Context& c) {
  auto* models = c.find<fleet::models::Models>();
  if (models == nullptr || models->endpoints().empty()) return nullptr;
  std::vector<std::string> keys;
  for (const auto& each : models->endpoints()) {
    if (!each.key.empty()) keys.push_back(each.key);
  }
  c.get<tasks::Secrets>().replace(tasks::kEveryTenant, "models", std::move(keys));
  return &c.make<ServerModels>(
      ServerModels::Uses{.http = c.http(), .clock = c.clock(), .models = *models, .journal = c.get<tasks::Journal>()});
}

}  // namespace

void set_up_dialogue(host::Context& c) {
  auto& secrets = c.get<tasks::Secrets>();
  auto& lessons = c.make<Lessons>(c.db(), c.clock(), secrets);
  const auto wait = std::chrono::milliseconds(c.settings().of<DialogueSettings>().model_wait_ms);
  auto& planning = c.make<Planning>(Planning::Uses{.services = c.get<services::Services>(),
                                                   .lessons = lessons,
                                                   .models = door(c),
                                                   .files = c.find<calls::Files>(),
                                                   .model_patience = wait});
  auto& made = c.make<Dialogue>(Dialogue::Uses{.tasks = c.get<tasks::Tasks>(),
                                               .conversations = c.get<tasks::Conversations>(),
                                               .secrets = secrets,
                                               .executor = c.get<executor::Executor>(),
                                               .planning = planning,
                                               .lessons = lessons,
                                               .clock = c.clock(),
                                               .metrics = c.metrics()});
  c.every({.name = "assistant.tell",
           .every = std::chrono::seconds(1),
           .run = [&made] { return made.tell_untold(); },
           .singleton = true});
  c.offer(lessons);
  c.offer<Assistant>(made);
}

}  // namespace troupe::assistant::dialogue
