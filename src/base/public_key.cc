#include "base/public_key.h"

#include <openssl/core_names.h>

#include "base/openssl.h"

namespace troupe::base {
namespace {

constexpr std::size_t kLeastModulusBytes = 256;
constexpr std::size_t kMostModulusBytes = 1024;
constexpr std::size_t kMostExponentBytes = 8;
constexpr std::size_t kP256Bytes = 32;

bool verify_sha256(EVP_PKEY* key, std::string_view message, std::string_view signature) {
  const openssl::Digest digest(EVP_MD_CTX_new());
  return digest && EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(digest.get(), openssl::octets(signature), signature.size(), openssl::octets(message),
                          message.size()) == 1;
}

/// The two numbers as OpenSSL takes them; empty when that failed.
std::string der_signature(std::string_view r_and_s) {
  const openssl::Signature both(ECDSA_SIG_new());
  auto r = openssl::number(r_and_s.substr(0, kP256Bytes));
  auto s = openssl::number(r_and_s.substr(kP256Bytes));
  if (!both || !r || !s || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();  // the signature's own now
  (void)s.release();
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &bytes);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return out;
}

}  // namespace

bool verify_rs256(std::string_view modulus, std::string_view exponent, std::string_view message,
                  std::string_view signature) {
  while (modulus.starts_with('\0')) modulus.remove_prefix(1);
  if (modulus.size() < kLeastModulusBytes || modulus.size() > kMostModulusBytes || exponent.empty() ||
      exponent.size() > kMostExponentBytes || signature.size() != modulus.size())
    return false;
  const auto n = openssl::number(modulus);
  const auto e = openssl::number(exponent);
  const openssl::Builder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return false;
  const auto key = openssl::make_key("RSA", EVP_PKEY_PUBLIC_KEY, builder.get());
  return key && verify_sha256(key.get(), message, signature);
}

bool verify_es256(std::string_view x, std::string_view y, std::string_view message, std::string_view signature) {
  if (x.size() != kP256Bytes || y.size() != kP256Bytes || signature.size() != 2 * kP256Bytes) return false;
  const auto point = "\x04" + std::string(x) + std::string(y);  // uncompressed (SEC 1, section 2.3.3)
  const openssl::Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return false;
  const auto key = openssl::make_key("EC", EVP_PKEY_PUBLIC_KEY, builder.get());
  const auto der = der_signature(signature);
  return key && !der.empty() && verify_sha256(key.get(), message, der);
}

}  // namespace troupe::base
