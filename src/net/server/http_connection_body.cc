// How a connection reads the bodies of requests.
#include <algorithm>

#include "net/server/http_connection.h"

namespace troupe::net::server {
namespace {

constexpr std::size_t kBodyBuffer = 64UL * 1024;
constexpr int kWholeBodyTimeouts = 10;  ///< a whole body takes at most so many body time-outs

}  // namespace

Task<Unit> HttpConnection::send_continue() {
  if (!std::exchange(awaits_continue_, false) || begin_ < end_) co_return Unit{};
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  stream_->write_within(listener_->options.limits.write_timeout);
  co_return co_await stream_->write_all(kContinue);
}

/// At least one step of progress in the body.
Task<Unit> HttpConnection::read_more_body() {
  if (begin_ == end_) {
    CO_TRY(co_await send_continue());
    CO_TRY(const std::size_t count, co_await fill());
    if (count == 0) co_return Error(Errc::invalid_param, "The body ended early.");
  }
  CO_TRY(const std::size_t used, parser_.feed(unread()));
  begin_ += used;
  if (used > 0 || parser_.done()) co_return Unit{};
  CO_TRY(const std::size_t count, co_await fill());
  if (count == 0) co_return Error(Errc::invalid_param, "The body ended early.");
  co_return Unit{};
}

Task<Unit> HttpConnection::read_whole_body(const route::Route& route) {
  const auto& limits = listener_->options.limits;
  const auto latest = std::chrono::steady_clock::now() + kWholeBodyTimeouts * limits.body_timeout;
  if (route.body == route::Body::none) parser_.discard_body();
  if (parser_.content_length() > kBodyBuffer && buffer_.size() < kBodyBuffer) {
    CO_TRY(body_room_.grow_to(kBodyBuffer, request_.remote_address));
    buffer_.resize(kBodyBuffer);
  }
  while (!parser_.done()) {
    stream_->read_until(std::min(latest, std::chrono::steady_clock::now() + limits.body_timeout));
    auto more = co_await read_more_body();
    const auto bytes = request_.body.size();
    if (more && bytes > BodyRoom::kNotCounted) {
      CO_TRY(body_room_.grow_to(bytes + buffer_.size(), request_.remote_address));
    }
    if (more) continue;
    if (more.error().code() != Errc::timed_out) co_return std::unexpected(std::move(more).error());
    co_return Error(Errc::timed_out, "The body did not come in time.").with_status(408);
  }
  co_return Unit{};
}

Task<std::string> HttpConnection::next() {
  if (buffer_.size() < kBodyBuffer) buffer_.resize(kBodyBuffer);
  while (request_.body.empty() && !parser_.done()) {
    stream_->read_within(listener_->options.limits.body_timeout);
    auto more = co_await read_more_body();
    if (!more) {
      closing_ = true;
      co_return std::unexpected(std::move(more).error());
    }
  }
  co_return std::exchange(request_.body, {});
}

/// True: the rest of the body is gone and the next request may come.
asio::awaitable<bool> HttpConnection::discard_body() {
  parser_.discard_body();
  parser_.limit_body(parser_.body_seen() + kCheapToDiscard);
  stream_->read_within(listener_->options.limits.body_timeout);
  while (!parser_.done()) {
    if (!co_await read_more_body()) co_return false;
  }
  co_return true;
}

}  // namespace troupe::net::server
