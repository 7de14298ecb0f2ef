#include "assistant/mcp_client/sse_link.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "assistant/calls/egress.h"

namespace troupe::assistant::mcp_client {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kEventsLife{3'600'000}, kBesidePatience{10'000};
constexpr std::size_t kMaxEventBytes = 9 * 1024 * 1024, kMaxPostAnswerBytes = 64 * 1024;
constexpr std::size_t kMaxLifeBytes = 64 * 1024 * 1024;  ///< then it is opened anew
constexpr std::size_t kMaxUnasked = 10'000, kMaxBeside = 16, kMaxAddressBytes = 2'048;

}  // namespace

asio::awaitable<std::optional<Reply>> SseLink::open(net::http::Headers headers, milliseconds patience) {
  const auto self = shared_from_this();
  last_headers_ = headers;
  opened_.expires_after(patience);
  auto reading = [](std::shared_ptr<SseLink> of, net::http::Headers with) -> asio::awaitable<void> {
    // One that is cut off before it ever waited would throw where nobody catches.
    co_await asio::post(asio::use_awaitable);
    auto going = of->read(std::move(with));
    co_await std::move(going);
  };
  asio::co_spawn(
      executor_, reading(self, std::move(headers)),
      asio::bind_cancellation_slot(over_signal_.slot(), [self](const std::exception_ptr&) { self->close(); }));
  if (!address_ && !over_) co_await opened_.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!address_) end(Error(Errc::timed_out, "the server did not say in time where messages go"));
  if (over_) co_return Reply::of_error(*over_, false);
  co_return std::nullopt;
}

asio::awaitable<void> SseLink::read(net::http::Headers headers) {
  const auto url = net::http::Url::parse(service_.base_url);
  if (!url) co_return fail(Error(Errc::invalid_param, "nothing says where " + service_.pack->title + " is"));
  net::client::ClientRequest request(calls::trust_of(service_, *url));
  request.url = url->origin() + url->target;
  request.headers = std::move(headers);
  request.headers.set("Accept", "text/event-stream");
  request.first_byte_timeout = request.idle_timeout = request.total_timeout = kEventsLife;
  request.max_body_bytes = kMaxEventBytes;
  request.max_stream_bytes = kMaxLifeBytes;
  request.max_redirects = 0;
  request.fresh_connection = true;
  auto streaming = http_.stream_events(std::move(request),
                                       [this](const net::client::ServerSentEvent& event) { return take(event); });
  const auto ended = co_await std::move(streaming);
  if (!ended) co_return fail(Error(ended.error()));
  fail(Error(Errc::unavailable, ended->status == 200
                                    ? "the server ended its stream"
                                    : "the server has no stream: status " + std::to_string(ended->status)));
}

bool SseLink::take_address(const net::client::ServerSentEvent& event) {
  const auto own = net::http::Url::parse(service_.base_url);
  auto named = own && event.event == "endpoint" && event.data.size() <= kMaxAddressBytes
                   ? own->resolve(event.data)
                   : Result<net::http::Url>(Error(Errc::invalid_param));
  if (!named || !named->same_origin(*own)) {
    fail(Error(Errc::forbidden, "the server sends messages elsewhere than to itself, or does not say where"));
    return false;
  }
  address_ = *std::move(named);
  opened_.cancel();
  return true;
}

bool SseLink::take(const net::client::ServerSentEvent& event) {
  if (over_) return false;
  if (!address_) return take_address(event);
  if (++unasked_ > kMaxUnasked) {
    fail(Error(Errc::too_large, "the server talks without being asked, and without end"));
    return false;
  }
  auto incoming = read_incoming(event.data);
  switch (incoming.kind) {
    case Incoming::Kind::answer: {
      const auto found = incoming.id ? waiting_.find(*incoming.id) : waiting_.end();
      if (found == waiting_.end()) return true;
      unasked_ = 0;
      auto& waiting = *found->second;
      waiting.reply =
          event.data.size() <= waiting.most_bytes
              ? std::move(incoming.reply)
              : Reply::of_error(Error(Errc::too_large, "the server answers with more than can be kept"), true);
      waiting.timer.cancel();
      waiting_.erase(found);
      return true;
    }
    case Incoming::Kind::notification:
      heard_(incoming.method);
      return true;
    case Incoming::Kind::request:
      post_soon(answer_text(incoming.raw_id, incoming.method));
      return true;
    case Incoming::Kind::noise:
      break;
  }
  return true;
}

