#include "assistant/calls/run.h"

#include <algorithm>
#include <array>
#include <ranges>

#include "assistant/calls/answer_files.h"
#include "assistant/calls/egress.h"
#include "base/encoding.h"

namespace troupe::assistant::calls {
namespace {

using workflows::ProbeKind;

constexpr int kMaxRedirects = 3;
/// Of whoever stands before a service, or of a service for what stands behind it: it waited no longer. 408, 504, and
/// what is in use beside them (522 and 524 of Cloudflare, 598 and 599 of other proxies).
constexpr std::array kGaveUp{408, 504, 522, 524, 598, 599};
/// Some say 503 to it, or hang up: nobody who is out of order takes so long to say so.
constexpr std::chrono::milliseconds kLongWait{20'000};
constexpr std::chrono::milliseconds kLeastRequestTime{10'000};
constexpr std::chrono::milliseconds kLeastProbeTime{60'000};
constexpr std::chrono::milliseconds kUsualHold{1'000};  ///< a service that says "too often" and not for how long

bool is_read(const std::string& method) { return method == "GET" || method == "HEAD"; }

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// Files that lie in either of two places.
class BothFiles final : public Files {
 public:
  BothFiles(Files* first, Files& second) : first_(first), second_(second) {}
  bool is_reference(std::string_view text) const override { return is_first(text) || second_.is_reference(text); }
  Task<Blob> read(std::string person, std::string reference, std::size_t most_bytes) override {
    auto& from = is_first(reference) ? *first_ : second_;
    return from.read(std::move(person), std::move(reference), most_bytes);
  }
  Task<std::string> link(std::string person, std::string reference, std::string service_url) override {
    auto& from = is_first(reference) ? *first_ : second_;
    return from.link(std::move(person), std::move(reference), std::move(service_url));
  }

 private:
  bool is_first(std::string_view text) const { return first_ != nullptr && first_->is_reference(text); }
  Files* first_;
  Files& second_;
};

/// Whether what stands behind whoever answered, or did not, may be at it still.
bool may_be_at_it(const Arrived& arrived, std::chrono::milliseconds took) {
  if (!arrived.sent) return false;
  if (arrived.broken) return arrived.broken->code() == Errc::timed_out || took >= kLongWait;
  const auto status = arrived.response.status;
  return std::ranges::find(kGaveUp, status) != kGaveUp.end() || (status >= 500 && took >= kLongWait);
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
      redactor_(redactor_of(service_)),
      until_(parts.clock.steady() + context_.patience),
      turns_left_(context_.turns) {}

Task<CallOutcome> Run::go(JsonObject arguments, std::optional<net::http::Url> url) {
  if (url) {
    prepared_.request.method = offered_.operation.method;
    url_ = *std::move(url);
  } else {
    CO_TRY(prepared_, prepare(*service_.pack, offered_, std::move(arguments), context_.marker));
    if (offered_.tool && parts_.options.tools == nullptr)
      co_return Error(Errc::unavailable, "tools of MCP servers are not called here");
    // A program has no address.
    const bool program = offered_.tool && service_.pack->config.mcp && service_.pack->config.mcp->stdio;
    if (!program) {
      CO_TRY(url_, destination(service_, prepared_.request));
    }
  }
  limits_ = limits_of(service_, offered_, prepared_.arguments);
  if (offered_.operation.writes && context_.sent_ms) {
    lost_ = true;
    first_sent_ms_ = last_sent_ms_ = *context_.sent_ms;
    const auto age = Milliseconds(parts_.clock.unix_ms() - first_sent_ms_);
    old_ = age >= parts_.options.request_time;
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
      const auto allowance = last_.limited ? turns_left_ : Milliseconds(0);
      if (pause > left() + allowance) co_return doubtful_ ? unknown(last_.message) : ended(CallState::failed, last_);
      const auto begun = parts_.clock.steady();
      if (!co_await pause_for(parts_.options.pause, parts_.clock, pause, context_)) continue;
      if (last_.limited) waited_for_turn(begun);
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
  const auto came = parts_.clock.steady();
  CO_TRY(co_await parts_.limits.enter(limits_, until_ + turns_left_, context_));
  waited_for_turn(came);
  BothFiles files(context_.files, parts_.files);
  CO_TRY(auto sendable, co_await calls::sendable(files, context_.person, prepared_.request, service_.base_url));
  // A service may say it back.
  for (const auto& link : sendable.links) redactor_.add(link.substr(link.rfind('/') + 1));
  auto shown = noted(redactor_, sendable.shown);
  const auto content_type = sendable.content_type;
  CO_TRY(auto request, co_await made(std::move(sendable)));
  Sending sending{.call_id = context_.call_id,
                  .number = ++tries_,
                  .service = service_.pack->config.service,
                  .operation = offered_.operation.name,
                  .method = request.method,
                  .url = redactor_.text(shown_url()),
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
  last_sent_ms_ = sending.at_ms;
  const auto begun = parts_.clock.steady();
  auto sending_it = offered_.tool ? call_tool(std::move(request)) : send(std::move(request));
  arrived_ = co_await std::move(sending_it);
  const auto took = std::chrono::duration_cast<Milliseconds>(parts_.clock.steady() - begun);
  // A gateway that gave up says no more than we do.
  timed_out_ = may_be_at_it(arrived_, took);
  auto judged = judge(service_, offered_, arrived_, parts_.clock.unix_ms());
  judged.code = redactor_.text(std::move(judged.code));
  judged.message = redactor_.text(std::move(judged.message));
  if (judged.limited) {
    if (judged.retry_after.count() == 0) judged.retry_after = kUsualHold;
    parts_.limits.hold(limits_, judged.retry_after);
  }
  auto recorded = co_await written_down(std::move(sending), judged, took);
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

asio::awaitable<Arrived> Run::call_tool(net::client::ClientRequest request) {
  ToolCall call{.service = service_,
                .tool = *offered_.tool,
                .arguments = prepared_.arguments,
                .headers = std::move(request.headers),
                .writes = offered_.operation.writes,
                .patience = request.total_timeout,
                .most_answer_bytes = request.max_body_bytes};
  return parts_.options.tools->call(std::move(call));
}

std::string Run::shown_url() const {
  if (url_.host.empty()) return "stdio:" + service_.pack->config.service;
  return url_.origin() + url_.target;
}

Task<Unit> Run::written_down(Sending sending, const Judged& judged, Milliseconds took) {
  Received received{.status = arrived_.response.status,
                    .content_type = redactor_.text(std::string(arrived_.response.headers.get("content-type"))),
                    .body = noted(redactor_, arrived_.response.body),
                    .error = arrived_.broken ? judged.message : std::string(),
                    .meaning = std::string(name_of(judged.meaning)),
                    .sent = arrived_.sent,
                    .took = took};
  return journal_.after(std::move(sending), std::move(received));
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
  if (known->kind == ProbeKind::etag && !bears_version(*known))
    co_return unknown("it was sent without the version that it changes, so that a second one would not be refused");
  if (known->within && Milliseconds(parts_.clock.unix_ms() - first_sent_ms_) > *known->within)
    co_return unknown("it was sent long ago, and others may have changed since what it sets");
  if (known->kind == ProbeKind::repeatable && !co_await out_of_the_way())
    co_return unknown("it was cancelled before that was known");
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

bool Run::bears_version(const workflows::Probe& probe) const {
  boost::system::error_code failed;
  const auto whole = Json(prepared_.arguments);
  const auto* version = whole.find_pointer(probe.etag, failed);
  if (version == nullptr || version->is_null()) return false;
  // "*" is any version (RFC 9110 section 13.1.1).
  return !version->is_string() || (!version->get_string().empty() && version->get_string() != "*");
}

asio::awaitable<bool> Run::out_of_the_way() {
  if (!timed_out_ && !(old_ && tries_ == 0)) co_return true;
  const auto after = parts_.options.settle_timed_out;
  const auto rest = Milliseconds(last_sent_ms_ - parts_.clock.unix_ms()) + after;
  if (rest.count() <= 0) co_return true;
  co_return co_await pause_for(parts_.options.pause, parts_.clock, std::min(rest, after), context_);
}

asio::awaitable<Found> Run::probed(const workflows::Probe& probe) {
  const auto& options = parts_.options;
  const auto recent = std::max(2 * options.request_time, options.settle_timed_out);
  const bool fresh = timed_out_ || parts_.clock.unix_ms() - first_sent_ms_ < recent.count();
  why_ = "it was cancelled before that was known";
  if (fresh && !co_await pause_for(options.pause, parts_.clock, options.settle_first, context_))
    co_return Found::cannot_tell;
  auto found = co_await looked_for(probe);
  if (!fresh || found != Found::not_done) co_return found;
  if (!co_await pause_for(options.pause, parts_.clock, options.settle_again, context_)) co_return Found::cannot_tell;
  found = co_await looked_for(probe);
  if (found != Found::not_done) co_return found;
  if (timed_out_) co_return co_await looked_for_late(probe);
  const bool heard_nothing = context_.sent_ms && tries_ == 0;
  if (!heard_nothing) co_return found;
  co_return co_await last_look(probe, first_sent_ms_, old_ ? options.settle_timed_out : options.settle_last);
}

asio::awaitable<Found> Run::last_look(const workflows::Probe& probe, base::UnixMs sent_ms, Milliseconds after) {
  const auto rest = Milliseconds(sent_ms - parts_.clock.unix_ms()) + after;
  if (rest.count() <= 0) co_return Found::not_done;
  why_ = "it was cancelled before that was known";
  // A clock that was set back is no reason to wait longer.
  if (!co_await pause_for(parts_.options.pause, parts_.clock, std::min(rest, after), context_))
    co_return Found::cannot_tell;
  co_return co_await looked_for(probe);
}

asio::awaitable<Found> Run::looked_for_late(const workflows::Probe& probe) {
  const auto found = co_await last_look(probe, last_sent_ms_, parts_.options.settle_timed_out);
  if (found != Found::not_done) co_return found;
  why_ = "no answer came in time; it is not there yet, but the service may still be at it";
  co_return Found::cannot_tell;
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
                        .turns = context_.turns,
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
    if (is_file(response)) out.files.push_back(file_of(response, url_.target));
    if (!reads_as_text(response)) out.bytes.clear();
  }
  if (state == CallState::done) {
    for (const auto& file : arrived_.files | std::views::take(kMaxFilesOfAnswer)) out.files.push_back(file);
  }
  for (auto& file : out.files) {
    file.bytes = redactor_.text(std::move(file.bytes));
    file.name = redactor_.text(std::move(file.name));
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

void Run::waited_for_turn(std::chrono::steady_clock::time_point since) {
  const auto waited = std::chrono::duration_cast<Milliseconds>(parts_.clock.steady() - since);
  const auto free = std::min(waited, turns_left_);
  turns_left_ -= free;
  until_ += free;
}

Run::Milliseconds Run::left() const { return std::chrono::duration_cast<Milliseconds>(until_ - parts_.clock.steady()); }

const workflows::Probe* Run::probe() const {
  const auto found = service_.pack->probes.find(offered_.operation.name);
  return found == service_.pack->probes.end() ? nullptr : &found->second;
}

}  // namespace troupe::assistant::calls
