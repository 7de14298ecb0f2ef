#include "meetings/calls/call_bots.h"

#include <algorithm>

#include "base/encoding.h"
#include "fleet/bots/bot_store.h"

namespace troupe::meetings::calls {
namespace {

constexpr std::string_view kBrainKind = "meetings";

/// Of the server or of our database: it says nothing about the room.
bool is_servers(const Error& error) {
  const auto code = error.code();
  return code == Errc::unavailable || code == Errc::timed_out || code == Errc::limit_exceeded || code == Errc::internal;
}

/// Also where there is no such room: nobody learns which there are.
Error not_in_room() { return Error(Errc::forbidden, "You are not in the room of this call."); }

bool has(const std::vector<std::string>& members, const std::string& user_id) {
  return std::ranges::find(members, user_id) != members.end();
}

}  // namespace

std::string CallBots::link_of(std::string_view room_id) {
  room_id.remove_prefix(std::min<std::size_t>(1, room_id.size()));
  return "matrix:roomid/" + base::percent_encode(room_id);
}

Task<std::vector<CallBots::Bot>> CallBots::bots() const {
  auto look = [](store::Connection& c) -> Result<std::vector<Bot>> {
    std::vector<Bot> found;
    for (auto& bot : fleet::bots::bots_of_kind(c, kBrainKind)) {
      if (bot.desired != fleet::DesiredState::running) continue;
      found.push_back({.id = bot.id, .tenant_id = bot.tenant_id, .user_id = std::move(bot.user_id)});
    }
    return found;
  };
  return uses_.db.read(std::move(look));
}

Task<std::optional<std::string>> CallBots::room_of(std::string name) const {
  const bool is_ours = name.ends_with(":" + uses_.accounts.server_name());
  auto room_id = co_await uses_.rooms.resolve_alias(std::move(name));
  if (!room_id && is_servers(room_id.error())) co_return std::unexpected(std::move(room_id).error());
  std::optional<std::string> found;
  if (room_id) {
    const auto room = co_await uses_.rooms.room(*room_id);
    if (!room && is_servers(room.error())) co_return std::unexpected(room.error());
    if (room) found = *std::move(room_id);
  }
  if (!found && is_ours) co_return not_in_room();
  co_return found;
}

Task<std::optional<records::CallAccount>> CallBots::place(Asker asker, std::string link) const {
  std::optional<records::CallAccount> none;
  const auto parsed = links::parse_link(link, uses_.hosts);
  if (!uses_.has_accounts || !parsed || parsed->platform != Platform::matrix) co_return none;
  CO_TRY(auto room_id, co_await room_of(parsed->native_id));
  if (!room_id) co_return none;
  CO_TRY(auto account, co_await place_in(std::move(asker), *std::move(room_id)));
  co_return std::optional(std::move(account));
}

Task<records::CallAccount> CallBots::place_in(Asker asker, std::string room_id) const {
  const auto members = co_await uses_.rooms.joined_members(room_id);
  if (!members && is_servers(members.error())) co_return std::unexpected(members.error());
  if (!members || asker.user_id.empty() || !has(*members, asker.user_id)) co_return not_in_room();
  CO_TRY(auto all, co_await bots());
  std::erase_if(all, [&](const Bot& bot) { return bot.tenant_id != asker.tenant_id; });
  const auto account = [&](const Bot& bot) {
    return records::CallAccount{.bot = bot.id, .user_id = bot.user_id, .room_id = room_id};
  };
  const Bot* there = nullptr;
  for (const auto& bot : all) {
    if (!has(*members, bot.user_id)) continue;
    if (there == nullptr || bot.user_id == asker.preferred) there = &bot;
  }
  if (there != nullptr) co_return account(*there);
  if (all.empty()) {
    co_return Error(Errc::conflict,
                    "No bot can go into calls of this server's rooms. Make one: troupe bot add meet --brain meetings "
                    "--display-name Meetings && troupe bot start meet");
  }
  if (all.size() > 1) {
    std::string names;
    for (const auto& bot : all) names += (names.empty() ? "" : ", ") + bot.user_id;
    co_return Error(Errc::conflict,
                    "None of the bots that go into calls is in this room: invite one of them, " + names);
  }
  CO_TRY(co_await bring(std::move(asker.user_id), room_id, all.front().user_id));
  co_return account(all.front());
}

Task<Unit> CallBots::bring(std::string asker, std::string room_id, std::string bot) const {
  if (co_await uses_.rooms.join(bot, room_id)) co_return Unit{};
  if (auto invited = co_await uses_.rooms.invite(std::move(asker), room_id, bot); !invited) {
    co_return Error(invited.error().code(),
                    bot + " is not in this room, and you could not invite it: " + invited.error().message());
  }
  // It may accept by itself meanwhile; that is the same.
  if (auto joined = co_await uses_.rooms.join(bot, std::move(room_id)); !joined) {
    co_return Error(joined.error().code(), bot + " could not join this room: " + joined.error().message());
  }
  co_return Unit{};
}

}  // namespace troupe::meetings::calls
