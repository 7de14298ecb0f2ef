#include "base/p256.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>

#include <array>
#include <stdexcept>

#include "base/openssl.h"

namespace troupe::base {
namespace {

constexpr const char* kCurve = "prime256v1";

using CurveKey = std::shared_ptr<EVP_PKEY>;

/// A key of a point, and of its private number when there is one; nothing when they are none.
CurveKey make_curve_key(std::string_view point, const BIGNUM* secret) {
  const openssl::Builder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kCurve, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1 ||
      (secret && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret) != 1))
    return nullptr;
  return openssl::make_key("EC", secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, builder.get());
}

/// The point that belongs to a private number; empty when it is none of the curve.
std::string point_of(const BIGNUM* secret) {
  const openssl::Group group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  if (!group || BN_is_zero(secret) || BN_cmp(secret, EC_GROUP_get0_order(group.get())) >= 0) return {};
  const openssl::Point point(EC_POINT_new(group.get()));
  std::string bytes(P256Key::kPublicBytes, '\0');
  if (!point || EC_POINT_mul(group.get(), point.get(), secret, nullptr, nullptr, nullptr) != 1 ||
      EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, openssl::octets(bytes), bytes.size(),
                         nullptr) != bytes.size())
    return {};
  return bytes;
}

std::string public_point(EVP_PKEY* key) {
  std::string bytes(P256Key::kPublicBytes, '\0');
  std::size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, openssl::octets(bytes), bytes.size(), &size) != 1 ||
      size != bytes.size())
    throw std::runtime_error("OpenSSL does not show a P-256 key");
  return bytes;
}

}  // namespace

P256Key::P256Key(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)), public_(public_point(key_.get())) {}

P256Key P256Key::generate() {
  openssl::Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", kCurve));
  if (!key) throw std::runtime_error("OpenSSL cannot make a P-256 key");
  return P256Key(std::move(key));
}

std::optional<P256Key> P256Key::from_private(std::string_view bytes) {
  if (bytes.size() != kPrivateBytes) return std::nullopt;
  const auto secret = openssl::number(bytes);
  if (!secret) return std::nullopt;
  const auto point = point_of(secret.get());
  auto key = point.empty() ? nullptr : make_curve_key(point, secret.get());
  if (!key) return std::nullopt;
  return P256Key(std::move(key));
}

std::string P256Key::private_bytes() const {
  BIGNUM* found = nullptr;
  std::string bytes(kPrivateBytes, '\0');
  if (EVP_PKEY_get_bn_param(key_.get(), OSSL_PKEY_PARAM_PRIV_KEY, &found) != 1)
    throw std::runtime_error("OpenSSL does not show a P-256 key");
  const openssl::Number secret(found);
  if (BN_bn2binpad(secret.get(), openssl::octets(bytes), static_cast<int>(bytes.size())) < 0)
    throw std::runtime_error("OpenSSL does not show a P-256 key");
  return bytes;
}

std::optional<std::string> P256Key::agree(std::string_view public_point) const {
  if (public_point.size() != kPublicBytes || public_point.front() != '\x04') return std::nullopt;
  const auto other = make_curve_key(public_point, nullptr);
  const openssl::Work work(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
  std::string secret(kPrivateBytes, '\0');
  std::size_t size = secret.size();
  if (!other || !work || EVP_PKEY_derive_init(work.get()) != 1 ||
      EVP_PKEY_derive_set_peer_ex(work.get(), other.get(), 1) != 1 ||
      EVP_PKEY_derive(work.get(), openssl::octets(secret), &size) != 1 || size != secret.size())
    return std::nullopt;
  return secret;
}

std::string P256Key::sign_es256(std::string_view message) const {
  const openssl::Digest digest(EVP_MD_CTX_new());
  std::array<unsigned char, 128> der{};  // two numbers of 33 bytes and their frames
  std::size_t size = der.size();
  if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(digest.get(), der.data(), &size, openssl::octets(message), message.size()) != 1)
    throw std::runtime_error("OpenSSL cannot sign");
  const unsigned char* at = der.data();
  const openssl::Signature both(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
  std::string out(kSignatureBytes, '\0');
  constexpr int kHalf = kSignatureBytes / 2;
  if (!both || BN_bn2binpad(ECDSA_SIG_get0_r(both.get()), openssl::octets(out), kHalf) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(both.get()), openssl::octets(out) + kHalf, kHalf) < 0)
    throw std::runtime_error("OpenSSL cannot sign");
  return out;
}

}  // namespace troupe::base
