// The certificate of a listener, as a setting says it. Loaded by net/tls/tls_stream.h.
#pragma once
#include <cstdint>
#include <string>

namespace troupe::net::tls {

struct TlsFiles {
  std::string certificate_chain_file;  ///< PEM
  std::string private_key_file;        ///< PEM, must not be readable by others
  std::uint64_t hsts_s = 0;            ///< Strict-Transport-Security on every answer (RFC 6797); 0: none
};

}  // namespace troupe::net::tls
