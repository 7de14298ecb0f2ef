// Calls services: the credential, the limits, the tries and what their outcomes mean.
#pragma once
#include <functional>

#include "assistant/calls/files.h"
#include "assistant/calls/journal.h"
#include "assistant/calls/limits.h"
#include "assistant/calls/tokens.h"
#include "assistant/calls/tools.h"

namespace troupe::assistant::calls {

struct CallOptions {
  int most_tries = 4;
  std::chrono::milliseconds first_pause{500};  ///< doubled with each try, each half by chance
  std::chrono::milliseconds longest_pause{20'000};
  /// Before a probe looks, and before it looks again when it found nothing: the service may still be at it.
  std::chrono::milliseconds settle_first{2'000}, settle_again{8'000};
  /// Since it was sent, where this program ended in the middle: then the service was not heard to have let go of it.
  /// What stands before services gives them 30 s as a rule.
  std::chrono::milliseconds settle_last{31'000};
  /// Since it was sent, of a write whose answer never came in time, or may not have where a program ended: the last
  /// look. What is not there then may come still, so it is not sent again: a person has to look.
  std::chrono::milliseconds settle_timed_out{150'000};
  std::chrono::milliseconds request_time{60'000};
  std::size_t most_answer_bytes = 8 * 1024 * 1024;
  Pause pause = real_pause();
  /// 0 ≤ x < 1
  std::function<double()> chance = by_chance;
  Tools* tools = nullptr;  ///< where tools of MCP servers are called; nullptr: they are not
};

/// One per server; callable from any thread, each call on the executor that awaits it. What it refers to outlives the
/// calls.
class Caller {
 public:
  Caller(net::client::HttpClient& http, Limits& limits, Tokens& tokens, Files& files, const base::Clock& clock,
         CallOptions options = {});

  /// Calls one operation. Each try is in the journal before it is sent. A write is sent again only when it is certain
  /// that it was not done; after a lost answer its probe is asked, and where that cannot tell the outcome is `unknown`.
  /// Of one that timed out (a gateway's word for it counts, and a failure that took its time) the service may be at it
  /// for long: the probe is asked until `settle_timed_out`, and what it has not found by then is `unknown`, too; what
  /// is repeatable is repeated not before then, so that a late first one changes nothing after it. What an etag
  /// protects is sent again only with one. Errors, all of them before anything was sent or with `sent_ms` still open:
  /// not_found (no such operation); invalid_param (arguments, a secret that is not set, no base URL); forbidden (the
  /// list of hosts, an address rule, a sign-in that ended); too_large; what the journal fails with. An error of
  /// Journal::after leaves the outcome unknown to the journal: whoever resumes passes `sent_ms`.
  Task<CallOutcome> call(Service service, std::string operation, JsonObject arguments, CallContext context,
                         Journal& journal);
  /// The page that an answer's Link header names, of a reading operation. Error: forbidden (it leads elsewhere).
  Task<CallOutcome> call_link(Service service, std::string operation, std::string url, CallContext context,
                              Journal& journal);

  /// What an MCP server offers now, as Tools::list has it, with the service's credential; free of its secrets.
  Task<JsonArray> list_tools(Service service, std::chrono::milliseconds patience);

  struct Parts {
    net::client::HttpClient& http;
    Limits& limits;
    Tokens& tokens;
    Files& files;
    const base::Clock& clock;
    CallOptions options;
  };

 private:
  Parts parts_;
};

}  // namespace troupe::assistant::calls
