#include "assistant/mcp_client/http_link.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "assistant/calls/egress.h"
#include "assistant/mcp_wire/versions.h"

namespace troupe::assistant::mcp_client {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr int kMaxRedirects = 3, kMaxResumes = 5;
constexpr std::size_t kMaxEvents = 10'000, kMaxSessionBytes = 1'024, kMaxEventIdBytes = 1'024, kMaxAside = 16,
                      kAsideBytes = 64 * 1024;
constexpr milliseconds kBeforeResuming{1'000}, kAsidePatience{10'000};

bool is_stream(const net::client::ClientResponse& response) {
  return response.headers.get("content-type").starts_with("text/event-stream");
}

/// What the protocol lets a session be called.
bool is_session(std::string_view text) {
  return !text.empty() && text.size() <= kMaxSessionBytes &&
         std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7e; });
}

}  // namespace

/// One request while it is under way.
struct HttpLink::Exchange {
  std::int64_t id = 0;
  bool aside = false;  ///< nothing that comes is looked at
  std::size_t most_bytes = 0, bytes = 0, events = 0;
  bool sent = false, too_large = false;
  std::string last_event;
  net::http::Headers headers;  ///< for what is answered beside it
  std::optional<Error> error;
  net::client::ClientResponse response;
  std::optional<Reply> reply;
};

void HttpLink::speak(std::string version, bool modern) {
  version_ = std::move(version);
  modern_ = modern;
}

net::client::ClientRequest HttpLink::request_of(const net::http::Headers& headers, milliseconds patience,
                                                std::size_t most_bytes) const {
  net::client::ClientRequest out(net::client::Trust::untrusted);
  out.method = "POST";
  out.headers = headers;
  out.headers.set("Content-Type", "application/json");
  out.headers.set("Accept", "application/json, text/event-stream");
  if (!version_.empty()) out.headers.set(std::string(mcp_wire::kVersionHeader), version_);
  if (!session_.empty()) out.headers.set(std::string(mcp_wire::kSessionHeader), session_);
  out.first_byte_timeout = out.idle_timeout = out.total_timeout = patience;
  out.max_body_bytes = out.max_stream_bytes = most_bytes;
  out.max_redirects = 0;
  out.fresh_connection = true;
  return out;
}

asio::awaitable<Reply> HttpLink::ask(Asked asked) {
  const auto self = shared_from_this();
  executor_ = co_await asio::this_coro::executor;
  if (closed_) co_return Reply::of_error(Error(Errc::unavailable, "the connection to the server was closed"), false);
  const auto exchange = std::make_shared<Exchange>();
  exchange->id = ++next_id_;
  exchange->most_bytes = asked.most_bytes;
  exchange->headers = last_headers_ = asked.headers;
  auto request = request_of(asked.headers, asked.patience, asked.most_bytes);
  request.body = request_text(exchange->id, asked.method, asked.params);
  const auto until = Steady::now() + asked.patience;
  auto sending = send(std::move(request), exchange);
  co_await std::move(sending);
  for (int tries = 0; tries < kMaxResumes && !exchange->reply && !modern_ && exchange->sent && !exchange->too_large &&
                      !exchange->last_event.empty() && Steady::now() + kBeforeResuming < until;
       ++tries) {
    asked.patience = std::chrono::duration_cast<milliseconds>(until - Steady::now());
    auto resuming = resume(asked, exchange);
    co_await std::move(resuming);
  }
  auto reply = reply_of(exchange);
  const auto session = exchange->response.headers.get(mcp_wire::kSessionHeader);
  if (asked.method == "initialize" && reply.is_result() && is_session(session)) session_ = session;
  const bool gave_up = reply.kind == Reply::Kind::broken && reply.sent && asked.method != "initialize";
  if (gave_up && !modern_) post_soon(cancelled_text(exchange->id), asked.headers);
  co_return reply;
}

