// Of the feed: what came encrypted.
#include "fleet/turns/bot_feed.h"

namespace troupe::fleet::turns {
Task<Unit> BotFeed::open_sealed(std::vector<Heard>& page) {
  std::map<std::string, std::vector<BotKey>> joining;
  for (auto& heard : page) {
    const auto& room_id = heard.event.room_id;
    if (heard.membership == "join") {
      if (auto bot = roster_.find_user(*heard.event.state_key)) joining[room_id].push_back(bot->row.id);
    }
    if (heard.kind != Heard::Kind::encrypted) continue;
    std::set<BotKey> bots;
    if (const auto* room = roster_.room(room_id)) {
      for (const auto& member : room->bots) {
        if (heard.event.pos > member.joined_pos) bots.insert(member.bot);
      }
    }
    if (const auto come = joining.find(room_id); come != joining.end()) {
      bots.insert(come->second.begin(), come->second.end());
    }
    std::erase_if(bots, [&](BotKey id) {
      auto bot = roster_.find(id);
      return !bot || bot->kind->reads_rooms_itself || bot->row.user_id == heard.event.sender;
    });
    if (bots.empty()) continue;
    CO_TRY(co_await open_sealed(heard, {bots.begin(), bots.end()}));
  }
  co_return Unit{};
}

Task<Unit> BotFeed::open_sealed(Heard& heard, std::vector<BotKey> bots) {
  CO_TRY(auto sealed, co_await uses_.encryption->hear(heard.event, std::move(bots)));
  auto plain = std::exchange(sealed.plain, std::nullopt);
  // Only what people say is taken from inside: what else it may be called decides nothing.
  if (plain && plain->type == "m.room.message") heard = hear(*std::move(plain));
  heard.sealed = std::move(sealed);
  co_return Unit{};
}

Task<matrix::FeedEvent> BotFeed::opened(matrix::FeedEvent event, BotKey bot) {
  if (!uses_.encryption || event.state_key || event.type != "m.room.encrypted") co_return event;
  // After a start nobody may have said so yet: no file and no stream goes out plain.
  if (auto* room = roster_.room(event.room_id)) room->encrypted = true;
  CO_TRY(auto sealed, co_await uses_.encryption->hear(event, {bot}));
  if (sealed.plain && sealed.plain->type == "m.room.message") co_return *std::move(sealed.plain);
  co_return event;
}

Task<std::vector<BotFeed::LookedUp>> BotFeed::read_sealed_again() {
  std::vector<LookedUp> again;
  if (!uses_.encryption) co_return again;
  for (auto& unread : uses_.encryption->due(kLookedUpAtOnce)) {
    LookedUp one{.unread = unread, .heard = {}, .over = uses_.encryption->is_over(unread)};
    const bool here = roster_.find(unread.bot) && roster_.member(unread.room_id, unread.bot) != nullptr;
    if (here) {
      CO_TRY(auto feed, co_await uses_.feed.events_after(unread.event_pos - 1, 1));
      if (!feed.events.empty() && feed.events.front().pos == unread.event_pos) {
        one.heard = hear(std::move(feed.events.front()));
        CO_TRY(co_await open_sealed(*one.heard, {unread.bot}));
        auto& sealed = *one.heard->sealed;
        if (!sealed.waiting.empty() && !one.over) {
          uses_.encryption->still_waiting(unread);
          continue;
        }
      }
    }
    again.push_back(std::move(one));
  }
  co_return again;
}

void BotFeed::decide_looked_up(const std::vector<LookedUp>& again, const PageFacts& facts) {
  for (const auto& one : again) {
    if (one.heard) {
      const auto* size = sizes_.find(one.unread.room_id);
      if (decider_.needs_size(*one.heard, false) && size == nullptr) continue;  // asked again
      auto heard = *one.heard;
      // What is not waited for any longer is told, unless the room knows.
      const bool tell = !heard.sealed->waiting.empty();
      heard.sealed->waiting.clear();
      decider_.decide(heard, Came::late, size, facts, findings_);
      if (tell && !heard.sealed->told) decider_.tell_unreadable(heard, one.unread.bot, Came::late, findings_);
    }
    findings_.looked_up.push_back(one.unread);
  }
}

}  // namespace troupe::fleet::turns
