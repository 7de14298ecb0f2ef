#include "fleet/life/bring_up.h"

#include <boost/json/parse.hpp>

#include "fleet/bots/bot_store.h"
#include "fleet/brains/flowise/flowise_brain.h"
#include "matrix/ids.h"

namespace troupe::fleet {

Result<boost::json::object> open_secrets(const Deps& deps, const Bot& row) {
  if (row.sealed_secrets.empty()) return boost::json::object();
  auto opened = deps.sealing_key.open(row.sealed_secrets);
  if (!opened) {
    return Error(Errc::invalid_param,
                 "The secrets of bot " + row.bot_id + " were sealed with another key file. Set its brain again.");
  }
  boost::system::error_code ec;
  auto json = boost::json::parse(*opened, ec);
  return json.is_object() ? std::move(json.get_object()) : boost::json::object();
}

Result<std::shared_ptr<Brain>> make_brain(const Deps& deps, const Bot& row, CommonConfig& common) {
  const auto* kind = deps.kinds.find(row.brain_kind);
  if (kind == nullptr) {
    return Error(Errc::invalid_param, "Bot " + row.bot_id + " cannot start: brain '" + row.brain_kind +
                                          "' is not available in this version. Choose another brain for it.");
  }
  TRY(auto secrets, open_secrets(deps, row));
  auto config = row.brain_config;
  adopt_flowise_url(row.brain_kind, row.flowise_url, config);
  TRY(common, common_config(config));
  BrainContext context{.http = deps.http,
                       .clock = deps.clock,
                       .bot_id = row.bot_id,
                       .bot_user_id = row.user_id,
                       .bot_name = row.display_name};
  TRY(auto brain, kind->make(context, config, secrets));
  return std::shared_ptr<Brain>(std::move(brain));
}

Task<Unit> ensure_account(Shared& shared, LiveBotPtr bot) {
  const auto& deps = shared.deps;
  auto account = co_await deps.homeserver.account(bot->row.user_id);
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
    CO_TRY(wanted.password, deps.sealing_key.open(bot->row.sealed_password));
  }
  CO_TRY(auto made, co_await deps.homeserver.create_account(std::move(wanted)));
  CO_TRY(co_await deps.principals.for_account(std::move(made), bot->row.tenant_id));
  co_return Unit{};
}

Task<Unit> learn_rooms(Shared& shared, Roster& roster, Invites& invites, LiveBotPtr bot) {
  auto id = bot->row.id;
  auto tenant_id = bot->row.tenant_id;
  CO_TRY(auto joined, co_await shared.deps.homeserver.joined_rooms(bot->row.user_id));
  std::vector<RoomRow> missing;
  for (const auto& room : joined) {
    const auto* live = roster.room(room.room_id);
    if (live == nullptr || std::ranges::find(live->bots, id, &Member::bot) == live->bots.end()) {
      missing.push_back({.room_id = room.room_id, .bot = id, .joined_pos = room.joined_at, .told_encrypted = false});
    }
  }
  if (!missing.empty()) {
    auto write = [&](store::Tx& tx) -> Result<Unit> {
      for (const auto& row : missing) insert_room(tx, row, tenant_id);
      return Unit{};
    };
    CO_TRY(co_await shared.write(write));
    for (const auto& row : missing) roster.join(row);
  }
  for (const auto& room : joined) {
    auto* live = roster.room(room.room_id);
    if (live != nullptr) live->encrypted = live->encrypted || room.encrypted;
  }
  CO_TRY(auto invited, co_await shared.deps.homeserver.invited_rooms(bot->row.user_id));
  for (auto& room_id : invited) invites.look_at(bot, std::move(room_id), "");
  co_return Unit{};
}

void tell_trouble(Shared& shared, const Bot& bot) {
  shared.deps.bus.publish(std::string(kTroubleChannel), std::to_string(bot.tenant_id) + " " + std::to_string(bot.id));
}

namespace {

constexpr std::size_t kMaxCheckBytes = 1'000;
constexpr std::chrono::milliseconds kFirstLookAgain = std::chrono::minutes(1);
constexpr std::chrono::milliseconds kLongestLookAgain = std::chrono::minutes(10);

std::string hindrance(const std::vector<Finding>& found) {
  std::string text;
  for (const auto& finding : found) {
    if (!finding.hinders || text.size() + finding.text.size() > kMaxCheckBytes) continue;
    text += (text.empty() ? "" : " ") + finding.text;
  }
  return text;
}

asio::awaitable<void> note_check(Shared& shared, LiveBotPtr bot, std::string text) {
  if (bot->row.check_text == text) co_return;
  auto id = bot->row.id;
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    set_check(tx, id, text);
    return Unit{};
  };
  if (!co_await shared.write(write)) co_return;  // looked at again at the next start
  bot->row.check_text = std::move(text);
  tell_trouble(shared, bot->row);
}

asio::awaitable<void> keep_looking(Shared& shared, LiveBotPtr bot, std::shared_ptr<Brain> brain) {
  std::vector<std::string> told;
  for (auto pause = kFirstLookAgain;; pause = std::min(pause * 2, kLongestLookAgain)) {
    const auto good_turns = bot->good_turns;
    auto found = co_await brain->look_around();
    if (bot->brain != brain || shared.stopping()) co_return;
    std::vector<std::string> now;
    for (const auto& finding : found) now.push_back(finding.text);
    if (now != told) {
      for (const auto& text : now) shared.log.add(bot->row, "warning", "brain", text);
    }
    told = std::move(now);
    // An answer in between knows better.
    if (bot->good_turns != good_turns) co_return;
    auto text = hindrance(found);
    const bool well = text.empty();
    co_await note_check(shared, bot, std::move(text));
    if (well || !co_await shared.naps.sleep(pause)) co_return;
    if (bot->brain != brain || bot->row.check_text.empty()) co_return;
  }
}

}  // namespace

void look_around(Shared& shared, const LiveBotPtr& bot) {
  if (!bot->brain) return;
  shared.tasks.spawn("look around", keep_looking(shared, bot, bot->brain));
}

}  // namespace troupe::fleet
