#include "net/http/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <optional>

#include "net/http/chunk_decoder.h"

namespace troupe::net::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::system::error_code;
using BeastView = boost::beast::string_view;

constexpr int kMaxEmptyLines = 4;
constexpr std::size_t kKeptBodyBytes = 16 * 1024;  ///< a larger buffer is not kept for the next request

std::string_view view(BeastView text) { return {text.data(), text.size()}; }

Error bad_request(std::string message) { return Error(Errc::invalid_param, std::move(message)); }
Error head_too_large() { return Error(Errc::too_large, "The head of the request is too large.").with_status(431); }
Error target_too_long() { return Error(Errc::too_large, "The request target is too long.").with_status(414); }

/// Beast's grammar for the head, with our own receivers and limits. It skips the body: its chunk parser (1.81) asserts
/// on a lone last chunk that comes byte by byte, and keeps what it could forget.
class Grammar final : public beast_http::basic_parser<true> {
 public:
  Grammar(const HeadLimits& limits, Request& request) : limits_(limits), request_(request) {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes));
    skip(true);
  }

  std::optional<Error> refusal;  ///< why a receiver stopped the parser
  bool expects_continue = false;
  bool has_request_line = false;
  bool http_1_0 = false;

 private:
  void refuse(Error error, error_code& stop) {
    refusal = std::move(error);
    stop = beast_http::error::bad_value;
  }

  void on_request_impl(beast_http::verb, BeastView method, BeastView target, int version, error_code& stop) override {
    has_request_line = true;
    http_1_0 = version == 10;
    if (target.size() > limits_.target_bytes) return refuse(target_too_long(), stop);
    request_.method.assign(method.data(), method.size());
    if (auto parsed = request_.set_target(view(target)); !parsed) refuse(std::move(parsed).error(), stop);
  }

  void on_field_impl(beast_http::field name, BeastView name_text, BeastView value, error_code& stop) override {
    if (request_.headers.all().size() >= limits_.header_count) {
      return refuse(Error(Errc::too_large, "The request has too many header fields.").with_status(431), stop);
    }
    if (name == beast_http::field::transfer_encoding) {
      if (!equals_ignoring_case(view(value), "chunked")) {
        return refuse(Error(Errc::unsupported, "The only transfer encoding accepted is chunked.").with_status(501),
                      stop);
      }
      if (http_1_0) return refuse(bad_request("HTTP/1.0 has no transfer encodings."), stop);
    } else if (name == beast_http::field::host) {
      if (std::exchange(has_host_, true)) return refuse(bad_request("The request has two Host fields."), stop);
    } else if (name == beast_http::field::expect) {
      if (!equals_ignoring_case(view(value), "100-continue")) {
        return refuse(Error(Errc::unsupported, "This expectation cannot be met.").with_status(417), stop);
      }
      expects_continue = !http_1_0;
    }
    request_.headers.append(view(name_text), view(value));
  }

  void on_header_impl(error_code& stop) override {
    if (!http_1_0 && !has_host_) refuse(bad_request("The Host field is missing."), stop);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(BeastView piece, error_code&) override { return piece.size(); }
  void on_chunk_header_impl(std::uint64_t, BeastView, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView piece, error_code&) override { return piece.size(); }
  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, BeastView, int, error_code&) override {}

  const HeadLimits& limits_;
  Request& request_;
  bool has_host_ = false;
};

Error explain(const error_code& failed) {
  if (failed == beast_http::error::header_limit) return head_too_large();
  if (failed == beast_http::error::bad_version) {
    return Error(Errc::unsupported, "Only HTTP/1.1 and HTTP/1.0 are spoken here.").with_status(505);
  }
  if (failed == beast_http::error::bad_transfer_encoding) {
    return bad_request("Content-Length and Transfer-Encoding exclude each other.");
  }
  if (failed == beast_http::error::multiple_content_length)
    return bad_request("The request has two different lengths.");
  if (failed == beast_http::error::bad_content_length) return bad_request("The Content-Length is not usable.");
  return bad_request("This is not a well-formed HTTP request (" + failed.message() + ").");
}

/// What is known of a request after its head.
struct ParsedHead {
  std::uint64_t content_length = 0;  ///< 0 when chunked or without body
  bool chunked = false;
  bool keep_alive = false;
  bool expects_continue = false;
  bool http_1_0 = false;
};

}  // namespace

struct RequestParser::Impl {
  explicit Impl(HeadLimits chosen) : limits(chosen) {}

  bool head_done() const { return head.has_value(); }
  bool body_done() const { return head->chunked ? chunks.done() : body_seen == head->content_length; }
  Result<std::size_t> feed_head(std::string_view bytes);
  Result<std::size_t> feed_body(std::string_view bytes);

