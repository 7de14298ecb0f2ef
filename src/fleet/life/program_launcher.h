// Bots that are programs: a token of their own, a folder for their state, files for their secrets.
#pragma once
#include "fleet/life/launcher.h"

namespace troupe::fleet::life {

/// On the fleet's executor.
class ProgramLauncher final : public Launcher {
 public:
  /// `allowed`: whether this server runs programs of bots.
  ProgramLauncher(LauncherUses uses, bool allowed) : uses_(std::move(uses)), allowed_(allowed) {}

  /// Issues a token, which ends the one before.
  Task<runtime::TaskSpec> prepare(term::LiveBotPtr bot) override;
  std::chrono::milliseconds grace(const Bot& bot) const override;
  Task<Unit> release(term::LiveBotPtr bot) override;
  void forget(const Bot& bot) const override;
  bool has_output() const override { return true; }
  std::string started(std::int64_t pid) const override;
  TaskEnd end_of(const runtime::ExitResult& exit) const override;

 private:
  Result<runtime::TaskSpec> spec(const Bot& bot, const std::string& token) const;

  LauncherUses uses_;
  bool allowed_;
};

/// The kind `program`. `off`: why this server runs none; empty: administrators may make them.
brains::BotKind program_kind(std::string off = {});

}  // namespace troupe::fleet::life
