#include "net/server/http_connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <cstring>

#include "base/log.h"
#include "base/spare_memory.h"
#include "net/http/log_path.h"
#include "net/server/compress.h"
#include "net/server/request_facts.h"
#include "net/server/spare_buffers.h"
#include "net/websocket/websocket.h"
#include "net/websocket/websocket_frame.h"

namespace troupe::net::server {
namespace {

constexpr std::size_t kKeptBuffer = 16 * 1024;
constexpr std::size_t kWriteSlice = 64 * 1024;         ///< so much per write time-out at least
constexpr std::size_t kWriteInOneTurn = 256 * 1024;    ///< then others of the thread go on
constexpr std::size_t kLingerBytes = 8 * 1024 * 1024;  // a body a little over a limit: its sender reads why
constexpr std::chrono::milliseconds kLingerTime{2'000};
/// How often it is asked whether the client of a GET is there still: what it asks for changes nothing, so its handler,
/// or its stream of events, is stopped when nobody waits for it. A client that closes its half of the connection counts
/// as one that has left.
constexpr std::chrono::milliseconds kLookForClientEvery{1'000};
constexpr std::size_t kFirstOfStranger = 16UL * 1024;  ///< of a WebSocket: its first message

using SteadyClock = std::chrono::steady_clock;

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<ListenerFacts> listener, std::unique_ptr<tls::Stream> stream)
    : listener_(std::move(listener)),
      stream_(std::move(stream)),
      parser_({.head_bytes = listener_->options.limits.head_bytes,
               .header_count = listener_->options.limits.header_count,
               .target_bytes = listener_->options.limits.target_bytes}),
      body_room_(listener_->bodies) {
  const auto executor = stream_->get_executor();
  tls::DeadlineSweep::of(executor).watch(*this, executor);
}

asio::awaitable<void> HttpConnection::serve() {
  // Cancellation shows as a failed wait, and in handlers as the exception that Router::run() knows.
  co_await asio::this_coro::throw_if_cancelled(false);
  if (listener_->tls && !co_await secure()) co_return;
  Next next = Next::keep;
  while (next == Next::keep) {
    next = co_await read_head();
    if (next == Next::keep) next = co_await take_request();
    if (!admission_) continue;  // refused, if there was one
    // In this frame, so that no other is kept while the handler waits.
    begin_handling(*admission_->route);
    co_await asio::this_coro::throw_if_cancelled(true);
    auto response = co_await listener_->router.run(*admission_);
    handler_deadline_ = next_look_ = tls::Stream::kNever;
    waits_ = false;
    if (interrupted_) co_await asio::this_coro::reset_cancellation_state();
    co_await asio::this_coro::throw_if_cancelled(false);
    interrupted_ = false;
    const bool upgrades = response->websocket && admission_->route->websocket;
    const auto& route = *admission_->route;
    admission_.reset();
    if (upgrades) {
      next = co_await upgrade(std::move(response), route);
    } else {
      next = co_await after_answer(co_await write_response(*response));
    }
  }
  if (next == Next::linger) co_await linger();
  stream_->close();
}

/// False: no TLS came about, and the stream is gone.
asio::awaitable<bool> HttpConnection::secure() {
  const auto& limits = listener_->options.limits;
  stream_->read_within(limits.head_timeout);
  stream_->write_within(limits.head_timeout);
  auto secured = co_await listener_->tls->accept(std::move(stream_));
  if (secured) stream_ = *std::move(secured);
  co_return secured.has_value();
}

void HttpConnection::drain() {
  closing_ = true;
  if (idle_ && stream_) stream_->cancel();
  if (endless_) interrupt();
}

void HttpConnection::interrupt() {
  if (interrupted_ || idle_) return;
  interrupted_ = true;
  stop_waiting_.emit(asio::cancellation_type::terminal);
}

void HttpConnection::abort() {
  interrupt();
  if (stream_) stream_->close();
}

void HttpConnection::sweep(TimePoint now) {
  if (handler_deadline_ <= now) interrupt();
  if (std::exchange(waits_, false)) forget_what_was_read();
  if (next_look_ > now) return;
  next_look_ = now + kLookForClientEvery;
  if (stream_->peer_has_left()) {
    closing_ = true;
    interrupt();
  }
}

std::uint64_t HttpConnection::hsts_s() const {
  const auto& tls = listener_->options.tls;
  return tls ? tls->hsts_s : 0;
}

bool HttpConnection::may_keep_alive() const { return !closing_ && !listener_->draining && parser_.keep_alive(); }

/// Reads into the free part of the buffer, which the parser's limits keep small.
Task<std::size_t> HttpConnection::fill() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.empty()) buffer_ = SpareBuffers::of_thread().take();
  if (end_ == buffer_.size()) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    } else {
      buffer_.resize(buffer_.size() * 2);
    }
  }
  CO_TRY(const std::size_t count, co_await stream_->read_some({buffer_.data() + end_, buffer_.size() - end_}));
  end_ += count;
  co_return count;
}