  HeadLimits limits;
  Request* request = nullptr;
  std::unique_ptr<Grammar> grammar;  ///< while a head is being read only: most connections wait, before one or behind
  std::optional<ParsedHead> head;
  ChunkDecoder chunks;
  std::uint64_t body_limit = 0;
  std::uint64_t body_seen = 0;
  std::size_t head_seen = 0;
  int empty_lines = 0;
  bool started = false;
  bool discard = false;
};

RequestParser::RequestParser(HeadLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

void RequestParser::start(Request& request) {
  request.method.clear();
  request.target.clear();
  request.path.clear();
  request.query.clear();
  request.headers.clear();
  if (request.body.capacity() > kKeptBodyBytes) request.body = {};
  request.body.clear();
  request.stream = nullptr;
  impl_->request = &request;
  impl_->grammar.reset();
  impl_->head.reset();
  impl_->chunks = {};
  impl_->body_limit = 0;
  impl_->body_seen = 0;
  impl_->head_seen = 0;
  impl_->empty_lines = 0;
  impl_->started = false;
  impl_->discard = false;
}

Result<std::size_t> RequestParser::feed(std::string_view bytes) {
  if (bytes.empty() || done()) return std::size_t{0};
  impl_->started = true;
  return impl_->head_done() ? impl_->feed_body(bytes) : impl_->feed_head(bytes);
}

Result<std::size_t> RequestParser::Impl::feed_head(std::string_view bytes) {
  if (!grammar) grammar = std::make_unique<Grammar>(limits, *request);
  std::size_t skipped = 0;
  if (!grammar->got_some()) {  // RFC 9112 2.2: tolerate empty lines in front of a request
    while (bytes.starts_with("\r\n")) {
      if (++empty_lines > kMaxEmptyLines) return bad_request("Too many empty lines in front of the request.");
      bytes.remove_prefix(2);
      skipped += 2;
    }
    if (bytes.empty() || bytes == "\r") return skipped;
  }
  error_code failed;
  const std::size_t consumed = grammar->put(asio::const_buffer(bytes.data(), bytes.size()), failed);
  if (failed && failed != beast_http::error::need_more) {
    if (grammar->refusal) return std::unexpected(*std::exchange(grammar->refusal, std::nullopt));
    if (failed == beast_http::error::header_limit && !grammar->has_request_line) return target_too_long();
    return explain(failed);
  }
  // A field over several lines is what servers and proxies in front of them read differently.
  const auto taken = bytes.substr(0, consumed);
  if (taken.find("\r\n ") != taken.npos || taken.find("\r\n\t") != taken.npos)
    return bad_request("A header field goes on in the next line.");
  const bool unfinished = !grammar->is_done();
  const std::size_t left = bytes.size() - consumed;
  head_seen += consumed;
  if (unfinished && !grammar->has_request_line && left > limits.target_bytes + 64) return target_too_long();
  if (head_seen + (unfinished ? left : 0) > limits.head_bytes) return head_too_large();
  if (unfinished) return skipped + consumed;
  head = ParsedHead{.content_length = grammar->content_length().value_or(0),
                    .chunked = grammar->chunked(),
                    .keep_alive = grammar->keep_alive(),
                    .expects_continue = grammar->expects_continue,
                    .http_1_0 = grammar->http_1_0};
  grammar.reset();
  return skipped + consumed;
}

Result<std::size_t> RequestParser::Impl::feed_body(std::string_view bytes) {
  std::string* into = discard ? nullptr : &request->body;
  if (head->chunked) {
    auto used = chunks.feed(bytes, into, body_limit);
    body_seen = chunks.seen();
    return used;
  }
  const auto length = head->content_length;
  if (length > body_limit) return Error(Errc::too_large, "The body is too large.");
  const auto piece =
      bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(length - body_seen, bytes.size())));
  if (into) into->append(piece);
  body_seen += piece.size();
  return piece.size();
}

bool RequestParser::started() const { return impl_->started; }
bool RequestParser::head_done() const { return impl_->head_done(); }
bool RequestParser::done() const { return impl_->head_done() && impl_->body_done(); }
bool RequestParser::keep_alive() const { return impl_->head && impl_->head->keep_alive; }
bool RequestParser::expects_continue() const { return impl_->head && impl_->head->expects_continue; }
bool RequestParser::has_body() const { return impl_->head && (impl_->head->chunked || content_length() > 0); }
std::uint64_t RequestParser::content_length() const { return impl_->head ? impl_->head->content_length : 0; }
bool RequestParser::http_1_0() const { return impl_->head && impl_->head->http_1_0; }
std::uint64_t RequestParser::body_seen() const { return impl_->body_seen; }
void RequestParser::limit_body(std::uint64_t bytes) { impl_->body_limit = bytes; }
void RequestParser::discard_body() {
  impl_->discard = true;
  impl_->request->body.clear();
}

}  // namespace troupe::net::http
