// Beast 1.81 asserts on a lone last chunk that comes byte by byte; without the assert it reads on correctly.
#define BOOST_DISABLE_ASSERTS
#include "net/client_exchange.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cctype>
#include <charconv>

namespace troupe::net {
namespace {
namespace http = boost::beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kMaxHeadBytes = 64 * 1024;
constexpr int kMaxInterimAnswers = 8;
constexpr std::size_t kReadBytes = 16 * 1024;
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

Error not_http(const error_code& ec) {
  return Error(Errc::unavailable, "the server's answer is not valid HTTP", ec.message());
}
}  // namespace

Result<Unit> check_request(const ClientRequest& request) {
  if (!is_token(request.method) || equals_ignoring_case(request.method, "CONNECT")) {
    return Error(Errc::invalid_param, "not an HTTP method that can be sent");
  }
  for (const auto& [name, value] : request.headers.all()) {
    if (!is_token(name) || !is_field_value(value)) {
      return Error(Errc::invalid_param, "a header holds characters that HTTP does not allow");
    }
    for (const auto own : kOwnHeaders) {
      if (equals_ignoring_case(name, own))
        return Error(Errc::invalid_param, "the header " + name + " cannot be set: the client does");
    }
  }
  return Unit{};
}

std::string request_head(const ClientRequest& request, const Url& url, bool with_body, bool accept_gzip) {
  std::string head = request.method + " " + url.target + " HTTP/1.1\r\nHost: " + url.authority() + "\r\n";
  for (const auto& [name, value] : request.headers.all()) head += name + ": " + value + "\r\n";
  if (!request.headers.has("user-agent")) head += "User-Agent: Troupe\r\n";
  if (!request.headers.has("accept")) head += "Accept: */*\r\n";
  if (accept_gzip) head += "Accept-Encoding: gzip\r\n";
  if (with_body) head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return head + "\r\n";
}

/// Collects the head, and of the body what came since the last look.
class ClientExchange::Parser final : public http::basic_parser<false> {
 public:
  Parser() {
    header_limit(kMaxHeadBytes);
    body_limit(boost::none);  // counted by whoever keeps the body
    eager(true);
  }
  int status = 0;
  Headers headers;
  std::string body;

 private:
  using view = boost::beast::string_view;
  void on_request_impl(http::verb, view, view, int, error_code&) override {}
  void on_response_impl(int code, view, int, error_code&) override { status = code; }
  void on_field_impl(http::field, view name, view value, error_code&) override {
    headers.add(std::string(name), std::string(value));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(view piece, error_code&) override { return keep(piece); }
  void on_chunk_header_impl(std::uint64_t, view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, view piece, error_code&) override { return keep(piece); }
  void on_finish_impl(error_code&) override {}
  std::size_t keep(view piece) {
    body.append(piece.data(), piece.size());
    return piece.size();
  }
};

ClientExchange::ClientExchange(ClientConnection& connection, Times times, bool head_only)
    : connection_(connection), times_(times), head_only_(head_only) {}
ClientExchange::~ClientExchange() = default;

int ClientExchange::status() const { return parser_->status; }
const Headers& ClientExchange::headers() const { return parser_->headers; }

std::optional<std::uint64_t> ClientExchange::announced_bytes() const {
  const auto length = parser_->content_length();
  return length && !head_only_ ? std::optional<std::uint64_t>(*length) : std::nullopt;
}

Task<Unit> ClientExchange::send(std::string_view head, std::string_view body) {
  auto& stream = *connection_.stream;
  const auto first = body.substr(0, kWriteBytes);
  body.remove_prefix(first.size());
  const std::string_view parts[] = {head, first};
  stream.write_until(std::min(Clock::now() + times_.idle, times_.total));
  CO_TRY([[maybe_unused]] Unit begun, co_await stream.write_all(parts));
  while (!body.empty()) {
    const auto piece = body.substr(0, kWriteBytes);
    body.remove_prefix(piece.size());
    stream.write_until(std::min(Clock::now() + times_.idle, times_.total));
    CO_TRY([[maybe_unused]] Unit written, co_await stream.write_all(piece));
  }
  co_return Unit{};
}

Task<Unit> ClientExchange::start(std::string_view head, std::string_view body) {
  const auto sent = co_await send(head, body);
  spoilt_ = !sent;
  if (!sent && sent.error().code() == Errc::timed_out) co_return sent;
  const auto first_byte_deadline = std::min(Clock::now() + times_.first_byte, times_.total);
  for (int interim = 0; interim <= kMaxInterimAnswers; ++interim) {
    parser_ = std::make_unique<Parser>();
    if (head_only_) parser_->skip(true);
    bool got_bytes = !connection_.input.empty();
    for (;;) {
      CO_TRY([[maybe_unused]] Unit parsed, parse());
      if (parser_->is_header_done()) break;
      const auto deadline = got_bytes ? std::min(Clock::now() + times_.idle, times_.total) : first_byte_deadline;
      const auto read = co_await read_more(deadline);
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
    if (parser_->status >= 200) co_return Unit{};
    if (parser_->status == 101) break;
  }
  spoilt_ = true;
  co_return Error(Errc::unavailable, "the server answered with a status that nobody asked for");
}

Task<Unit> ClientExchange::read_more(TimePoint deadline) {
  char buffer[kReadBytes];
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

Result<Unit> ClientExchange::parse() {
  auto& input = connection_.input;
  std::size_t taken = 0;
  while (taken < input.size() && !parser_->is_done()) {
    error_code ec;
    const auto used = parser_->put(boost::asio::buffer(input.data() + taken, input.size() - taken), ec);
    taken += used;
    if (ec == http::error::need_more) break;
    if (ec) {
      spoilt_ = true;
      return not_http(ec);
    }
    if (used == 0) break;
  }
  input.erase(0, taken);
  return Unit{};
}

Task<std::string> ClientExchange::body_piece() {
  for (;;) {
    if (!parser_->body.empty()) {
      std::string piece;
      piece.swap(parser_->body);
      co_return piece;
    }
    if (parser_->is_done()) co_return std::string();
    const auto deadline = std::min(Clock::now() + times_.idle, times_.total);
    CO_TRY([[maybe_unused]] Unit read, co_await read_more(deadline));
    if (ended_) {
      error_code ec;
      parser_->put_eof(ec);
      if (ec) co_return Error(Errc::unavailable, "the server closed the connection in the middle of its answer");
      continue;
    }
    CO_TRY([[maybe_unused]] Unit parsed, parse());
  }
}

bool ClientExchange::reusable() const {
  return !spoilt_ && !ended_ && parser_ && parser_->is_done() && parser_->keep_alive() && connection_.input.empty();
}

std::chrono::steady_clock::time_point ClientExchange::reusable_until() const {
  auto time = std::chrono::duration_cast<std::chrono::seconds>(kDefaultKeepAlive);
  // "Keep-Alive: timeout=5": a second less than the server says, so as not to meet its FIN.
  const auto hint = parser_->headers.get("keep-alive");
  const auto at = hint.find("timeout=");
  if (at != hint.npos) {
    int seconds = 0;
    const auto digits = hint.substr(at + 8);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    if (error == std::errc()) time = std::chrono::seconds(std::clamp<long>(seconds - 1, 0, kMaxKeepAlive.count()));
  }
  return Clock::now() + time;
}

}  // namespace troupe::net