/// keep: there is a request.
asio::awaitable<HttpConnection::Next> HttpConnection::read_head() {
  const auto& limits = listener_->options.limits;
  parser_.start(request_);
  body_room_.clear();
  idle_ = true;
  if (buffer_.size() > kKeptBuffer) give_buffer_back();
  stream_->read_within(limits.idle_timeout);
  for (;;) {
    if (begin_ < end_) {
      auto used = parser_.feed(unread());
      if (!used) {
        co_return co_await answer_parse_error(std::move(used).error());
      }
      begin_ += *used;
      if (parser_.head_done()) {
        idle_ = false;
        started_ = SteadyClock::now();
        co_return Next::keep;
      }
      if (idle_ && parser_.started()) {
        idle_ = false;
        stream_->read_within(limits.head_timeout);
      }
    }
    if (idle_ && (closing_ || listener_->draining)) co_return Next::close;
    // Later requests of a busy client are often there already: only the first is waited for without a buffer.
    if (std::exchange(fresh_, false) && !co_await stream_->wait_readable()) co_return Next::close;
    auto count = co_await fill();
    if (!count && count.error().code() == Errc::timed_out && !idle_) {
      co_return co_await answer_parse_error(
          Error(Errc::timed_out, "The request did not come in time.").with_status(408));
    }
    if (count && *count == 0 && !idle_) {
      co_return co_await answer_parse_error(Error(Errc::invalid_param, "The request ended in the middle."));
    }
    if (!count || *count == 0) co_return Next::close;
  }
}

/// admission_: there is a request, whole as far as its handler wants it. None: it was refused, and answered so.
asio::awaitable<HttpConnection::Next> HttpConnection::take_request() {
  fill_request_facts(request_, *stream_, listener_->trusted_proxies);
  auto& router = listener_->router;
  awaits_continue_ = parser_.expects_continue() && parser_.has_body();
  auto admission = co_await router.admit(listener_->rules.name, request_);
  if (admission.refusal) co_return co_await refuse(admission, std::move(admission.refusal));

  const route::Route& route = *admission.route;
  parser_.limit_body(route.max_body_bytes);
  if (route.body == route::Body::stream) {
    request_.stream = this;
  } else if (!parser_.done()) {
    if (auto body = co_await read_whole_body(route); !body) {
      closing_ = true;
      std::string().swap(request_.body);  // an answer may take as long as its reader likes
      body_room_.clear();
      co_return co_await refuse(admission, refusal_of(body.error(), route.dialect));
    }
  }

  admission_ = std::move(admission);
  co_return Next::keep;
}

void HttpConnection::begin_handling(const route::Route& route) {
  const auto now = SteadyClock::now();
  interrupted_ = false;
  handler_deadline_ = now + route.deadline;
  if (request_.method == "GET") next_look_ = now + kLookForClientEvery;
  waits_ = route.waits;
  if (!waits_) return;
  give_buffer_back();
  base::drop_spare_memory();
}

/// Not inlined: the frame of a coroutine would keep room for its locals.
[[gnu::noinline]] route::Router::ResponsePtr HttpConnection::refusal_of(const Error& error,
                                                                        route::Dialect dialect) const {
  return std::make_unique<http::Response>(route::render_error(error, dialect, request_.request_id));
}

/// Unless it holds a request that came right behind.
void HttpConnection::give_buffer_back() {
  if (begin_ != end_) return;
  SpareBuffers::of_thread().give_back(std::exchange(buffer_, {}));
  begin_ = end_ = 0;
}

/// What is not needed while thousands wait. Not at once: most answers do not wait, and their successors need it again.
void HttpConnection::forget_what_was_read() {
  std::string().swap(head_);
  std::string().swap(request_.body);
  body_room_.clear();
  std::string().swap(request_.target);
  forget_idle_fields(request_.headers);
  give_buffer_back();
}

/// Answers without running a handler.
asio::awaitable<HttpConnection::Next> HttpConnection::refuse(const route::Router::Admission& admission,
                                                             route::Router::ResponsePtr response) {
  listener_->router.count(admission, response->status);
  // A client that waits for "100 Continue" may or may not send the body now: the connection has lost its rhythm.
  if (awaits_continue_ || parser_.content_length() > kCheapToDiscard) closing_ = true;
  co_return co_await after_answer(co_await write_response(*response));
}

