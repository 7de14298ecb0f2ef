#include "fleet/turns/page_facts.h"

#include "fleet/answers/choices.h"
#include "fleet/bots/session_store.h"
#include "fleet/turns/turn_store.h"

namespace troupe::fleet::turns {

PageFacts look_up(store::Connection& c, const PageQuestions& questions) {
  PageFacts facts;
  for (const auto& [event_id, bot] : questions.answers) {
    if (thread_of_answer(c, event_id, bot)) facts.answers.emplace(event_id, bot);
  }
  for (const auto& place : questions.threads) {
    const auto& [room_id, root, bot] = place;
    facts.threads[place] = {.reader = answered_in_thread(c, room_id, root, bot),
                            .other = other_bot_in_thread(c, room_id, root, bot)};
  }
  for (const auto& pick : questions.picks) {
    auto thread = pick.thread ? pick.thread : thread_of_answer(c, pick.target, pick.bot);
    if (!thread) continue;
    if (pick.any) {
      facts.picks[{pick.pos, pick.bot}] = *std::move(thread);
      continue;
    }
    auto kept = bots::session_value(c, pick.bot, bots::session_place(pick.room_id, *thread), answers::kChoicesKey);
    if (!kept || !answers::picked_choice(answers::choices_from_json(*kept), pick.key)) continue;
    facts.picks[{pick.pos, pick.bot}] = *std::move(thread);
  }
  return facts;
}

}  // namespace troupe::fleet::turns
