#include "fleet/brains/openai/chat_attempt.h"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "fleet/brains/brain_http.h"
#include "fleet/brains/exchange.h"

namespace troupe::fleet::brains {
namespace {

using Time = std::chrono::steady_clock::time_point;

/// Shown while a model reasons and has said nothing yet.
constexpr std::string_view kThinks = "💭";

/// When the model last said something.
struct Tokens {
  Time last = std::chrono::steady_clock::now();
  bool any = false;
};

/// Ends when the model has been silent for too long. `tokens` outlives it.
asio::awaitable<void> watch(const Tokens& tokens, TokenPatience patience) {
  constexpr std::chrono::hours kNever{24};
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (;;) {
    const auto allowed = tokens.any ? patience.between : patience.first;
    const auto until = tokens.last + allowed.value_or(kNever);
    if (std::chrono::steady_clock::now() >= until) co_return;
    timer.expires_at(until);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

/// The stream, or nothing when it was given up for its silence.
asio::awaitable<std::optional<Result<net::client::ClientResponse>>> stream_patiently(
    const AttemptUses& uses, net::client::ClientRequest request,
    std::function<bool(const net::client::ServerSentEvent&)> receive, const Tokens& tokens, TokenPatience patience) {
  using asio::experimental::awaitable_operators::operator||;
  auto& stream = uses.growing.stream();
  if (!patience.first && !patience.between) {
    co_return co_await stream_noted(uses.http, std::move(request), std::move(receive), stream);
  }
  ExchangeNote note(request, stream);
  auto hear = [&](const net::client::ServerSentEvent& event) {
    note.heard(event.data);
    return receive(event);
  };
  auto streaming = uses.http.stream_events(std::move(request), hear);
  auto first = co_await (std::move(streaming) || watch(tokens, patience));
  auto* response = std::get_if<0>(&first);
  note.end(response != nullptr && *response ? &**response : nullptr);
  if (response == nullptr) co_return std::nullopt;
  co_return std::move(*response);
}

bool says_anything(const ChatAnswer& answer) {
  return !answer.text.empty() || !answer.reasoning.empty() || answer.wants_tool;
}

/// Of an answer that ended as it should, by HTTP's rules.
void read_whole(Attempt& attempt, const ChatAnswer& streamed, const net::client::ClientResponse& response) {
  attempt.status = 200;
  if (streamed.whole || says_anything(streamed)) {
    attempt.answer = streamed;
  } else if (response.body.empty()) {
    attempt.failure = Error(Errc::unavailable, "The model's server sent an empty answer.");
  } else if (auto whole = read_chat_body(response.body)) {
    attempt.answer = *std::move(whole);
  } else {
    attempt.failure = std::move(whole).error();
  }
}

}  // namespace

void GrowingAnswer::show(const ChatAnswer& answer) {
  if (answer.text.size() > shown_ && !may_be_tool_markup(answer.text)) {
    shown_ = answer.text.size();
    stream_.update(answer.text);
  } else if (answer.text.empty() && shown_ == 0 && !answer.reasoning.empty() && !thinks_) {
    thinks_ = true;
    stream_.doing(kThinks);
  }
}

asio::awaitable<Attempt> attempt_chat(net::client::ClientRequest request, const AttemptUses& uses,
                                      TokenPatience patience) {
  Attempt attempt;
  ChatStream chat;
  Tokens tokens;
  std::size_t came = 0;
  std::optional<Error> broken;
  auto receive = [&](const net::client::ServerSentEvent& event) {
    auto more = chat.feed(event.data);
    if (!more) {
      broken = std::move(more).error();
      return false;
    }
    const auto bytes = chat.answer().text.size() + chat.answer().reasoning.size();
    if (bytes > came || chat.answer().wants_tool) {
      tokens = {.last = std::chrono::steady_clock::now(), .any = true};
      came = bytes;
      if (uses.grew) uses.grew(came);
    }
    uses.growing.show(chat.answer());
    return *more && uses.growing.stream().wanted();
  };
  request.max_body_bytes = kMaxChatBodyBytes;
  auto response = co_await stream_patiently(uses, std::move(request), receive, tokens, patience);
  chat.end();
  const bool came_broken = broken.has_value();
  if (!response) {
    attempt.slow = true;
    attempt.failure = Error(Errc::timed_out, "The model's server kept silent for too long.");
  } else if (came_broken) {
    attempt.failure = std::move(broken);
  } else if (!*response) {
    attempt.failure = std::move(*response).error();
  } else if ((*response)->status != 200) {
    attempt.status = (*response)->status;
    attempt.retry_after = retry_after((*response)->headers, uses.clock.unix_ms());
    attempt.refusal = read_chat_error(attempt.status, (*response)->body);
  } else {
    read_whole(attempt, chat.answer(), **response);
  }
  if (attempt.failure) {
    attempt.begun = chat.answer();
    // Something had come: an answer had begun, and what is shown of it is shown by the core, with a sentence below it.
    if (attempt.begun.whole || attempt.has_begun() || (response && *response) || came_broken) attempt.status = 200;
  }
  co_return attempt;
}

}  // namespace troupe::fleet::brains
