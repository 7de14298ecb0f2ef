// One call from its first try to its outcome. Used by Caller alone.
#pragma once
#include "assistant/calls/caller.h"
#include "assistant/calls/meaning.h"
#include "assistant/calls/prepare.h"
#include "assistant/calls/redactor.h"
#include "assistant/calls/settle.h"
#include "net/http/url.h"

namespace troupe::assistant::calls {

class Run {
 public:
  /// All but what is moved in outlives this.
  Run(Caller& caller, const Caller::Parts& parts, Journal& journal, Service service, const packs::Offered& offered,
      CallContext context);
  /// The one thing to call, once. `url`: in the place of the request's own.
  Task<CallOutcome> go(JsonObject arguments, std::optional<net::http::Url> url);

 private:
  using Milliseconds = std::chrono::milliseconds;
  /// What the loop does next; a value is how the call ends.
  using Step = std::optional<CallOutcome>;

  Task<CallOutcome> tries();
  /// One request with all that belongs to it.
  Task<Judged> once();
  Task<net::client::ClientRequest> made(Sendable sendable);
  asio::awaitable<Arrived> send(net::client::ClientRequest request);
  /// The same, of a tool of an MCP server.
  asio::awaitable<Arrived> call_tool(net::client::ClientRequest request);
  /// As the journal has it.
  std::string shown_url() const;
  Task<Unit> written_down(Sending sending, const Judged& judged, Milliseconds took);
  /// What follows from an answer; nothing: another try.
  Step end_of(Judged judged);
  /// After a lost answer. Nothing: it was not done, or may be done again.
  Task<Step> settled();
  /// Whether a second one would be refused, after the first was done.
  bool bears_version(const workflows::Probe& probe) const;
  /// Waits until one that the service may still be at can no longer come after what is sent next, and undo what was
  /// done since. False: nobody wants it any more.
  asio::awaitable<bool> out_of_the_way();
  asio::awaitable<Found> probed(const workflows::Probe& probe);
  /// Once more so long after it was sent; not there when that is over by now.
  asio::awaitable<Found> last_look(const workflows::Probe& probe, base::UnixMs sent_ms, Milliseconds after);
  asio::awaitable<Found> looked_for_late(const workflows::Probe& probe);
  asio::awaitable<Found> looked_for(const workflows::Probe& probe);

  CallOutcome ended(CallState state, const Judged& judged) const;
  CallOutcome unknown(std::string why) const;
  /// Half of it by chance, so that many calls do not come back at once.
  Milliseconds pause_of(int tried, const Judged& last) const;
  /// What was waited since then for the service's limits is no time of the call's own, as far as it has some for that.
  void waited_for_turn(std::chrono::steady_clock::time_point since);
  Milliseconds left() const;
  const workflows::Probe* probe() const;

  Caller& caller_;
  const Caller::Parts& parts_;
  Journal& journal_;
  Service service_;
  const packs::Offered& offered_;
  CallContext context_;
  Prepared prepared_;
  net::http::Url url_;
  Redactor redactor_;
  std::vector<LimitOf> limits_;
  std::string token_, refused_token_;  ///< OAuth 2
  std::chrono::steady_clock::time_point until_;
  Milliseconds turns_left_;  ///< of CallContext::turns
  base::UnixMs first_sent_ms_ = 0, last_sent_ms_ = 0;
  bool timed_out_ = false;  ///< the last try: the service was not heard to have let go of it
  bool old_ = false;        ///< of the last program's: it was sent so long ago that it may have timed out there
  bool lost_ = false;
  bool doubtful_ = false;  ///< sent again although the first may have been done: repeatable, or kept single by an etag
  bool unrecorded_ = false;  ///< sent, and the journal could not take what became of it
  int tries_ = 0, sign_ins_ = 0, probes_ = 0;
  Judged last_;
  Arrived arrived_;
  std::string why_;  ///< a probe could not tell
  Json found_;       ///< what it found
};

}  // namespace troupe::assistant::calls
