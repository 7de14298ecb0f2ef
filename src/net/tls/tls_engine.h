// One TLS connection over a Stream, by OpenSSL on memory buffers. Used by tls_stream.cc only.
#pragma once
#include <openssl/ssl.h>

#include <memory>

#include "net/tls/stream.h"

namespace troupe::net::tls {

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using SslPtr = std::unique_ptr<SSL, SslFree>;
using SslContextPtr = std::unique_ptr<SSL_CTX, SslFree>;

/// Does the handshake (the caller has put `ssl` in accept or connect state, without BIOs) and yields the stream on top.
/// On an error `lower` is closed.
Task<std::unique_ptr<Stream>> tls_handshake(std::unique_ptr<Stream> lower, SslPtr ssl);

/// What OpenSSL says about its last failure on this thread, for logs; clears it.
std::string openssl_error();

}  // namespace troupe::net::tls