asio::awaitable<SseLink::Posted> SseLink::post(std::string body, net::http::Headers headers, milliseconds patience) {
  net::client::ClientRequest request(calls::trust_of(service_, *address_));
  request.method = "POST";
  request.url = address_->origin() + address_->target;
  request.headers = std::move(headers);
  request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  request.first_byte_timeout = request.idle_timeout = request.total_timeout = patience;
  request.max_body_bytes = kMaxPostAnswerBytes;
  request.max_redirects = 0;
  request.fresh_connection = true;
  const auto never_sent = std::make_shared<bool>(false);
  request.never_sent = never_sent;
  auto sending = http_.send(std::move(request));
  auto answered = co_await std::move(sending);
  Posted out;
  if (answered) {
    out.response = *std::move(answered);
  } else {
    // What the address rules or the request's own form forbid never leaves.
    const auto code = answered.error().code();
    out.sent = !*never_sent && code != Errc::forbidden && code != Errc::invalid_param;
    out.error = std::move(answered).error();
  }
  co_return out;
}

void SseLink::post_soon(std::string body) {
  if (answering_ >= kMaxBeside || over_) return;
  ++answering_;
  auto beside = [](std::shared_ptr<SseLink> self, std::string said) -> asio::awaitable<void> {
    auto posting = self->post(std::move(said), self->last_headers_, kBesidePatience);
    co_await std::move(posting);
    --self->answering_;
  };
  asio::co_spawn(executor_, beside(shared_from_this(), std::move(body)), asio::detached);
}

asio::awaitable<Reply> SseLink::ask(Asked asked) {
  const auto self = shared_from_this();
  if (over_ || !address_) co_return Reply::of_error(over_ ? Error(*over_) : Error(Errc::unavailable), false);
  last_headers_ = asked.headers;
  const auto id = ++next_id_;
  const auto mine = std::make_shared<Waiting>(asio::steady_timer(executor_, asked.patience));
  mine->most_bytes = asked.most_bytes;
  waiting_.emplace(id, mine);
  auto posting = post(request_text(id, asked.method, asked.params), asked.headers, asked.patience);
  auto posted = co_await std::move(posting);
  const auto status = posted.response.status;
  const bool taken = !posted.error && status >= 200 && status < 300;
  if (taken && !mine->reply && !over_) co_await mine->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  waiting_.erase(id);
  if (mine->reply) co_return *std::move(mine->reply);
  if (posted.error) co_return Reply::of_error(*std::move(posted.error), posted.sent);
  if (!taken) {
    Reply out;
    out.kind = Reply::Kind::http;
    out.response = std::move(posted.response);
    co_return out;
  }
  if (over_) co_return Reply::of_error(Error(*over_), true);
  if (asked.method != "initialize") post_soon(cancelled_text(id));
  co_return Reply::of_error(Error(Errc::timed_out, "the server did not answer in time"), true);
}

asio::awaitable<void> SseLink::tell(std::string method, JsonObject params, net::http::Headers headers) {
  const auto self = shared_from_this();
  if (over_ || !address_) co_return;
  auto posting = post(notification_text(method, params), std::move(headers), kBesidePatience);
  co_await std::move(posting);
}

void SseLink::fail(Error why) {
  if (over_) return;
  over_ = std::move(why);
  opened_.cancel();
  for (const auto& [id, each] : waiting_) each->timer.cancel();
}

void SseLink::end(Error why) {
  if (over_) return;
  fail(std::move(why));
  over_signal_.emit(asio::cancellation_type::all);
}

}  // namespace troupe::assistant::mcp_client
