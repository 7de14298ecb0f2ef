#include "fleet/life/program_launcher.h"

#include "base/log.h"
#include "base/text.h"
#include "fleet/brains/program_brain.h"
#include "fleet/life/brain_maker.h"
#include "runtime/task_driver.h"

namespace troupe::fleet::life {
namespace {

/// The device of a program's token: one a bot, so that a new token ends the old one.
constexpr std::string_view kDevice = "TROUPEPROGRAM";

Result<std::string> make_state_folder(const std::filesystem::path& folder) {
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  if (!ec) std::filesystem::permissions(folder, std::filesystem::perms::owner_all, ec);
  if (!ec) return folder.string();
  return Error(Errc::unavailable, "The bot's state folder cannot be made.", folder.string() + ": " + ec.message());
}

}  // namespace

Result<runtime::TaskSpec> ProgramLauncher::spec(const Bot& bot, const std::string& token) const {
  TRY(auto program, brains::read_program(bot.brain_config));
  TRY(auto secrets, open_secrets(uses_.sealing_key, bot));
  runtime::TaskSpec spec;
  spec.environment = program.environment;
  spec.environment["TROUPE_HOMESERVER"] =
      program.homeserver_url.empty() ? uses_.matrix_address : program.homeserver_url;
  spec.environment["TROUPE_USER_ID"] = bot.user_id;
  spec.environment["TROUPE_BOT_ID"] = bot.bot_id;
  spec.secrets.push_back({.name = "token", .variable = "TROUPE_TOKEN_FILE", .bytes = token});
  for (const auto& member : secrets) {
    std::string name(member.key());
    if (!member.value().is_string()) continue;
    spec.secrets.push_back({.name = "s-" + base::ascii_lower(name),
                            .variable = name + "_FILE",
                            .bytes = std::string(member.value().get_string())});
  }
  spec.argv = program.command;
  spec.driver_config = program.driver_config;
  if (!program.working_dir.empty()) spec.driver_config["working_dir"] = program.working_dir;
  if (program.driver == runtime::kProcessDriver) {
    TRY(const auto folder, make_state_folder(uses_.state_dir / std::to_string(bot.id)));
    spec.environment["TROUPE_STATE_DIR"] = folder;
    if (program.working_dir.empty()) spec.driver_config["working_dir"] = folder;
  }  // other drivers give it a folder where it runs
  spec.limits.memory_bytes = program.memory_mb * 1024 * 1024;
  spec.limits.cpu_seconds = program.cpu_seconds;
  spec.limits.file_bytes = program.file_mb * 1024 * 1024;
  spec.limits.open_files = program.open_files;
  spec.limits.nice = static_cast<int>(program.nice);
  return spec;
}

Task<runtime::TaskSpec> ProgramLauncher::prepare(term::LiveBotPtr bot) {
  if (!allowed_) {
    co_return Error(Errc::invalid_param,
                    "Bot " + bot->row.bot_id +
                        " cannot start: programs are not allowed on this server. Set programs.allow = true.");
  }
  CO_TRY(auto token, co_await uses_.accounts.issue_token(bot->row.user_id, std::string(kDevice)));
  auto config = bot->row.brain_config;
  if (auto common = brains::common_config(config)) bot->common = *std::move(common);
  co_return spec(bot->row, token.access_token);
}

std::chrono::milliseconds ProgramLauncher::grace(const Bot& bot) const {
  constexpr std::chrono::seconds kUsual{10};
  auto program = brains::read_program(bot.brain_config);
  return program ? std::chrono::seconds(program->stop_grace_s) : kUsual;
}

Task<Unit> ProgramLauncher::release(term::LiveBotPtr bot) {
  auto revoked = co_await uses_.accounts.revoke_token(bot->row.user_id, std::string(kDevice));
  if (!revoked && revoked.error().code() != Errc::not_found) {
    base::log_warning("fleet", "The token of a stopped program could not be ended.",
                      {{"bot", bot->row.bot_id}, {"reason", revoked.error().message()}});
  }
  co_return Unit{};
}

void ProgramLauncher::forget(const Bot& bot) const {
  if (uses_.state_dir.empty()) return;
  std::error_code ec;
  std::filesystem::remove_all(uses_.state_dir / std::to_string(bot.id), ec);
  if (ec) {
    base::log_warning("fleet", "The state folder of a deleted bot could not be removed.",
                      {{"bot", bot.bot_id}, {"reason", ec.message()}});
  }
}

std::string ProgramLauncher::started(std::int64_t pid) const {
  return pid > 0 ? "its program runs as process " + std::to_string(pid) : std::string("its program runs");
}

TaskEnd ProgramLauncher::end_of(const runtime::ExitResult& exit) const {
  return {.success = exit.success(), .text = exit.text(), .cause = "its program: " + exit.text()};
}

brains::BotKind program_kind(std::string off) {
  const bool allowed = off.empty();
  auto kind = brains::program_form(std::move(off));
  kind.driver = runtime::kProcessDriver;
  kind.launcher = [allowed](const LauncherUses& uses) { return std::make_unique<ProgramLauncher>(uses, allowed); };
  return kind;
}

}  // namespace troupe::fleet::life
