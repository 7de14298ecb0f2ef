#include "fleet/term/roster.h"

namespace troupe::fleet::term {

LiveBotPtr Roster::add(Bot bot) {
  auto live = std::make_shared<LiveBot>(home_);
  live->row = std::move(bot);
  live->kind = &kinds_.of(live->row.brain_kind);
  // The rules hold from the first message on, also while the bot is still starting.
  auto config = live->row.brain_config;
  if (auto common = brains::common_config(config)) live->common = *std::move(common);
  bots_[live->row.id] = live;
  by_user_[live->row.user_id] = live;
  return live;
}

void Roster::remove(BotKey id) {
  auto found = bots_.find(id);
  if (found == bots_.end()) return;
  by_user_.erase(found->second->row.user_id);
  bots_.erase(found);
  for (auto room = rooms_.begin(); room != rooms_.end();) {
    std::erase_if(room->second.bots, [&](const RoomRow& row) { return row.bot == id; });
    room = room->second.bots.empty() ? rooms_.erase(room) : std::next(room);
  }
}

LiveBotPtr Roster::find(BotKey id) const {
  auto found = bots_.find(id);
  return found == bots_.end() ? nullptr : found->second;
}

LiveBotPtr Roster::find_user(std::string_view user_id) const {
  auto found = by_user_.find(std::string(user_id));
  return found == by_user_.end() ? nullptr : found->second;
}

LiveRoom* Roster::room(std::string_view room_id) {
  auto found = rooms_.find(room_id);
  return found == rooms_.end() ? nullptr : &found->second;
}

const LiveRoom* Roster::room(std::string_view room_id) const {
  auto found = rooms_.find(room_id);
  return found == rooms_.end() ? nullptr : &found->second;
}

bool Roster::join(const RoomRow& row) {
  auto& room = rooms_[row.room_id];
  if (std::ranges::find(room.bots, row.bot, &Member::bot) != room.bots.end()) return false;
  room.bots.push_back({row, {}});
  if (auto bot = find(row.bot)) ++bot->rooms;
  return true;
}

bool Roster::leave(std::string_view room_id, BotKey bot) {
  auto found = rooms_.find(room_id);
  if (found == rooms_.end()) return false;
  auto left = std::erase_if(found->second.bots, [&](const RoomRow& row) { return row.bot == bot; });
  if (auto live = find(bot); live && left > 0) --live->rooms;
  if (found->second.bots.empty()) rooms_.erase(found);
  return left > 0;
}

std::int64_t Roster::rooms_of(BotKey bot) const {
  auto live = find(bot);
  return live ? live->rooms : 0;
}

Member* Roster::member(std::string_view room_id, BotKey bot) {
  auto* in = room(room_id);
  if (in == nullptr) return nullptr;
  auto found = std::ranges::find(in->bots, bot, &Member::bot);
  return found == in->bots.end() ? nullptr : &*found;
}

}  // namespace troupe::fleet::term