asio::awaitable<void> HttpLink::send(net::client::ClientRequest request, std::shared_ptr<Exchange> exchange) {
  auto url = net::http::Url::parse(service_.base_url);
  if (!url) {
    exchange->error = Error(Errc::invalid_param, "nothing says where " + service_.pack->title + " is");
    co_return;
  }
  for (int hops = 0;; ++hops) {
    request.url = url->origin() + url->target;
    request.trust = calls::trust_of(service_, *url);
    const auto never_sent = std::make_shared<bool>(false);
    request.never_sent = never_sent;
    auto receive = [this, exchange](const net::client::ServerSentEvent& event) { return take(event, exchange); };
    auto sending = http_.stream_events(request, std::move(receive));
    auto answered = co_await std::move(sending);
    if (!answered) {
      // What the address rules or the request's own form forbid never leaves.
      const auto code = answered.error().code();
      if (hops == 0 && (*never_sent || code == Errc::forbidden || code == Errc::invalid_param)) {
        exchange->error = std::move(answered).error();
        co_return;
      }
      exchange->sent = true;
      exchange->error = std::move(answered).error();
      co_return;
    }
    exchange->sent = true;
    exchange->error.reset();
    exchange->response = *std::move(answered);
    const auto status = exchange->response.status;
    const std::string location(exchange->response.headers.get("location"));
    if ((status != 307 && status != 308) || location.empty()) co_return;
    auto next = calls::redirected(service_, *url, location);
    if (!next || hops >= kMaxRedirects) {
      // Whoever sends on did nothing.
      exchange->sent = false;
      exchange->error =
          next ? Error(Errc::forbidden, url->origin() + " redirects without end") : std::move(next).error();
      co_return;
    }
    *url = *std::move(next);
  }
}

asio::awaitable<void> HttpLink::resume(const Asked& asked, std::shared_ptr<Exchange> exchange) {
  asio::steady_timer timer(co_await asio::this_coro::executor, kBeforeResuming);
  co_await timer.async_wait(asio::use_awaitable);
  auto request = request_of(asked.headers, asked.patience, asked.most_bytes);
  request.method = "GET";
  request.headers.set("Accept", "text/event-stream");
  request.headers.set("Last-Event-ID", exchange->last_event);
  const auto first = exchange->response;
  auto sending = send(std::move(request), exchange);
  co_await std::move(sending);
  // What the POST was answered with says more than that no stream is offered here.
  if (!exchange->reply && exchange->response.status != 200) {
    exchange->last_event.clear();
    exchange->response = first;
  }
}

asio::awaitable<StreamEnd> HttpLink::listen(Asked asked) {
  const auto self = shared_from_this();
  executor_ = co_await asio::this_coro::executor;
  if (closed_) co_return StreamEnd::none;
  const auto exchange = std::make_shared<Exchange>();
  exchange->id = ++next_id_;
  exchange->most_bytes = asked.most_bytes;
  exchange->headers = asked.headers;
  auto request = request_of(asked.headers, asked.patience, kMaxStreamEventBytes);
  request.max_stream_bytes = kMaxStreamBytes;
  if (modern_) {
    request.body = request_text(exchange->id, asked.method, asked.params);
  } else {
    request.method = "GET";
    request.headers.set("Accept", "text/event-stream");
    if (!last_heard_.empty()) request.headers.set("Last-Event-ID", last_heard_);
  }
  auto sending = send(std::move(request), exchange);
  co_await std::move(sending);
  last_heard_ = exchange->last_event;
  co_return end_of_stream(exchange);
}

StreamEnd HttpLink::end_of_stream(const std::shared_ptr<Exchange>& exchange) const {
  const auto status = exchange->response.status;
  const bool answered = !exchange->error && !exchange->reply;
  if (answered && is_stream(exchange->response)) return StreamEnd::over;
  const auto reply = reply_of(exchange);
  switch (reply.kind) {
    case Reply::Kind::refused:
      return reply.code == static_cast<int>(mcp_wire::Code::method_not_found) ||
                     reply.code == static_cast<int>(mcp_wire::Code::invalid_params)
                 ? StreamEnd::none
                 : StreamEnd::over;
    case Reply::Kind::http:
      break;
    case Reply::Kind::result:
      return StreamEnd::over;
    case Reply::Kind::broken:
      return answered ? StreamEnd::none : StreamEnd::over;  // a page instead of a stream
  }
  if (status == 401 || status == 403 || (status == 404 && has_session())) return StreamEnd::refused;
  const bool later = status >= 500 || status == 408 || status == 409 || status == 425 || status == 429;
  return later && status != 501 ? StreamEnd::over : StreamEnd::none;
}