/// What is left of the body decides whether the connection goes on.
asio::awaitable<HttpConnection::Next> HttpConnection::after_answer(bool written) {
  if (!written) co_return Next::close;
  if (parser_.done()) co_return may_keep_alive() ? Next::keep : Next::linger;
  if (!may_keep_alive() || awaits_continue_ || !co_await discard_body()) co_return Next::linger;
  co_return Next::keep;
}

/// Ends our side first and swallows what still comes, so that the peer reads the answer instead of a reset.
asio::awaitable<void> HttpConnection::linger() {
  stream_->write_within(kLingerTime);
  if (!co_await stream_->shutdown_write()) co_return;
  stream_->read_within(kLingerTime);
  if (buffer_.empty()) buffer_ = SpareBuffers::of_thread().take();
  for (std::size_t swallowed = 0; swallowed < kLingerBytes;) {
    auto count = co_await stream_->read_some({buffer_.data(), buffer_.size()});
    if (!count || *count == 0) co_return;
    swallowed += *count;
  }
}

/// For bytes that are no request: there is no route, so the listener decides how the error looks.
asio::awaitable<HttpConnection::Next> HttpConnection::answer_parse_error(Error error) {
  request_.request_id = make_request_id();
  http::Response response = route::render_error(error, listener_->rules.dialect, request_.request_id);
  head_.clear();
  http::write_head(head_, response,
                   {.date = http::http_date(),
                    .request_id = request_.request_id,
                    .framing = http::Framing::length,
                    .content_length = response.body.size(),
                    .keep_alive = false,
                    .http_1_0 = false,
                    .cors = listener_->rules.cors,
                    .hsts_s = hsts_s()});
  log_access(response.status);
  co_return co_await write_body(response.body) ? Next::linger : Next::close;
}

/// head_ and a body; a big body in slices, each with the whole write time-out.
asio::awaitable<bool> HttpConnection::write_body(std::string_view body) {
  const auto timeout = listener_->options.limits.write_timeout;
  std::array<std::string_view, 2> parts{head_, body.substr(0, kWriteSlice)};
  stream_->write_within(timeout);
  if (!co_await stream_->write_all(parts)) co_return false;
  std::size_t since_turn = 0;
  for (auto rest = body.substr(parts[1].size()); !rest.empty();
       rest.remove_prefix(std::min(rest.size(), kWriteSlice))) {
    since_turn += kWriteSlice;
    if (since_turn >= kWriteInOneTurn) {  // a fast reader would have the thread to itself for all of it
      since_turn = 0;
      co_await asio::post(asio::use_awaitable);
    }
    stream_->write_within(timeout);
    if (!co_await stream_->write_all(rest.substr(0, kWriteSlice))) co_return false;
  }
  co_return true;
}

void HttpConnection::make_head(const http::Response& response, http::Framing framing, std::uint64_t content_length) {
  const bool keep = may_keep_alive();
  if (!keep) closing_ = true;
  head_.clear();
  http::write_head(head_, response,
                   {.date = http::http_date(),
                    .request_id = request_.request_id,
                    .framing = framing,
                    .content_length = content_length,
                    .keep_alive = keep,
                    .http_1_0 = parser_.http_1_0(),
                    .cors = listener_->rules.cors,
                    .hsts_s = hsts_s()});
}

asio::awaitable<bool> HttpConnection::write_response(http::Response& response) {
  log_access(response.status);
  if (response.stream) co_return co_await write_streamed(response);
  co_await maybe_compress(request_, response);
  const std::string_view body = response.shared_body ? *response.shared_body : std::string_view(response.body);
  const bool bodiless = has_no_body(response.status);
  make_head(response, bodiless ? http::Framing::none : http::Framing::length,
            is_head() ? response.content_length.value_or(body.size()) : body.size());
  co_return co_await write_body(bodiless || is_head() ? std::string_view() : body);
}

