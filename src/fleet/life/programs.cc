#include "fleet/life/programs.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/log.h"
#include "fleet/life/bring_up.h"

namespace troupe::fleet {
namespace {

/// The device of a program's token: one a bot, so that a new token ends the old one.
constexpr std::string_view kDevice = "TROUPEPROGRAM";
/// How long one wait for a program or its output lasts: also how late the end of the fleet is seen.
constexpr std::chrono::milliseconds kPatience{1'000};
constexpr std::size_t kLinesAtOnce = 500;

std::string lower(std::string_view text) {
  std::string result(text);
  for (auto& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return result;
}

ProgramEnd end_of(const runtime::ExitResult& exit) { return {.success = exit.success(), .text = exit.text()}; }

ProgramEnd end_of(const runtime::TaskStatus& status) {
  if (status.exit) return end_of(*status.exit);
  return {.success = false, .text = "was lost: nobody knows how it ended"};
}

std::string serialized(const runtime::TaskHandle& handle) { return boost::json::serialize(handle.to_json()); }

}  // namespace

Programs::Programs(Shared& shared) : shared_(shared) {}

std::string Programs::task_id(BotKey bot) { return "bot-" + std::to_string(bot); }

Result<runtime::TaskDriver*> Programs::driver() const {
  if (shared_.deps.programs == nullptr) {
    return Error(Errc::invalid_param, "This server cannot run programs: there is no driver for processes.");
  }
  return shared_.deps.programs;
}

TaskRow Programs::wanted(const Bot& bot, std::int64_t log_after) const {
  return {.bot = bot.id,
          .tenant_id = bot.tenant_id,
          .task_id = task_id(bot.id),
          .state = TaskState::wanted,
          .handle = {},
          .pid = 0,
          .started_ms = shared_.deps.clock.unix_ms(),
          .ended_ms = std::nullopt,
          .exit_text = {},
          .log_after = log_after};
}

TaskRow Programs::ended(TaskRow task, const ProgramEnd& end) const {
  task.state = TaskState::ended;
  task.ended_ms = shared_.deps.clock.unix_ms();
  task.exit_text = end.text;
  return task;
}

Result<runtime::TaskSpec> Programs::spec(const Bot& bot, const std::string& token) const {
  TRY(auto program, read_program(bot.brain_config));
  TRY(auto secrets, open_secrets(shared_.deps, bot));
  auto folder = shared_.deps.state_dir / std::to_string(bot.id);
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  if (!ec) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ec);
  if (ec)
    return Error(Errc::unavailable, "The bot's state folder cannot be made.", folder.string() + ": " + ec.message());
  runtime::TaskSpec spec;
  spec.id = task_id(bot.id);
  spec.environment = program.environment;
  spec.environment["TROUPE_HOMESERVER"] = shared_.deps.matrix_address;
  spec.environment["TROUPE_USER_ID"] = bot.user_id;
  spec.environment["TROUPE_BOT_ID"] = bot.bot_id;
  spec.environment["TROUPE_STATE_DIR"] = folder.string();
  spec.secrets.push_back({.name = "token", .variable = "TROUPE_TOKEN_FILE", .bytes = token});
  for (const auto& member : secrets) {
    std::string name(member.key());
    if (!member.value().is_string()) continue;
    spec.secrets.push_back(
        {.name = "s-" + lower(name), .variable = name + "_FILE", .bytes = std::string(member.value().get_string())});
  }
  spec.argv = program.command;
  spec.working_dir = program.working_dir.empty() ? folder.string() : program.working_dir;
  spec.limits.memory_bytes = program.memory_mb * 1024 * 1024;
  spec.limits.cpu_seconds = program.cpu_seconds;
  spec.limits.file_bytes = program.file_mb * 1024 * 1024;
  spec.limits.open_files = program.open_files;
  spec.limits.nice = static_cast<int>(program.nice);
  return spec;
}

Task<TaskRow> Programs::launch(LiveBotPtr bot, TaskRow task) {
  if (!shared_.deps.allow_programs) {
    co_return Error(Errc::invalid_param,
                    "Bot " + bot->row.bot_id +
                        " cannot start: programs are not allowed on this server. Set programs.allow = true.");
  }
  CO_TRY(auto* driver, this->driver());
  CO_TRY(auto token, co_await shared_.deps.homeserver.issue_token(bot->row.user_id, std::string(kDevice)));
  CO_TRY(auto wanted, spec(bot->row, token.access_token));
  if (!shared_.passes(LifeStep::before_start)) co_return Error(Errc::unavailable, "The fleet is stopping here.");
  auto started = co_await driver->start(std::move(wanted));
  if (!started && started.error().code() == Errc::conflict) {
    // A program of this bot runs that nobody knew of: it has the old token. End it, then start ours.
    CO_TRY([[maybe_unused]] auto ended, co_await driver->stop(task.task_id, std::chrono::seconds(1)));
    CO_TRY(auto again, spec(bot->row, token.access_token));
    started = co_await driver->start(std::move(again));
  }
  CO_TRY(auto handle, std::move(started));
  if (!shared_.passes(LifeStep::after_start)) co_return Error(Errc::unavailable, "The fleet is stopping here.");
  task.state = TaskState::running;
  task.handle = serialized(handle);
  task.started_ms = shared_.deps.clock.unix_ms();
  if (auto status = co_await driver->inspect(task.task_id)) task.pid = status->pid.value_or(0);
  co_return task;
}

Task<ProgramEnd> Programs::stop(LiveBotPtr bot) {
  ProgramEnd end{.success = true, .text = "was not running"};
  if (shared_.deps.programs != nullptr) {
    std::chrono::seconds grace{10};
    if (auto program = read_program(bot->row.brain_config)) grace = std::chrono::seconds(program->stop_grace_s);
    auto stopped = co_await shared_.deps.programs->stop(task_id(bot->row.id), grace);
    if (stopped) {
      end = end_of(*stopped);
    } else if (stopped.error().code() != Errc::not_found) {
      co_return std::unexpected(std::move(stopped).error());
    }
  }
  auto revoked = co_await shared_.deps.homeserver.revoke_token(bot->row.user_id, std::string(kDevice));
  if (!revoked && revoked.error().code() != Errc::not_found) {
    base::log_warning("fleet", "The token of a stopped program could not be ended.",
                      {{"bot", bot->row.bot_id}, {"reason", revoked.error().message()}});
  }
  co_return end;
}

Task<Unit> Programs::forget(LiveBotPtr bot) {
  if (shared_.deps.programs != nullptr) {
    CO_TRY([[maybe_unused]] auto gone, co_await shared_.deps.programs->destroy(task_id(bot->row.id)));
  }
  std::error_code ec;
  std::filesystem::remove_all(shared_.deps.state_dir / std::to_string(bot->row.id), ec);
  if (ec) {
    base::log_warning("fleet", "The state folder of a deleted bot could not be removed.",
                      {{"bot", bot->row.bot_id}, {"reason", ec.message()}});
  }
  co_return Unit{};
}

Task<Unit> Programs::take_stock() {
  found_.clear();
  if (shared_.deps.programs == nullptr) co_return Unit{};
  CO_TRY(auto handles, co_await shared_.deps.programs->list());
  for (auto& handle : handles) {
    if (handle.task_id.starts_with("bot-")) found_[handle.task_id] = std::move(handle);
  }
  co_return Unit{};
}

Task<Programs::Found> Programs::find(TaskRow task) {
  Found found{.running = false, .task = task, .end = {.success = false, .text = "was not running any more"}};
  if (shared_.deps.programs == nullptr) co_return found;
  // What the driver finds is newer than what was stored: a kill may have come between the start and its row.
  std::optional<runtime::TaskHandle> handle;
  if (auto seen = found_.find(task.task_id); seen != found_.end()) {
    handle = seen->second;
  } else if (!task.handle.empty()) {
    boost::system::error_code ec;
    auto stored = runtime::TaskHandle::from_json(boost::json::parse(task.handle, ec));
    if (stored) handle = *std::move(stored);
  }
  if (!handle) co_return found;
  auto status = co_await shared_.deps.programs->recover(*handle);
  if (!status) {
    auto code = status.error().code();
    if (code != Errc::not_found && code != Errc::invalid_param) co_return std::unexpected(std::move(status).error());
    co_return found;
  }
  if (status->state != runtime::TaskState::running) {
    found.end = end_of(*status);
    co_return found;
  }
  found.running = true;
  found.task.state = TaskState::running;
  found.task.handle = serialized(status->handle);
  found.task.pid = status->pid.value_or(0);
  if (status->started_at > 0) found.task.started_ms = status->started_at;
  found.task.ended_ms.reset();
  found.task.exit_text.clear();
  co_return found;
}

Task<Unit> Programs::end_strays(std::vector<std::string> wanted_ids) {
  for (const auto& [id, handle] : found_) {
    if (std::ranges::find(wanted_ids, id) != wanted_ids.end()) continue;
    base::log_warning("fleet", "A program of a bot ran that nobody wants; it is ended.", {{"task", id}});
    (void)co_await shared_.deps.programs->recover(handle);
    auto gone = co_await shared_.deps.programs->destroy(id);
    if (!gone) base::log_error("fleet", "It could not be ended.", {{"task", id}, {"reason", gone.error().message()}});
  }
  found_.clear();
  co_return Unit{};
}

void Programs::watch(LiveBotPtr bot, TaskRow task, std::function<void(LiveBotPtr, TaskRow, ProgramEnd)> on_end) {
  shared_.tasks.spawn("program", wait_for_end(std::move(bot), std::move(task), std::move(on_end)));
}

asio::awaitable<void> Programs::wait_for_end(LiveBotPtr bot, TaskRow task,
                                             std::function<void(LiveBotPtr, TaskRow, ProgramEnd)> on_end) {
  auto ended = std::make_shared<bool>(false);
  shared_.tasks.spawn("program output", take_output(bot, task, ended));
  while (!shared_.stopping()) {
    auto waited = co_await shared_.deps.programs->wait(task.task_id, kPatience);
    if (shared_.stopping()) break;
    if (!waited && waited.error().code() == Errc::timed_out) continue;
    if (!waited && waited.error().code() != Errc::not_found) {
      if (!co_await shared_.naps.sleep(kPatience)) break;
      continue;
    }
    *ended = true;
    // Stopped or started anew meanwhile: whoever did that knows.
    auto present = bot->task_run == task.handle;
    if (present && shared_.passes(LifeStep::exited)) {
      on_end(bot, task, waited ? end_of(*waited) : ProgramEnd{.success = false, .text = "was removed"});
    }
    co_return;
  }
  *ended = true;
}

asio::awaitable<void> Programs::take_output(LiveBotPtr bot, TaskRow task, std::shared_ptr<bool> ended) {
  auto after = std::max(task.log_after, bot->log_after);
  auto stored = after;
  while (!shared_.stopping()) {
    bool last = *ended;
    auto page = co_await shared_.deps.programs->follow(task.task_id, after, kLinesAtOnce, kPatience);
    if (shared_.stopping()) co_return;
    if (page) {
      for (const auto& line : page->lines) {
        shared_.log.add_output(bot->row,
                               line.source == runtime::LogSource::err   ? "stderr"
                               : line.source == runtime::LogSource::out ? "stdout"
                                                                        : "driver",
                               line.text);
      }
      after = std::max(after, page->next_after);
    }
    if (after != stored) {
      bot->log_after = after;
      auto flushed = co_await shared_.log.flush();
      auto id = bot->row.id;
      auto note = [&](store::Tx& tx) -> Result<Unit> {
        set_task_log(tx, id, task.task_id, after);
        return Unit{};
      };
      if (flushed) {
        if (auto noted = co_await shared_.write(note)) stored = after;
      }
    }
    bool more = page && page->lines.size() == kLinesAtOnce;
    if (last && !more) co_return;
    if (!page && !co_await shared_.naps.sleep(kPatience)) co_return;
  }
}

Task<Unit> Programs::end_all(std::vector<LiveBotPtr> bots) {
  if (shared_.deps.programs == nullptr) co_return Unit{};
  for (const auto& bot : bots) {
    auto stopped = co_await shared_.deps.programs->stop(task_id(bot->row.id), std::chrono::seconds(0));
    if (!stopped && stopped.error().code() != Errc::not_found) {
      base::log_error("fleet", "A program of a bot could not be ended.",
                      {{"bot", bot->row.bot_id}, {"reason", stopped.error().message()}});
    }
  }
  co_return Unit{};
}

}  // namespace troupe::fleet
