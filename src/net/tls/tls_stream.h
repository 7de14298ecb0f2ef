// TLS over any Stream: certificates and keys for the listening side, verification for the calling side.
#pragma once
#include <memory>
#include <string>

#include "net/tls/stream.h"
#include "net/tls/tls_files.h"

namespace troupe::net::tls {

/// What a listener needs to accept TLS 1.2 and 1.3. Callable from any thread.
class TlsServer {
 public:
  /// Errors: invalid_param, naming the file: cannot be read, not PEM, key and certificate do not belong together, the
  /// key has a password, or others than owner and group may read it.
  static Result<std::shared_ptr<TlsServer>> load(TlsFiles files);
  virtual ~TlsServer() = default;
  /// Reads the files again, for connections from now on. On an error (as load) the old ones stay in use.
  virtual Result<Unit> reload() = 0;
  /// The handshake. Set read_until and write_until of `plain` first: they hold for it too. Errors: unavailable (the
  /// peer left or does not speak TLS 1.2), timed_out. `plain` is closed then.
  virtual Task<std::unique_ptr<Stream>> accept(std::unique_ptr<Stream> plain) = 0;
};

/// What a caller needs. Callable from any thread.
class TlsClient {
 public:
  /// `ca_file`: PEM, whose certificates are trusted in place of the system's; empty: the system's.
  /// `certificate`: what to show to servers that ask for one; without files: nothing.
  /// Errors: invalid_param (a file).
  static Result<std::shared_ptr<TlsClient>> make(const std::string& ca_file, const TlsFiles& certificate = {});
  virtual ~TlsClient() = default;
  /// The handshake, with server name indication; the certificate must be valid for `host`, a name or an address.
  /// Deadlines and errors as TlsServer::accept; a certificate that is not accepted is unavailable too, and the message
  /// says why.
  virtual Task<std::unique_ptr<Stream>> connect(std::unique_ptr<Stream> plain, std::string host) = 0;
};

}  // namespace troupe::net::tls
