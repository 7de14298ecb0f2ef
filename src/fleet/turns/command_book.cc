#include "fleet/turns/command_book.h"

#include <algorithm>
#include <sstream>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/log.h"
#include "fleet/answers/command_content.h"
#include "fleet/bots/bot_store.h"

namespace troupe::fleet::turns {
namespace {

/// In front of what a room would not be told.
constexpr char kRefused = '-';

std::vector<Command> commands_of(const term::LiveBot& bot) {
  if (!bot.brain) return {};
  auto commands = bot.brain->commands();
  if (bot.brain->has_sessions()) {
    commands.push_back(
        {.name = "reset", .description = "Begin a new conversation; what was said before is forgotten."});
  }
  if (commands.size() > kMostCommands) commands.resize(kMostCommands);
  return commands;
}

/// What a room's row remembers: the names, so that those that go can be taken back, and a digest of all of it.
std::string entry_for(const std::vector<Command>& commands) {
  if (commands.empty()) return {};
  std::string all;
  std::string names;
  for (const auto& command : commands) {
    names += command.name + " ";
    all += command.name + "\n" + command.description + "\n";
  }
  return names + base::base64url(base::sha256(all)).substr(0, 12);
}

std::string refused_entry(const std::string& entry) { return entry.empty() ? entry : kRefused + entry; }

std::vector<std::string> names_in(const std::string& entry) {
  std::vector<std::string> names;
  if (entry.empty() || entry.front() == kRefused) return names;
  std::istringstream words(entry);
  for (std::string word; words >> word;) names.push_back(std::move(word));
  names.pop_back();  // the digest
  return names;
}

}  // namespace

void CommandBook::tell_rooms_of(const term::LiveBotPtr& bot) { term_.tasks.spawn("commands", tell_all(bot)); }

void CommandBook::tell_room(const std::string& room_id) { term_.tasks.spawn("commands", tell_bots(room_id)); }

asio::awaitable<void> CommandBook::tell_all(term::LiveBotPtr bot) {
  const auto entry = entry_for(commands_of(*bot));
  const auto refused = refused_entry(entry);
  const auto id = bot->row.id;
  auto look = [&](store::Connection& c) -> Result<std::vector<std::string>> {
    return bots::rooms_with_other_commands(c, id, entry, refused);
  };
  const auto rooms = co_await store_.look(look);
  if (!rooms) co_return;  // looked at again at the next start
  for (const auto& room_id : *rooms) {
    if (term_.stopping() || !co_await tell(bot, room_id, false)) co_return;
  }
}

asio::awaitable<void> CommandBook::tell_bots(std::string room_id) {
  const auto* room = roster_.room(room_id);
  if (room == nullptr) co_return;
  std::vector<BotKey> bots;
  for (const auto& member : room->bots) bots.push_back(member.bot);
  for (const auto id : bots) {
    auto bot = roster_.find(id);
    if (bot && bot->brain && !co_await tell(bot, room_id, true)) co_return;
  }
}

asio::awaitable<bool> CommandBook::tell(term::LiveBotPtr bot, std::string room_id, bool try_again) {
  const auto* member = roster_.member(room_id, bot->row.id);
  const auto* room = roster_.room(room_id);
  if (member == nullptr || room == nullptr || room->encrypted || !bot->brain) co_return true;
  const auto before = member->commands;
  const auto commands = commands_of(*bot);
  const auto entry = entry_for(commands);
  const auto refused = refused_entry(entry);
  if (before == entry || (before == refused && !try_again)) co_return true;
  std::vector<std::pair<std::string, boost::json::object>> contents;
  for (const auto& command : commands) contents.emplace_back(command.name, answers::command_content(command));
  for (const auto& gone : names_in(before)) {
    if (std::ranges::find(commands, gone, &Command::name) == commands.end())
      contents.emplace_back(gone, boost::json::object());
  }
  for (auto& [name, content] : contents) {
    auto set = co_await rooms_.set_state({.room_id = room_id,
                                          .sender = bot->row.user_id,
                                          .type = std::string(answers::kCommandType),
                                          .state_key = answers::command_state_key(name, bot->row.user_id),
                                          .content = std::move(content)});
    if (set) continue;
    base::log_debug("fleet", "A room could not be told a bot's commands.",
                    {{"bot", bot->row.bot_id}, {"reason", set.error().message()}});
    if (set.error().code() != Errc::forbidden) co_return !term_.stopping();  // at the next start
    co_return before == refused || co_await note(bot->row.id, room_id, refused);
  }
  co_return co_await note(bot->row.id, std::move(room_id), entry);
}

asio::awaitable<bool> CommandBook::note(BotKey bot, std::string room_id, std::string told) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    bots::set_room_commands(tx, room_id, bot, told);
    return Unit{};
  };
  auto written = co_await store_.write(write);
  if (auto* member = roster_.member(room_id, bot); written && member != nullptr) member->commands = told;
  co_return written.has_value();
}

}  // namespace troupe::fleet::turns
