#include "net/tls/tls_stream.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <mutex>

#include "base/log.h"
#include "base/mutex.h"
#include "net/tls/tls_engine.h"

namespace troupe::net::tls {
namespace {
// The "intermediate" set of ssl-config.mozilla.org: forward secrecy and authenticated encryption only.
constexpr const char* kTls12Ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr unsigned char kHttp11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

SslContextPtr make_context(const SSL_METHOD* method) {
  SslContextPtr context(SSL_CTX_new(method));
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context.get(), kTls12Ciphers);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

int choose_http11(SSL*, const unsigned char** out, unsigned char* out_length, const unsigned char* in,
                  unsigned in_length, void*) {
  const int found =
      SSL_select_next_proto(const_cast<unsigned char**>(out), out_length, kHttp11, sizeof kHttp11, in, in_length);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/// A key with a password would make OpenSSL ask on the terminal.
int no_password(char*, int, int, void*) { return 0; }

Error file_error(const std::string& what, const std::string& file, std::string detail) {
  return Error(Errc::invalid_param, "TLS: " + what + " " + file, std::move(detail));
}

Result<Unit> check_key_file(const std::string& file) {
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) return file_error("cannot read the private key", file, std::strerror(errno));
  if (info.st_mode & (S_IROTH | S_IWOTH)) {
    return Error(Errc::invalid_param, "TLS: everybody on this machine may read or change the private key " + file +
                                          ": chmod 600 it (and replace it, if others have accounts here)");
  }
  if (info.st_mode & (S_IRGRP | S_IWGRP)) {
    base::log_warning("net", "the TLS private key may be read by its group", {{"file", file}});
  }
  return Unit{};
}

Result<Unit> use_certificate(SSL_CTX* context, const TlsFiles& files) {
  TRY(check_key_file(files.private_key_file));
  ERR_clear_error();
  SSL_CTX_set_default_passwd_cb(context, no_password);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate_chain_file.c_str()) != 1) {
    return file_error("no PEM certificate chain in", files.certificate_chain_file, openssl_error());
  }
  if (SSL_CTX_use_PrivateKey_file(context, files.private_key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return file_error("no PEM private key without password that belongs to the certificate in", files.private_key_file,
                      openssl_error());
  }
  return Unit{};
}

Result<SslContextPtr> load_context(const TlsFiles& files) {
  auto context = make_context(TLS_server_method());
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_http11, nullptr);
  TRY(use_certificate(context.get(), files));
  return context;
}

SslPtr make_ssl(SSL_CTX* context) {
  SslPtr ssl(SSL_new(context));  // holds on to the context
  if (!ssl) throw std::bad_alloc();
  return ssl;
}

class FileTlsServer final : public TlsServer {
 public:
  FileTlsServer(TlsFiles files, SslContextPtr context) : files_(std::move(files)), context_(std::move(context)) {}

  Result<Unit> reload() override {
    TRY(auto fresh, load_context(files_));
    const base::Lock lock(mutex_);
    context_ = std::move(fresh);
    return Unit{};
  }

  Task<std::unique_ptr<Stream>> accept(std::unique_ptr<Stream> plain) override {
    SslPtr ssl = next();
    SSL_set_accept_state(ssl.get());
    return tls_handshake(std::move(plain), std::move(ssl));
  }

 private:
  SslPtr next() {
    const base::Lock lock(mutex_);
    return make_ssl(context_.get());
  }

  const TlsFiles files_;
  base::Mutex mutex_;
  SslContextPtr context_ GUARDED_BY(mutex_);
};

bool is_ip_address(const std::string& host) {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 || ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

class VerifyingTlsClient final : public TlsClient {
 public:
  VerifyingTlsClient(SslContextPtr context, bool system_store)
      : context_(std::move(context)), system_store_(system_store) {}

  Task<std::unique_ptr<Stream>> connect(std::unique_ptr<Stream> plain, std::string host) override {
    // Reading the system's store takes 20 ms and some memory, which a program that calls nobody by TLS can save.
    if (system_store_) std::call_once(loaded_, [this] { SSL_CTX_set_default_verify_paths(context_.get()); });
    SslPtr ssl = make_ssl(context_.get());
    auto* wanted = SSL_get0_param(ssl.get());
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const bool named = is_ip_address(host) ? X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1
                                           : X509_VERIFY_PARAM_set1_host(wanted, host.data(), host.size()) == 1 &&
                                                 SSL_set_tlsext_host_name(ssl.get(), host.c_str()) == 1;
    SSL_set_verify(ssl.get(), SSL_VERIFY_PEER, nullptr);
    SSL_set_connect_state(ssl.get());
    if (!named) co_return Error(Errc::invalid_param, "the host name cannot be checked against a certificate");
    co_return co_await tls_handshake(std::move(plain), std::move(ssl));
  }

 private:
  SslContextPtr context_;
  const bool system_store_;
  std::once_flag loaded_;
};
}  // namespace

Result<std::shared_ptr<TlsServer>> TlsServer::load(TlsFiles files) {
  TRY(auto context, load_context(files));
  return std::shared_ptr<TlsServer>(std::make_shared<FileTlsServer>(std::move(files), std::move(context)));
}

Result<std::shared_ptr<TlsClient>> TlsClient::make(const std::string& ca_file, const TlsFiles& certificate) {
  ERR_clear_error();
  auto context = make_context(TLS_client_method());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_alpn_protos(context.get(), kHttp11, sizeof kHttp11);
  if (!ca_file.empty() && SSL_CTX_load_verify_file(context.get(), ca_file.c_str()) != 1) {
    return file_error("no PEM certificates in the CA file", ca_file, openssl_error());
  }
  if (!certificate.certificate_chain_file.empty() || !certificate.private_key_file.empty()) {
    TRY(use_certificate(context.get(), certificate));
  }
  return std::shared_ptr<TlsClient>(std::make_shared<VerifyingTlsClient>(std::move(context), ca_file.empty()));
}

}  // namespace troupe::net::tls
