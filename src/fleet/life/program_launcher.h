// Bots that are programs: a token of their own, a folder for their state, files for their secrets.
#pragma once
#include "fleet/deps.h"
#include "fleet/life/launcher.h"

namespace troupe::fleet {

/// On the fleet's executor.
class ProgramLauncher final : public Launcher {
 public:
  /// `allowed`: whether this server runs programs of bots.
  ProgramLauncher(Shared& shared, bool allowed) : shared_(shared), allowed_(allowed) {}

  /// Issues a token, which ends the one before.
  Task<runtime::TaskSpec> prepare(LiveBotPtr bot) override;
  std::chrono::milliseconds grace(const Bot& bot) const override;
  Task<Unit> release(LiveBotPtr bot) override;
  void forget(const Bot& bot) const override;
  bool has_output() const override { return true; }
  std::string started(std::int64_t pid) const override;
  TaskEnd end_of(const runtime::ExitResult& exit) const override;

 private:
  Result<runtime::TaskSpec> spec(const Bot& bot, const std::string& token) const;

  Shared& shared_;
  bool allowed_;
};

/// The kind `program`. `off`: why this server runs none; empty: administrators may make them.
BotKind program_kind(std::string off = {});

}  // namespace troupe::fleet
