#include "net/tls/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace troupe::net::tls {

Result<std::int64_t> certificate_end(const std::filesystem::path& file) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_file(file.c_str(), "r"), &BIO_free);
  if (!bio) return Error(Errc::unavailable, file.string() + " cannot be read");
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                                                                &X509_free);
  std::tm end{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &end) != 1) {
    return Error(Errc::invalid_param, file.string() + " holds no certificate in PEM");
  }
  return static_cast<std::int64_t>(::timegm(&end));
}

}  // namespace troupe::net::tls
