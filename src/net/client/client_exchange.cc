#include "net/client/client_exchange.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cctype>
#include <charconv>
#include <limits>

namespace troupe::net::client {
namespace {
namespace beast_http = boost::beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kMaxHeadBytes = 64 * 1024;
constexpr int kMaxInterimAnswers = 8;
constexpr std::size_t kReadBytes = 16 * 1024;
constexpr std::size_t kHeadBytes = 1'024;  ///< a head, and often all of an answer: large buffers cost malloc() more
constexpr std::size_t kWriteBytes = 64 * 1024;  ///< each piece must be taken within the idle time-out
constexpr auto kDefaultKeepAlive = std::chrono::seconds(30);
constexpr auto kMaxKeepAlive = std::chrono::seconds(90);
constexpr std::string_view kOwnHeaders[] = {
    "host", "connection", "content-length", "transfer-encoding", "expect", "upgrade", "keep-alive", "te", "trailer"};

bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) || kMarks.contains(static_cast<char>(c)));
  });
}

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7f); });
}

}  // namespace

Result<Unit> check_request(const ClientRequest& request) {
  if (!is_token(request.method) || http::equals_ignoring_case(request.method, "CONNECT")) {
    return Error(Errc::invalid_param, "not an HTTP method that can be sent");
  }
  for (const auto& [name, value] : request.headers.all()) {
    if (!is_token(name) || !is_field_value(value)) {
      return Error(Errc::invalid_param, "a header holds characters that HTTP does not allow");
    }
    for (const auto own : kOwnHeaders) {
      if (http::equals_ignoring_case(name, own))
        return Error(Errc::invalid_param, "the header " + name + " cannot be set: the client does");
    }
  }
  return Unit{};
}

std::string request_head(const ClientRequest& request, const http::Url& url, bool with_body, bool accept_gzip) {
  std::string head = request.method + " " + url.target + " HTTP/1.1\r\nHost: " + url.authority() + "\r\n";
  for (const auto& [name, value] : request.headers.all()) head += name + ": " + value + "\r\n";
  if (!request.headers.has("user-agent")) head += "User-Agent: Troupe\r\n";
  if (!request.headers.has("accept")) head += "Accept: */*\r\n";
  if (accept_gzip) head += "Accept-Encoding: gzip\r\n";
  if (with_body) head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return head + "\r\n";
}

/// Beast's grammar for the head only: its chunk parser asserts on a lone last chunk that comes byte by byte.
class ClientExchange::HeadParser final : public beast_http::basic_parser<false> {
 public:
  HeadParser() {
    header_limit(kMaxHeadBytes);
    skip(true);
  }
  int status = 0;
  http::Headers headers;

