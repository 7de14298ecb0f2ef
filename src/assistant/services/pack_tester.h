// Whether a service is there and takes the key: one call that reads and costs little.
#pragma once
#include "assistant/calls/caller.h"
#include "assistant/services/own_pack.h"
#include "assistant/tasks/journal.h"

namespace troupe::assistant::services {

enum class Verdict : std::uint8_t {
  good,    ///< it was asked for real, and answered
  unsure,  ///< something answers; whether it works shows only with a task
  bad,     ///< it cannot work as it is
};
inline constexpr std::array<std::string_view, 3> kVerdicts{"good", "unsure", "bad"};

struct Tested {
  Verdict verdict = Verdict::bad;
  std::string summary;         ///< one sentence, without secrets
  std::string operation = {};  ///< that was called; empty: none
  std::int64_t status = 0;     ///< of the answer; 0: there was none
  std::int64_t took_ms = 0;
};

/// What is called for a test: config.json's `test`, else the first reading operation that needs no arguments, those
/// that go on by pages first. Nothing: there is none. An MCP server without `test` is asked for its tools.
std::optional<packs::TestCall> test_call_of(const packs::Pack& pack);

/// One per program; callable from any thread.
class PackTester {
 public:
  static constexpr std::chrono::seconds kPatience{20};

  /// `own` may be nullptr, as for lend().
  PackTester(calls::Caller& caller, tasks::Journal& journal, tasks::Secrets& secrets, own::OwnClient* own)
      : caller_(caller), journal_(journal), secrets_(secrets), own_(own) {}

  /// Calls it with the tenant's keys, Troupe's own pack as whoever tests, at most for kPatience. The call is in the
  /// journal and the audit. Errors: unavailable (the journal), and those of lend().
  Task<Tested> test(InUse in_use, tasks::Who who);

 private:
  Task<Tested> list_tools(InUse in_use, tasks::Who who);

  calls::Caller& caller_;
  tasks::Journal& journal_;
  tasks::Secrets& secrets_;
  own::OwnClient* own_;
};

}  // namespace troupe::assistant::services
