#include "assistant/calls/run.h"

#include <algorithm>

#include "assistant/calls/egress.h"
#include "base/encoding.h"

namespace troupe::assistant::calls {
namespace {

using workflows::ProbeKind;

constexpr int kMaxRedirects = 3;
constexpr std::chrono::milliseconds kLeastRequestTime{10'000};
constexpr std::chrono::milliseconds kLeastProbeTime{60'000};
constexpr std::chrono::milliseconds kUsualHold{1'000};  ///< a service that says "too often" and not for how long

bool is_read(const std::string& method) { return method == "GET" || method == "HEAD"; }

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// Fit for the journal: text, and no more than it takes.
std::string noted(const Redactor& redactor, const std::string& body) {
  if (!base::is_utf8(body)) return "(" + std::to_string(body.size()) + " bytes)";
  auto out = redactor.text(body);
  if (out.size() <= kMaxJournalBytes) return out;
  out.resize(kMaxJournalBytes);
  while (!base::is_utf8(out)) out.pop_back();
  return out;
}

}  // namespace

Run::Run(Caller& caller, const Caller::Parts& parts, Journal& journal, Service service, const packs::Offered& offered,
         CallContext context)
    : caller_(caller),
      parts_(parts),
      journal_(journal),
      service_(std::move(service)),
      offered_(offered),
      context_(std::move(context)),
      until_(parts.clock.steady() + context_.patience) {
  for (const auto& [name, secret] : service_.secrets) redactor_.add(secret);
  if (service_.secrets.contains("user") && service_.secrets.contains("key"))
    redactor_.add(service_.secrets.at("user") + ":" + service_.secrets.at("key"));
}

Task<CallOutcome> Run::go(JsonObject arguments, std::optional<net::http::Url> url) {
  if (url) {
    prepared_.request.method = offered_.operation.method;
    url_ = *std::move(url);
  } else {
    CO_TRY(prepared_, prepare(*service_.pack, offered_, std::move(arguments), context_.marker));
    CO_TRY(url_, destination(service_, prepared_.request));
  }
  limits_ = limits_of(service_, offered_, prepared_.arguments);
  if (offered_.operation.writes && context_.sent_ms) {
    lost_ = true;
    first_sent_ms_ = *context_.sent_ms;
  }
  co_return co_await tries();
}

Task<CallOutcome> Run::tries() {
  for (bool at_once = true;;) {
    if (lost_) {
      CO_TRY(auto end, co_await settled());
      if (end) co_return *std::move(end);
    }
    if (is_cancelled(context_))
      co_return doubtful_ ? unknown("it was cancelled before that was known") : ended(CallState::cancelled, last_);
    if (tries_ >= parts_.options.most_tries)
      co_return doubtful_ ? unknown(last_.message) : ended(CallState::failed, last_);
    if (!at_once) {
      const auto pause = pause_of(tries_, last_);
      if (pause > left()) co_return doubtful_ ? unknown(last_.message) : ended(CallState::failed, last_);
      if (!co_await pause_for(parts_.options.pause, parts_.clock, pause, context_)) continue;
    }
    auto judged = co_await once();
    if (!judged) {
      auto error = std::move(judged).error();
      if (unrecorded_) co_return error;  // it went out: nobody may take this for "not done"
      if (doubtful_) co_return unknown(error.message());
      if (error.code() == Errc::conflict && is_cancelled(context_)) continue;
      if (error.code() != Errc::limit_exceeded) co_return error;
      last_.message = error.message();
      last_.retry_after = error.retry_after();
      co_return ended(CallState::failed, last_);
    }
    at_once = judged->meaning == Meaning::sign_in;
    if (auto end = end_of(*std::move(judged))) co_return *std::move(end);
  }
}

Task<Judged> Run::once() {
  CO_TRY(co_await parts_.limits.enter(limits_, until_, context_));
  CO_TRY(auto sendable, co_await calls::sendable(parts_.files, context_.person, prepared_.request));
  auto shown = noted(redactor_, sendable.shown);
  const auto content_type = sendable.content_type;
  CO_TRY(auto request, co_await made(std::move(sendable)));
  const Sending sending{.call_id = context_.call_id,
                        .number = ++tries_,
                        .service = service_.pack->config.service,
                        .operation = offered_.operation.name,
                        .method = request.method,
                        .url = redactor_.text(url_.origin() + url_.target),
                        .content_type = content_type,
                        .body = std::move(shown),
                        .marker = context_.marker,
                        .writes = offered_.operation.writes,
                        .at_ms = parts_.clock.unix_ms()};
  if (auto noted_down = co_await journal_.before(sending); !noted_down) {
    --tries_;
    co_return std::move(noted_down).error();
  }
  if (first_sent_ms_ == 0) first_sent_ms_ = sending.at_ms;
  const auto begun = parts_.clock.steady();
  arrived_ = co_await send(std::move(request));
  auto judged = judge(service_, offered_, arrived_, parts_.clock.unix_ms());
  judged.code = redactor_.text(std::move(judged.code));
  judged.message = redactor_.text(std::move(judged.message));
  if (judged.limited) {
    if (judged.retry_after.count() == 0) judged.retry_after = kUsualHold;
    parts_.limits.hold(limits_, judged.retry_after);
  }
  const auto took = std::chrono::duration_cast<Milliseconds>(parts_.clock.steady() - begun);
  auto recorded = co_await written_down(sending, judged, took);
  unrecorded_ = !recorded;
  if (unrecorded_) co_return std::move(recorded).error();
  co_return judged;
}

Task<net::client::ClientRequest> Run::made(Sendable sendable) {
  const auto& config = service_.pack->config;
  net::client::ClientRequest out(trust_of(service_, url_));
  out.method = prepared_.request.method;
  for (const auto& header : prepared_.request.headers) out.headers.add(header.name, header.value);
  for (const auto& [name, value] : config.headers) out.headers.set(name, value);
  if (!out.headers.has("accept")) out.headers.add("Accept", "application/json, */*;q=0.5");
  if (!sendable.content_type.empty()) out.headers.set("Content-Type", sendable.content_type);
  out.body = std::move(sendable.body);
  if (!offered_.operation.open) {
    auto secrets = service_.secrets;
    if (config.auth.scheme == packs::Scheme::oauth2) {
      CO_TRY(token_, co_await parts_.tokens.access(service_, refused_token_, context_));
      redactor_.add(token_);
      secrets["key"] = token_;
    }
    CO_TRY(const auto credential, packs::credential(config.auth, secrets));
    for (const auto& header : credential) out.headers.set(header.name, header.value);
  }
  const bool writes = offered_.operation.writes;
  out.max_redirects = 0;  // whether one is followed is decided here
  out.fresh_connection = writes;
  out.max_body_bytes = parts_.options.most_answer_bytes;
  out.total_timeout = std::min(parts_.options.request_time, std::max(left(), kLeastRequestTime));
  co_return out;
}

asio::awaitable<Arrived> Run::send(net::client::ClientRequest request) {
  auto url = url_;
  for (int hops = 0;; ++hops) {
    request.url = url.origin() + url.target;
    request.trust = trust_of(service_, url);
    const auto never_sent = std::make_shared<bool>(false);
    request.never_sent = never_sent;
    auto sending = parts_.http.send(request);
    auto answered = co_await std::move(sending);
    if (!answered) {
      // What the address rules or the request's own form forbid never leaves.
      const auto code = answered.error().code();
      const bool kept_back = code == Errc::forbidden || code == Errc::invalid_param;
      co_return Arrived{
          .broken = std::move(answered).error(), .sent = hops > 0 || (!*never_sent && !kept_back), .response = {}};
    }
    const std::string location(answered->headers.get("location"));
    const auto status = answered->status;
    const bool kept = status == 307 || status == 308;  // method and body stay: whoever sends on did nothing
    if (!is_redirect(status) || location.empty() || (!kept && !is_read(request.method)))
      co_return Arrived{.broken = {}, .sent = true, .response = *std::move(answered)};
    auto next = redirected(service_, url, location);
    if (!next || hops >= kMaxRedirects) {
      auto error = next ? Error(Errc::forbidden, url.origin() + " redirects without end") : std::move(next).error();
      co_return Arrived{.broken = std::move(error), .sent = !kept, .response = {}};
    }
    url = *std::move(next);
  }
}

Task<Unit> Run::written_down(const Sending& sending, const Judged& judged, Milliseconds took) {
  Received received{.status = arrived_.response.status,
                    .content_type = redactor_.text(std::string(arrived_.response.headers.get("content-type"))),
                    .body = noted(redactor_, arrived_.response.body),
                    .error = arrived_.broken ? judged.message : std::string(),
                    .meaning = std::string(name_of(judged.meaning)),
                    .sent = arrived_.sent,
                    .took = took};
  return journal_.after(sending, std::move(received));
}

Run::Step Run::end_of(Judged judged) {
  last_ = std::move(judged);
  switch (last_.meaning) {
    case Meaning::done:
    case Meaning::past_end:
      return ended(CallState::done, last_);
    case Meaning::again:
      return std::nullopt;
    case Meaning::lost:
      lost_ = true;
      return std::nullopt;
    case Meaning::sign_in:
      if (service_.pack->config.auth.scheme == packs::Scheme::oauth2 && sign_ins_++ == 0) {
        refused_token_ = token_;
        return std::nullopt;
      }
      break;
    case Meaning::refused:
      break;
  }
  if (!doubtful_) return ended(CallState::refused, last_);
  // The second try is refused: because the first was done?
  const auto* known = probe();
  const bool gone =
      offered_.operation.method == "DELETE" && (arrived_.response.status == 404 || arrived_.response.status == 410);
  const bool said = known && !last_.code.empty() && std::ranges::find(known->done, last_.code) != known->done.end();
  if (known && known->kind == ProbeKind::repeatable && (gone || said)) {
    arrived_ = {};  // a refusal is no answer to what was asked
    auto out = ended(CallState::done, {});
    out.found = true;
    return out;
  }
  return unknown("the answer to the first try was lost, and the second was refused: " + last_.message);
}

Task<Run::Step> Run::settled() {
  const auto* known = probe();
  if (!known || known->kind == ProbeKind::none)
    co_return unknown(known ? known->reason : "the pack does not say how it would be seen");
  lost_ = false;
  if (known->kind == ProbeKind::repeatable || known->kind == ProbeKind::etag) {
    doubtful_ = true;
    co_return std::nullopt;
  }
  const auto found = co_await probed(*known);
  if (found == Found::cannot_tell) co_return unknown(why_);
  if (found == Found::not_done) co_return std::nullopt;
  arrived_ = {};
  auto out = ended(CallState::done, {});
  out.answer = redactor_.json(found_);
  out.found = true;
  co_return out;
}

asio::awaitable<Found> Run::probed(const workflows::Probe& probe) {
  const auto& options = parts_.options;
  const bool fresh = parts_.clock.unix_ms() - first_sent_ms_ < 2 * options.request_time.count();
  why_ = "it was cancelled before that was known";
  if (fresh && !co_await pause_for(options.pause, parts_.clock, options.settle_first, context_))
    co_return Found::cannot_tell;
  auto found = co_await looked_for(probe);
  if (!fresh || found != Found::not_done) co_return found;
  if (!co_await pause_for(options.pause, parts_.clock, options.settle_again, context_)) co_return Found::cannot_tell;
  found = co_await looked_for(probe);
  const bool heard_nothing = context_.sent_ms && tries_ == 0;
  const auto rest = Milliseconds(first_sent_ms_ + options.settle_last.count() - parts_.clock.unix_ms());
  if (found != Found::not_done || !heard_nothing || rest.count() <= 0) co_return found;
  why_ = "it was cancelled before that was known";
  if (!co_await pause_for(options.pause, parts_.clock, std::min(rest, options.settle_last), context_))
    co_return Found::cannot_tell;
  co_return co_await looked_for(probe);
}

asio::awaitable<Found> Run::looked_for(const workflows::Probe& probe) {
  const Written written{.arguments = &prepared_.arguments,
                        .marker = context_.marker,
                        .marked = prepared_.marked,
                        .sent_ms = first_sent_ms_};
  Search search(probe, written);
  auto arguments = search.arguments();
  const auto* read = service_.pack->find(probe.read);
  if (!arguments || !read) {
    why_ = search.why();
    co_return Found::cannot_tell;
  }
  const auto& paging = read->paging;
  if (!paging.size.empty() && !arguments->contains(paging.size)) (*arguments)[paging.size] = paging.page_size;
  bool whole = false;
  for (std::size_t page = 0; page < probe.most_pages; ++page) {
    CallContext context{.call_id = context_.call_id + "/probe" + std::to_string(++probes_),
                        .marker = {},
                        .person = context_.person,
                        .patience = std::max(left(), kLeastProbeTime),
                        .sent_ms = {},
                        .cancelled = context_.cancelled};
    auto asking = caller_.call(service_, probe.read, *arguments, std::move(context), journal_);
    const auto outcome = co_await std::move(asking);
    if (!outcome || outcome->state != CallState::done) {
      why_ = "looking for it failed: " + (outcome ? outcome->message : outcome.error().message());
      co_return Found::cannot_tell;
    }
    whole = outcome->past_end;
    if (whole || search.look(outcome->answer)) break;
    auto next = packs::next_page(paging, *arguments, outcome->status, outcome->answer);
    whole = !next && outcome->next_url.empty();
    if (!next) break;
    arguments = std::move(next);
  }
  const auto found = search.found(whole);
  found_ = search.answer();
  why_ = search.why();
  co_return found;
}

CallOutcome Run::ended(CallState state, const Judged& judged) const {
  const auto& response = arrived_.response;
  CallOutcome out;
  out.state = state;
  out.status = response.status;
  out.tries = tries_;
  out.content_type = redactor_.text(std::string(response.headers.get("content-type")));
  out.past_end = judged.meaning == Meaning::past_end;
  out.retry_after = state == CallState::failed ? judged.retry_after : Milliseconds(0);
  if (state != CallState::done) {
    out.code = judged.code;
    out.message = judged.message;
  }
  if (judged.is_json) {
    out.answer = redactor_.json(judged.answer);
  } else if (state == CallState::done) {
    out.bytes = redactor_.text(response.body);
  }
  out.next_url = next_link(response.headers);
  return out;
}

CallOutcome Run::unknown(std::string why) const {
  auto out = ended(CallState::unknown, last_);
  out.message = redactor_.text(std::move(why));
  return out;
}

Run::Milliseconds Run::pause_of(int tried, const Judged& last) const {
  const auto& options = parts_.options;
  auto longest = options.first_pause;
  for (int i = 1; i < tried && longest < options.longest_pause; ++i) longest *= 2;
  longest = std::min(longest, options.longest_pause);
  const auto half = longest / 2;
  const auto by_chance = static_cast<std::int64_t>(static_cast<double>(half.count()) * options.chance());
  return std::max(last.retry_after, half + Milliseconds(by_chance));
}

Run::Milliseconds Run::left() const { return std::chrono::duration_cast<Milliseconds>(until_ - parts_.clock.steady()); }

const workflows::Probe* Run::probe() const {
  const auto found = service_.pack->probes.find(offered_.operation.name);
  return found == service_.pack->probes.end() ? nullptr : &found->second;
}

}  // namespace troupe::assistant::calls