 private:
  using view = boost::beast::string_view;
  void on_request_impl(beast_http::verb, view, view, int, error_code&) override {}
  void on_response_impl(int code, view, int, error_code&) override { status = code; }
  void on_field_impl(beast_http::field name, view text, view value, error_code& ec) override {
    const std::string_view coding(value.data(), value.size());
    if (name == beast_http::field::transfer_encoding && !http::equals_ignoring_case(coding, "chunked")) {
      ec = beast_http::error::bad_transfer_encoding;  // we asked for none, so another one cannot be told from garbage
    }
    headers.add(std::string(text), std::string(value));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(view piece, error_code&) override { return piece.size(); }
  void on_chunk_header_impl(std::uint64_t, view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, view piece, error_code&) override { return piece.size(); }
  void on_finish_impl(error_code&) override {}
};

ClientExchange::ClientExchange(ClientConnection& connection, Times times, bool head_only, bool upgrades)
    : connection_(connection), times_(times), head_only_(head_only), upgrades_(upgrades) {}
ClientExchange::~ClientExchange() = default;

int ClientExchange::status() const { return head_->status; }
const http::Headers& ClientExchange::headers() const { return head_->headers; }

std::optional<std::uint64_t> ClientExchange::announced_bytes() const {
  return framing_ == Framing::length ? std::optional(length_) : std::nullopt;
}

Task<Unit> ClientExchange::send(std::string_view head, std::string_view body) {
  auto& stream = *connection_.stream;
  const auto first = body.substr(0, kWriteBytes);
  body.remove_prefix(first.size());
  const std::string_view parts[] = {head, first};
  stream.write_until(std::min(Clock::now() + times_.idle, times_.total));
  CO_TRY(co_await stream.write_all(parts));
  while (!body.empty()) {
    const auto piece = body.substr(0, kWriteBytes);
    body.remove_prefix(piece.size());
    stream.write_until(std::min(Clock::now() + times_.idle, times_.total));
    CO_TRY(co_await stream.write_all(piece));
  }
  co_return Unit{};
}

Task<Unit> ClientExchange::start(std::string_view head, std::string_view body) {
  const auto sent = co_await send(head, body);
  spoilt_ = !sent;
  if (!sent && sent.error().code() == Errc::timed_out) co_return sent;
  const auto first_byte_deadline = std::min(Clock::now() + times_.first_byte, times_.total);
  for (int interim = 0; interim <= kMaxInterimAnswers; ++interim) {
    head_ = std::make_unique<HeadParser>();
    bool got_bytes = !connection_.input.empty();
    for (;;) {
      CO_TRY(parse_head());
      if (head_->is_done()) break;
      const auto deadline = got_bytes ? std::min(Clock::now() + times_.idle, times_.total) : first_byte_deadline;
      // Many may wait long for an answer: the buffer is there only from its first byte on.
      auto read = got_bytes ? Result<Unit>(Unit{}) : co_await wait_for_more(deadline);
      if (read) read = co_await read_more<kHeadBytes>(deadline);
      if (!read) {
        if (!sent) co_return sent;  // why the request could not be written says more
        co_return read;
      }
      if (ended_) {
        if (!sent) co_return sent;
        co_return Error(Errc::unavailable, "the server closed the connection without an answer");
      }
      got_bytes = true;
    }
    if (head_->status >= 200) {
      choose_framing();
      co_return Unit{};
    }
    if (head_->status == 101) {
      if (upgrades_) co_return Unit{};
      break;
    }
  }
  spoilt_ = true;
  co_return Error(Errc::unavailable, "the server answered with a status that nobody asked for");
}

Task<Unit> ClientExchange::wait_for_more(TimePoint deadline) {
  connection_.stream->read_until(deadline);
  const auto waited = co_await connection_.stream->wait_readable();
  if (!waited) spoilt_ = true;
  co_return waited;
}

template <std::size_t kBytes>
Task<Unit> ClientExchange::read_more(TimePoint deadline) {
  char buffer[kBytes];
  connection_.stream->read_until(deadline);
  const auto got = co_await connection_.stream->read_some(buffer);
  if (!got) {
    spoilt_ = true;
    co_return std::unexpected(got.error());
  }
  if (*got == 0) ended_ = true;
  if (*got > 0) answered_ = true;
  connection_.input.append(buffer, *got);
  co_return Unit{};
}

Result<Unit> ClientExchange::parse_head() {
  auto& input = connection_.input;
  if (input.empty()) return Unit{};
  error_code ec;
  const auto used = head_->put(boost::asio::buffer(input.data(), input.size()), ec);
  if (ec && ec != beast_http::error::need_more) {
    spoilt_ = true;
    return Error(Errc::unavailable, "the server's answer is not valid HTTP", ec.message());
  }
  input.erase(0, used);
  return Unit{};
}

/// SPEC: RFC 9112 section 6.3. Beast has refused two lengths and a length beside chunks.
void ClientExchange::choose_framing() {
  const int status = head_->status;
  if (head_only_ || status == 204 || status == 304) {
    framing_ = Framing::none;
  } else if (head_->chunked()) {
    framing_ = Framing::chunked;
  } else if (const auto length = head_->content_length()) {
    framing_ = Framing::length;
    length_ = *length;
  } else {
    framing_ = Framing::until_close;
  }
}

/// What the input holds of the body.
Result<std::string> ClientExchange::take_body() {
  auto& input = connection_.input;
  std::string piece;
  if (framing_ == Framing::chunked) {
    const auto used = chunks_.feed(input, &piece, std::numeric_limits<std::uint64_t>::max());
    if (!used) {
      spoilt_ = true;
      return Error(Errc::unavailable, "the server's answer is not valid HTTP", used.error().message());
    }
    input.erase(0, *used);
  } else if (framing_ != Framing::none) {
    const auto left = framing_ == Framing::length ? length_ - taken_ : input.size();
    if (input.size() <= left) {
      piece.swap(input);
    } else {
      piece = input.substr(0, static_cast<std::size_t>(left));
      input.erase(0, piece.size());
    }
    taken_ += piece.size();
  }
  return piece;
}

bool ClientExchange::is_done() const {
  switch (framing_) {
    case Framing::none:
      return true;
    case Framing::length:
      return taken_ == length_;
    case Framing::chunked:
      return chunks_.done();
    case Framing::until_close:
      return ended_;
  }
  return true;
}

Task<std::string> ClientExchange::body_piece() {
  for (;;) {
    CO_TRY(auto piece, take_body());
    if (!piece.empty() || is_done()) co_return piece;
    if (ended_) co_return Error(Errc::unavailable, "the server closed the connection in the middle of its answer");
    CO_TRY(co_await read_more<kReadBytes>(std::min(Clock::now() + times_.idle, times_.total)));
  }
}

bool ClientExchange::reusable() const {
  return !spoilt_ && !ended_ && head_ && head_->is_done() && is_done() && head_->keep_alive() &&
         connection_.input.empty();
}

std::chrono::steady_clock::time_point ClientExchange::reusable_until() const {
  auto time = std::chrono::duration_cast<std::chrono::seconds>(kDefaultKeepAlive);
  // "Keep-Alive: timeout=5": a second less than the server says, so as not to meet its FIN.
  const auto hint = head_->headers.get("keep-alive");
  const auto at = hint.find("timeout=");
  if (at != hint.npos) {
    int seconds = 0;
    const auto digits = hint.substr(at + 8);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (error == std::errc()) time = std::chrono::seconds(std::clamp<long>(seconds - 1, 0, kMaxKeepAlive.count()));
  }
  return Clock::now() + time;
}

}  // namespace troupe::net::client