bool HttpLink::take(const net::client::ServerSentEvent& event, const std::shared_ptr<Exchange>& exchange) {
  if (exchange->aside) return false;
  exchange->bytes += event.data.size();
  if (!event.id.empty() && event.id.size() <= kMaxEventIdBytes) exchange->last_event = event.id;
  exchange->too_large = exchange->bytes > exchange->most_bytes || ++exchange->events > kMaxEvents;
  if (exchange->too_large) return false;
  auto incoming = read_incoming(event.data);
  switch (incoming.kind) {
    case Incoming::Kind::answer:
      if (incoming.id && *incoming.id != exchange->id) return true;
      exchange->reply = std::move(incoming.reply);
      return false;
    case Incoming::Kind::notification:
      heard_(incoming.method);
      return true;
    case Incoming::Kind::request:
      if (!modern_) post_soon(answer_text(incoming.raw_id, incoming.method), exchange->headers);
      return true;
    case Incoming::Kind::noise:
      break;
  }
  return true;
}

Reply HttpLink::reply_of(const std::shared_ptr<Exchange>& exchange) const {
  auto& it = *exchange;
  if (it.reply) {
    it.reply->response.status = it.response.status;
    return *std::move(it.reply);
  }
  if (it.too_large)
    return Reply::of_error(Error(Errc::too_large, "the server answers with more than can be kept"), true);
  if (it.error) return Reply::of_error(*std::move(it.error), it.sent);
  const auto status = it.response.status;
  if (status == 200 && is_stream(it.response))
    return Reply::of_error(Error(Errc::unavailable, "the server ended its answer before it was there"), true);
  auto incoming = read_incoming(it.response.body);
  if (incoming.kind == Incoming::Kind::answer && (!incoming.id || *incoming.id == it.id)) {
    incoming.reply.response.status = status;
    incoming.reply.response.headers = it.response.headers;
    return std::move(incoming.reply);
  }
  if (status >= 200 && status < 300)
    return Reply::of_error(Error(Errc::unavailable, "the server's answer is no message of the protocol"), true);
  Reply out;
  out.kind = Reply::Kind::http;
  out.response = std::move(it.response);
  return out;
}

asio::awaitable<void> HttpLink::tell(std::string method, JsonObject params, net::http::Headers headers) {
  const auto self = shared_from_this();
  auto posting = post(notification_text(method, params), std::move(headers));
  co_await std::move(posting);
}

void HttpLink::post_soon(std::string body, net::http::Headers headers) {
  // A server that asks faster than it takes answers gets no more: each is a connection.
  if (closed_ || aside_ >= kMaxAside) return;
  ++aside_;
  auto beside = [](std::shared_ptr<HttpLink> self, std::string said, net::http::Headers of) -> asio::awaitable<void> {
    auto posting = self->post(std::move(said), std::move(of));
    co_await std::move(posting);
    --self->aside_;
  };
  asio::co_spawn(executor_, beside(shared_from_this(), std::move(body), std::move(headers)), asio::detached);
}

asio::awaitable<void> HttpLink::post(std::string body, net::http::Headers headers) {
  auto request = request_of(headers, kAsidePatience, kAsideBytes);
  request.body = std::move(body);
  auto sending = send_aside(std::move(request));
  co_await std::move(sending);
}

asio::awaitable<void> HttpLink::send_aside(net::client::ClientRequest request) {
  const auto exchange = std::make_shared<Exchange>();
  exchange->aside = true;
  auto sending = send(std::move(request), exchange);
  co_await std::move(sending);
}

void HttpLink::close() {
  if (closed_) return;
  closed_ = true;
  if (session_.empty() || !executor_) return;
  auto ending = [](std::shared_ptr<HttpLink> self) -> asio::awaitable<void> {
    auto request = self->request_of(self->last_headers_, kAsidePatience, kAsideBytes);
    request.method = "DELETE";
    auto sending = self->send_aside(std::move(request));
    co_await std::move(sending);
  };
  asio::co_spawn(executor_, ending(shared_from_this()), asio::detached);
}

}  // namespace troupe::assistant::mcp_client
