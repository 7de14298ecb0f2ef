#include "fleet/life/bring_up.h"

#include "fleet/bots/bot_store.h"
#include "matrix/ids.h"

namespace troupe::fleet::life {
namespace {

constexpr std::size_t kMaxCheckBytes = 1'000;
constexpr std::chrono::milliseconds kFirstLookAgain = std::chrono::minutes(1);
constexpr std::chrono::milliseconds kLongestLookAgain = std::chrono::minutes(10);

std::string hindrance(const std::vector<brains::Finding>& found) {
  std::string text;
  for (const auto& finding : found) {
    if (!finding.hinders || text.size() + finding.text.size() > kMaxCheckBytes) continue;
    text += (text.empty() ? "" : " ") + finding.text;
  }
  return text;
}

}  // namespace

void tell_trouble(bus::Bus& bus, const Bot& bot) {
  bus.publish(std::string(kTroubleChannel), std::to_string(bot.tenant_id) + " " + std::to_string(bot.id));
}

BringUp::BringUp(term::Term& term, term::TermStore& store, bots::BotLog& log, term::Roster& roster,
                 turns::Invites& invites, turns::CommandBook& commands, const Uses& uses)
    : term_(term), store_(store), log_(log), roster_(roster), invites_(invites), commands_(commands), uses_(uses) {}

Task<Unit> BringUp::ensure_account(term::LiveBotPtr bot) {
  auto account = co_await uses_.accounts.account(bot->row.user_id);
  if (account) {
    if (account->deactivated || account->locked) {
      co_return Error(Errc::forbidden, "The account " + bot->row.user_id + " is closed or locked.");
    }
    co_return Unit{};
  }
  if (account.error().code() != Errc::not_found) co_return std::unexpected(std::move(account).error());
  // Killed between the bot's row and its account.
  auto parts = matrix::parse_user_id(bot->row.user_id);
  if (!parts) co_return Error(Errc::invalid_param, "Not a Matrix user id: " + bot->row.user_id);
  matrix::NewAccount wanted{.localpart = std::string(parts->localpart),
                            .password = std::nullopt,
                            .kind = matrix::AccountKind::bot,
                            .admin = false,
                            .display_name = bot->row.display_name};
  if (!bot->row.sealed_password.empty()) {
    CO_TRY(wanted.password, uses_.sealing_key.open(bot->row.sealed_password));
  }
  CO_TRY(auto made, co_await uses_.accounts.create_account(std::move(wanted)));
  CO_TRY(co_await uses_.principals.for_account(std::move(made), bot->row.tenant_id));
  co_return Unit{};
}

Task<Unit> BringUp::learn_rooms(term::LiveBotPtr bot) {
  auto id = bot->row.id;
  auto tenant_id = bot->row.tenant_id;
  CO_TRY(auto joined, co_await uses_.rooms.joined_rooms(bot->row.user_id));
  std::vector<RoomRow> missing;
  for (const auto& room : joined) {
    const auto* live = roster_.room(room.room_id);
    if (live == nullptr || std::ranges::find(live->bots, id, &term::Member::bot) == live->bots.end()) {
      missing.push_back({.room_id = room.room_id, .bot = id, .joined_pos = room.joined_at, .told_encrypted = false});
    }
  }
  if (!missing.empty()) {
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      for (const auto& row : missing) bots::insert_room(tx, row, tenant_id);
      return Unit{};
    };
    CO_TRY(co_await store_.write(write));
    for (const auto& row : missing) roster_.join(row);
  }
  for (const auto& room : joined) {
    auto* live = roster_.room(room.room_id);
    if (live != nullptr) live->encrypted = live->encrypted || room.encrypted;
  }
  CO_TRY(auto invited, co_await uses_.rooms.invited_rooms(bot->row.user_id));
  for (auto& room_id : invited) invites_.look_at(bot, std::move(room_id), "");
  co_return Unit{};
}

asio::awaitable<void> BringUp::note_check(term::LiveBotPtr bot, std::string text) {
  if (bot->row.check_text == text) co_return;
  auto id = bot->row.id;
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    bots::set_check(tx, id, text);
    return Unit{};
  };
  if (!co_await store_.write(write)) co_return;  // looked at again at the next start
  bot->row.check_text = std::move(text);
  tell_trouble(uses_.bus, bot->row);
}

asio::awaitable<void> BringUp::keep_looking(term::LiveBotPtr bot, std::shared_ptr<brains::Brain> brain) {
  std::vector<std::string> told;
  for (auto pause = kFirstLookAgain;; pause = std::min(pause * 2, kLongestLookAgain)) {
    const auto good_turns = bot->good_turns;
    auto found = co_await brain->look_around();
    if (bot->brain != brain || term_.stopping()) co_return;
    std::vector<std::string> now;
    now.reserve(found.size());
    for (const auto& finding : found) now.push_back(finding.text);
    if (now != told) {
      for (const auto& text : now) log_.add(bot->row, "warning", "brain", text);
    }
    told = std::move(now);
    // An answer in between knows better.
    if (bot->good_turns != good_turns) co_return;
    auto text = hindrance(found);
    const bool well = text.empty();
    co_await note_check(bot, std::move(text));
    if (well || !co_await term_.stop.sleep(pause)) co_return;
    if (bot->brain != brain || bot->row.check_text.empty()) co_return;
  }
}

void BringUp::look_around(const term::LiveBotPtr& bot) {
  if (!bot->brain) return;
  commands_.tell_rooms_of(bot);
  term_.tasks.spawn("look around", keep_looking(bot, bot->brain));
}

}  // namespace troupe::fleet::life
