#include "net/tls/tls_engine.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "net/tls/stream_over.h"

namespace troupe::net::tls {
namespace {
constexpr std::size_t kSmallRead = 4 * 1024;    ///< what an idle connection holds
constexpr std::size_t kLargeRead = 32 * 1024;   ///< once the peer sends more than that at a time
constexpr std::size_t kRecord = 16 * 1024;      ///< the most plain text that one TLS record holds
constexpr std::size_t kMaxPending = 64 * 1024;  ///< ciphertext gathered before it is written

class TlsStream final : public StreamOver {
 public:
  TlsStream(std::unique_ptr<Stream> lower, SslPtr ssl)
      : StreamOver(std::move(lower)),
        ssl_(std::move(ssl)),
        from_peer_(BIO_new(BIO_s_mem())),
        to_peer_(BIO_new(BIO_s_mem())),
        flushed_(lower_->get_executor(), std::chrono::steady_clock::time_point::max()) {
    if (!from_peer_ || !to_peer_) throw std::bad_alloc();
    SSL_set_bio(ssl_.get(), from_peer_, to_peer_);
  }

  Task<Unit> handshake() {
    for (;;) {
      ERR_clear_error();
      const int result = SSL_do_handshake(ssl_.get());
      const int error = SSL_get_error(ssl_.get(), result);
      const std::string reason = error == SSL_ERROR_SSL ? openssl_error() : std::string();
      const auto flushed = co_await flush();  // on a failure: the alert
      if (result == 1) co_return flushed;
      if (error != SSL_ERROR_WANT_READ) co_return Error(Errc::unavailable, handshake_failure(), reason);
      if (!flushed) co_return flushed;
      CO_TRY(const bool more, co_await fill());
      if (!more) co_return Error(Errc::unavailable, "the peer closed the connection during the TLS handshake");
    }
  }

  Task<std::size_t> read_some(std::span<char> into) override {
    for (;;) {
      ERR_clear_error();
      std::size_t got = 0;
      const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
      const int error = SSL_get_error(ssl_.get(), result);
      if (result == 1) co_return got;
      if (error == SSL_ERROR_ZERO_RETURN) co_return 0;
      if (error != SSL_ERROR_WANT_READ) co_return Error(Errc::unavailable, "TLS failed", openssl_error());
      // The answer to a key update, when nobody else is writing (whoever is takes it along).
      if (!flushing_) {
        CO_TRY(co_await flush());
      }
      CO_TRY(const bool more, co_await fill());
      if (!more) co_return Error(Errc::unavailable, "the connection was cut off");
    }
  }

  Task<Unit> write_all(std::span<const std::string_view> parts) override {
    std::string joined;  // small parts share a record
    for (const auto part : parts) {
      if (joined.size() + part.size() <= kRecord) {
        joined += part;
        continue;
      }
      CO_TRY(co_await encrypt(joined));
      joined.clear();
      CO_TRY(co_await encrypt(part));
    }
    CO_TRY(co_await encrypt(joined));
    co_return co_await flush();
  }

  Task<Unit> shutdown_write() override {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    CO_TRY(co_await flush());
    co_return co_await lower_->shutdown_write();
  }

  bool tls() const override { return true; }

 private:
  std::string handshake_failure() const {
    const long verdict = SSL_get_verify_result(ssl_.get());
    if (verdict == X509_V_OK) return "the TLS handshake failed";
    return std::string("the peer's certificate is not accepted: ") + X509_verify_cert_error_string(verdict);
  }

  /// Ciphertext from below. False: the peer has ended.
  Task<bool> fill() {
    buffer_.resize(want_bytes_);
    CO_TRY(const std::size_t got, co_await lower_->read_some(buffer_));
    if (got == 0) co_return false;
    std::size_t written = 0;
    if (BIO_write_ex(from_peer_, buffer_.data(), got, &written) != 1 || written != got) throw std::bad_alloc();
    want_bytes_ = got == buffer_.size() ? kLargeRead : kSmallRead;
    if (buffer_.size() > kSmallRead && want_bytes_ == kSmallRead) buffer_ = {};
    co_return true;
  }

  Task<Unit> encrypt(std::string_view plain) {
    while (!plain.empty()) {
      const auto piece = plain.substr(0, kMaxPending);
      ERR_clear_error();
      std::size_t taken = 0;
      if (SSL_write_ex(ssl_.get(), piece.data(), piece.size(), &taken) != 1) {
        co_return Error(Errc::unavailable, "TLS failed", openssl_error());
      }
      plain.remove_prefix(taken);
      if (BIO_ctrl_pending(to_peer_) < kMaxPending) continue;
      CO_TRY(co_await flush());
    }
    co_return Unit{};
  }

  /// Sends the ciphertext that has gathered, one flush at a time so that records stay in order.
  Task<Unit> flush() {
    while (flushing_) co_await flushed_.async_wait(asio::as_tuple(asio::use_awaitable));
    struct Turn {
      TlsStream& stream;
      ~Turn() {
        stream.flushing_ = false;
        stream.flushed_.cancel();
      }
    } turn{*this};
    flushing_ = true;
    while (const std::size_t pending = BIO_ctrl_pending(to_peer_)) {
      std::string bytes(pending, '\0');
      std::size_t got = 0;
      BIO_read_ex(to_peer_, bytes.data(), bytes.size(), &got);
      bytes.resize(got);
      CO_TRY(co_await lower_->write_all(bytes));
    }
    co_return Unit{};
  }

  SslPtr ssl_;
  BIO* from_peer_;  // both owned by ssl_
  BIO* to_peer_;
  asio::steady_timer flushed_;
  bool flushing_ = false;
  std::vector<char> buffer_;
  std::size_t want_bytes_ = kSmallRead;
};
}  // namespace

std::string openssl_error() {
  std::string text;
  while (const unsigned long code = ERR_get_error()) {
    char line[256];
    ERR_error_string_n(code, line, sizeof line);
    if (!text.empty()) text += "; ";
    text += line;
  }
  return text;
}

Task<std::unique_ptr<Stream>> tls_handshake(std::unique_ptr<Stream> lower, SslPtr ssl) {
  auto stream = std::make_unique<TlsStream>(std::move(lower), std::move(ssl));
  const auto done = co_await stream->handshake();
  if (!done) {
    stream->close();
    co_return std::unexpected(done.error());
  }
  co_return std::unique_ptr<Stream>(std::move(stream));
}

}  // namespace troupe::net::tls
