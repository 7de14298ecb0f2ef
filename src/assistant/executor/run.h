// One task's run: from its claim to where the claim ends.
#pragma once
#include "assistant/executor/parts.h"

namespace troupe::assistant::executor {

/// How a run ended.
enum class End : std::uint8_t {
  done,
  failed,
  cancelled,
  asked,     ///< the task waits for an answer
  approval,  ///< for an approval
  lost,      ///< another process has it
  halted,    ///< the claim stays: another round goes on
};
inline constexpr std::array<std::string_view, 7> kEnds{"done",     "failed", "cancelled", "asked",
                                                       "approval", "lost",   "halted"};

/// On the executor that awaits it, which runs on one thread. `parts` outlives it.
asio::awaitable<End> run_task(const Parts& parts, tasks::Claim claim, std::shared_ptr<Control> control);

}  // namespace troupe::assistant::executor