asio::awaitable<bool> HttpConnection::write_streamed(http::Response& response) {
  const bool bodiless = has_no_body(response.status);
  promised_bytes_ = response.content_length;
  chunked_answer_ = !promised_bytes_ && !parser_.http_1_0() && !bodiless;
  if (!promised_bytes_ && parser_.http_1_0()) closing_ = true;
  const auto framing = bodiless          ? http::Framing::none
                       : promised_bytes_ ? http::Framing::length
                       : chunked_answer_ ? http::Framing::chunked
                                         : http::Framing::until_close;
  make_head(response, framing, promised_bytes_.value_or(0));
  if (!co_await write_body({})) co_return false;
  if (bodiless || is_head()) co_return true;
  endless_ = response.headers.get("Content-Type").starts_with("text/event-stream");
  if (endless_ && listener_->draining) co_return false;
  // A stream that has nothing to say would learn only from its next heartbeat that its page was closed, and counts
  // until then among the few that its reader may have.
  if (endless_ && request_.method == "GET") next_look_ = SteadyClock::now() + kLookForClientEvery;
  co_await asio::this_coro::throw_if_cancelled(true);
  Result<Unit> outcome;
  try {
    outcome = co_await response.stream(*this);
  } catch (const std::exception& error) {
    outcome = Error(Errc::unavailable, "The answer could not be finished.", error.what());
  }
  endless_ = false;
  next_look_ = tls::Stream::kNever;
  if (interrupted_) co_await asio::this_coro::reset_cancellation_state();
  co_await asio::this_coro::throw_if_cancelled(false);
  interrupted_ = false;
  // Without the last chunk or all promised bytes the peer sees that the answer is cut short.
  if (!outcome || promised_bytes_.value_or(0) > 0) {
    if (!outcome && outcome.error().code() != Errc::unavailable) {
      base::log_warning("net", "a streamed answer was cut short",
                        {{"error", outcome.error().message()},
                         {"detail", outcome.error().detail()},
                         {"request_id", request_.request_id}});
    }
    co_return false;
  }
  if (!chunked_answer_) co_return true;
  stream_->write_within(listener_->options.limits.write_timeout);
  constexpr std::string_view kLastChunk = "0\r\n\r\n";
  co_return (co_await stream_->write_all(kLastChunk)).has_value();
}

Task<Unit> HttpConnection::write(std::string piece) {
  if (piece.empty()) co_return Unit{};
  if (promised_bytes_) {
    if (piece.size() > *promised_bytes_) co_return Error(Errc::internal, "The answer is longer than announced.");
    *promised_bytes_ -= piece.size();
  }
  std::array<char, 18> size{};
  char* end = std::to_chars(size.data(), size.data() + 16, piece.size(), 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  const std::array<std::string_view, 3> parts{std::string_view(size.data(), end), piece, "\r\n"};
  stream_->write_within(listener_->options.limits.write_timeout);
  if (!chunked_answer_) co_return co_await stream_->write_all(std::string_view(piece));
  co_return co_await stream_->write_all(parts);
}

asio::awaitable<HttpConnection::Next> HttpConnection::upgrade(route::Router::ResponsePtr response,
                                                              const route::Route& route) {
  auto accept = websocket::websocket_handshake(request_);
  if (!accept) {
    http::Response refusal = route::render_error(accept.error(), route::Dialect::problem, request_.request_id);
    refusal.headers.add("Sec-WebSocket-Version", "13");
    refusal.headers.add("Upgrade", "websocket");
    co_return co_await after_answer(co_await write_response(refusal));
  }
  response->status = 101;
  response->headers.add("Upgrade", "websocket");
  response->headers.add("Connection", "Upgrade");
  response->headers.add("Sec-WebSocket-Accept", *std::move(accept));
  log_access(response->status);
  head_.clear();
  http::write_head(head_, *response,
                   {.date = http::http_date(),
                    .request_id = request_.request_id,
                    .framing = http::Framing::none,
                    .content_length = 0,
                    .keep_alive = true,
                    .http_1_0 = false,
                    .cors = false});
  if (!co_await write_body({})) co_return Next::close;
  stream_->read_until(tls::Stream::kNever);
  stream_->write_until(tls::Stream::kNever);
  // Where anybody may come in, the first message says who it is.
  const auto first = route.needs == route::Access::open ? kFirstOfStranger : route.max_body_bytes;
  co_await websocket::serve_websocket(*stream_, std::string(unread()), std::move(response->websocket),
                                      {.max_message_bytes = route.max_body_bytes, .max_first_bytes = first});
  co_return Next::close;
}

void HttpConnection::log_access(int status) const {
  if (!base::log_enabled(base::LogLevel::debug)) return;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - started_);
  base::log_debug("net", "request",
                  {{"method", request_.method},
                   {"path", http::path_for_log(request_.path)},
                   {"status", status},
                   {"remote", request_.remote_address},
                   {"took_us", took.count()},
                   {"request_id", request_.request_id}});
}

}  // namespace troupe::net::server
