// For tests: a server on loopback that does what a script says, certificates, and running a task with a deadline.
#pragma once
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <array>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <thread>

#include "base/crypto.h"
#include "net/tls/stream.h"
#include "net/tls/tls_stream.h"

namespace troupe::net::tls::testing {
using namespace std::chrono_literals;
using asio::ip::tcp;

/// Runs the task on `io` to its end; fails the test (and yields nothing) after 20 s.
template <class T>
std::optional<T> run_to_end(asio::io_context& io, asio::awaitable<T> task) {
  std::optional<T> result;
  std::exception_ptr failure;
  bool done = false;
  asio::co_spawn(io, std::move(task), [&](std::exception_ptr e, T value) {
    failure = e;
    result = std::move(value);
    done = true;
  });
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  io.restart();
  while (!done && std::chrono::steady_clock::now() < deadline) io.run_one_for(100ms);
  EXPECT_TRUE(done) << "the task did not end";
  if (failure) std::rethrow_exception(failure);
  return result;
}

/// Reads one request with its Content-Length body; what is there when the peer ends.
inline asio::awaitable<std::string> read_request(Stream& stream) {
  std::string text;
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    const auto head_end = text.find("\r\n\r\n");
    if (head_end != text.npos) {
      const auto at = text.find("Content-Length: ");
      const std::size_t length = at < head_end ? std::stoul(text.substr(at + 16)) : 0;
      if (text.size() >= head_end + 4 + length) co_return text;
    }
    const auto got = co_await stream.read_some(buffer);
    if (!got || *got == 0) co_return text;
    text.append(buffer.data(), *got);
  }
}

/// Until the other side closes.
inline asio::awaitable<void> wait_for_end(Stream& stream) {
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    const auto got = co_await stream.read_some(buffer);
    if (!got || *got == 0) co_return;
  }
}

inline asio::awaitable<void> say(Stream& stream, std::string text) {
  const auto written = co_await stream.write_all(text);
  static_cast<void>(written);  // the other side may have left
}

inline std::string ok(std::string body, std::string headers = "") {
  return "HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A listener with a thread of its own; each connection runs the script and is closed when it ends.
class Peer {
 public:
  using Script = std::function<asio::awaitable<void>(Stream&, int connection)>;
  explicit Peer(Script script, std::shared_ptr<TlsServer> tls = nullptr)
      : script_(std::move(script)), tls_(std::move(tls)), acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    port_ = acceptor_.local_endpoint().port();
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Peer() { stop(); }
  /// What the script has written down may be read after this.
  void stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  std::uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/", const std::string& host = "127.0.0.1") const {
    return (tls_ ? "https://" : "http://") + host + ":" + std::to_string(port_) + path;
  }
  int connections() const { return connections_; }

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      auto [failed, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
      if (failed) co_return;
      asio::co_spawn(io_, serve(make_tcp_stream(std::move(socket)), connections_++), asio::detached);
    }
  }
  asio::awaitable<void> serve(std::unique_ptr<Stream> stream, int number) {
    if (tls_) {
      auto accepted = co_await tls_->accept(std::move(stream));
      if (!accepted) co_return;
      stream = std::move(*accepted);
    }
    co_await script_(*stream, number);
    static_cast<void>(co_await stream->shutdown_write());
  }

  Script script_;
  std::shared_ptr<TlsServer> tls_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

/// A folder that goes with the test.
class TempDir {
 public:
  TempDir() : path_(std::filesystem::temp_directory_path() / ("troupe_net_" + base::random_alphanumeric(12))) {
    std::filesystem::create_directories(path_);
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Writes a new self-signed certificate for the alternative names ("DNS:localhost,IP:127.0.0.1") and its key (0600).
inline TlsFiles make_certificate(const TempDir& dir, const std::string& name, const std::string& alternative_names) {
  TlsFiles files{dir.file(name + ".crt"), dir.file(name + ".key")};
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  for (const auto& [nid, value] : {std::pair{NID_subject_alt_name, alternative_names.c_str()},
                                   std::pair{NID_basic_constraints, "critical,CA:TRUE"}}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate, key, EVP_sha256());
  std::FILE* out = std::fopen(files.certificate_chain_file.c_str(), "w");
  PEM_write_X509(out, certificate);
  std::fclose(out);
  out = std::fopen(files.private_key_file.c_str(), "w");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  ::chmod(files.private_key_file.c_str(), 0600);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return files;
}

}  // namespace troupe::net::tls::testing
