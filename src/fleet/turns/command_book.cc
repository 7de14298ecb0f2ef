#include "fleet/turns/command_book.h"

#include <algorithm>
#include <set>
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
constexpr std::size_t kDigestChars = 12;
constexpr std::int64_t kRoomsAtOnce = 100;

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

std::string digest_of(const std::vector<Command>& commands) {
  std::string all;
  for (const auto& command : commands) all += command.name + "\n" + command.description + "\n";
  return base::base64url(base::sha256(all)).substr(0, kDigestChars);
}

/// What a room's row remembers: the names, so that those that go can be taken back, and a digest of all of it.
std::string entry_for(const std::vector<Command>& commands) {
  if (commands.empty()) return {};
  std::string names;
  for (const auto& command : commands) names += command.name + " ";
  return names + digest_of(commands);
}

/// How a row begins when the room would not be told these; behind it stands what the room knows all the same.
std::string refusal_of(const std::vector<Command>& commands) { return kRefused + digest_of(commands); }

bool is_refusal(std::string_view entry) { return entry.starts_with(kRefused); }

std::set<std::string> names_in(const std::string& entry) {
  if (entry.empty()) return {};
  std::istringstream words(entry);
  std::vector<std::string> all;
  for (std::string word; words >> word;) all.push_back(std::move(word));
  if (all.empty()) return {};
  all.erase(is_refusal(entry) ? all.begin() : all.end() - 1);  // the digest
  return {all.begin(), all.end()};
}

}  // namespace

void CommandBook::tell_rooms_of(const term::LiveBotPtr& bot) {
  const auto [entry, is_new] = telling_.try_emplace(bot->row.id, false);
  entry->second = !is_new;
  if (is_new) term_.tasks.spawn("commands", tell_all(bot->row.id));
}

void CommandBook::tell_room(const std::string& room_id) { term_.tasks.spawn("commands", tell_bots(room_id, false)); }

void CommandBook::try_again(const std::string& room_id) {
  const auto [entry, is_new] = tries_.try_emplace(room_id, false);
  entry->second = !is_new;
  if (is_new) term_.tasks.spawn("commands", try_refused(room_id));
}

asio::awaitable<void> CommandBook::tell_all(BotKey id) {
  do {
    telling_[id] = false;
    if (!co_await look_through(id)) break;
  } while (telling_[id]);
  telling_.erase(id);
}

/// Yields whether it came to the end. What is left is looked at again at the next start.
asio::awaitable<bool> CommandBook::look_through(BotKey id) {
  std::string last;
  for (;;) {
    const auto bot = roster_.find(id);
    if (!bot) co_return false;
    const auto commands = commands_of(*bot);
    const auto entry = entry_for(commands);
    const auto refusal = refusal_of(commands);
    auto look = [&](store::Connection& c) -> Result<std::vector<std::string>> {
      return bots::rooms_with_other_commands(c, {.bot = id, .commands = entry, .refused = refusal}, last, kRoomsAtOnce);
    };
    const auto rooms = co_await store_.look(look);
    if (!rooms) co_return false;
    for (const auto& room_id : *rooms) {
      if (term_.stopping()) co_return false;
      const auto told = co_await tell(bot, room_id, false);
      if (told == Told::over) co_return false;
      if (told == Told::something && !co_await term_.stop.sleep(limits_.commands_pause)) co_return false;
    }
    if (std::ssize(*rooms) < kRoomsAtOnce) co_return true;
    last = rooms->back();
  }
}

asio::awaitable<void> CommandBook::try_refused(std::string room_id) {
  do {
    tries_[room_id] = false;
    co_await tell_bots(room_id, true);
    if (!co_await term_.stop.sleep(limits_.commands_retry)) break;
  } while (tries_[room_id]);
  tries_.erase(room_id);
}

asio::awaitable<void> CommandBook::tell_bots(std::string room_id, bool try_again) {
  const auto* room = roster_.room(room_id);
  if (room == nullptr) co_return;
  std::vector<BotKey> bots;
  bots.reserve(room->bots.size());
  for (const auto& member : room->bots) bots.push_back(member.bot);
  for (const auto id : bots) {
    auto bot = roster_.find(id);
    if (!bot) continue;
    auto told = Told::nothing;
    if (!bot->brain && try_again) told = co_await forget_refusal(id, room_id);
    if (bot->brain && told != Told::over) told = co_await tell(bot, room_id, try_again);
    if (told == Told::over) co_return;
  }
}

asio::awaitable<CommandBook::Told> CommandBook::tell(term::LiveBotPtr bot, std::string room_id, bool try_again) {
  const auto* member = roster_.member(room_id, bot->row.id);
  const auto* room = roster_.room(room_id);
  if (member == nullptr || room == nullptr || room->encrypted || !bot->brain) co_return Told::nothing;
  const auto before = member->commands;
  const auto commands = commands_of(*bot);
  const auto entry = entry_for(commands);
  const auto refusal = refusal_of(commands);
  if (before == entry || (before.starts_with(refusal) && !try_again)) co_return Told::nothing;
  // The feed may not have come to it yet.
  if (const auto summary = co_await rooms_.room(room_id); summary && summary->encrypted) co_return Told::nothing;
  auto known = names_in(before);
  std::vector<std::pair<std::string, boost::json::object>> contents;
  contents.reserve(commands.size() + known.size());
  for (const auto& command : commands) contents.emplace_back(command.name, answers::command_content(command));
  for (const auto& gone : known) {
    if (std::ranges::find(commands, gone, &Command::name) == commands.end())
      contents.emplace_back(gone, boost::json::object());
  }
  for (auto& [name, content] : contents) {
    const bool goes = content.empty();
    auto set = co_await rooms_.set_state({.room_id = room_id,
                                          .sender = bot->row.user_id,
                                          .type = std::string(answers::kCommandType),
                                          .state_key = answers::command_state_key(name, bot->row.user_id),
                                          .content = std::move(content)});
    if (set && goes) known.erase(name);
    if (set && !goes) known.insert(name);
    if (set) continue;
    base::log_debug("fleet", "A room could not be told a bot's commands.",
                    {{"bot", bot->row.bot_id}, {"reason", set.error().message()}});
    if (set.error().code() != Errc::forbidden)
      co_return term_.stopping() ? Told::over : Told::something;  // at the next start
    auto refused = refusal;
    for (const auto& still : known) refused += " " + still;
    if (refused == before) co_return Told::nothing;
    co_return co_await note(bot->row.id, room_id, std::move(refused));
  }
  co_return co_await note(bot->row.id, std::move(room_id), entry);
}

/// Its bot is not up yet: the start that brings it up tries.
asio::awaitable<CommandBook::Told> CommandBook::forget_refusal(BotKey bot, std::string room_id) {
  const auto* member = roster_.member(room_id, bot);
  if (member == nullptr || !is_refusal(member->commands)) co_return Told::nothing;
  std::string known;
  for (const auto& name : names_in(member->commands)) known += name + " ";
  if (!known.empty()) known += "?";  // for the digest
  co_return co_await note(bot, std::move(room_id), std::move(known));
}

asio::awaitable<CommandBook::Told> CommandBook::note(BotKey bot, std::string room_id, std::string told) {
  auto write = [&](store::Tx& tx) -> Result<Unit> {
    bots::set_room_commands(tx, room_id, bot, told);
    return Unit{};
  };
  auto written = co_await store_.write(write);
  if (auto* member = roster_.member(room_id, bot); written && member != nullptr) member->commands = told;
  co_return written ? Told::something : Told::over;
}

}  // namespace troupe::fleet::turns
