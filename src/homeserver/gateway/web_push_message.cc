#include "homeserver/gateway/web_push_message.h"

#include <openssl/evp.h>

#include <memory>

#include "base/crypto.h"
#include "base/encoding.h"

namespace troupe::homeserver::gateway {
namespace {

constexpr std::size_t kKeyBytes = 16;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr char kLastRecord = '\x02';
constexpr std::size_t kRecordBytes = kMaxMessageBytes;

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

std::string with_zero(std::string_view text) { return std::string(text) + '\0'; }

/// HKDF-SHA-256 for at most one block (RFC 8188 section 2.2 writes it as two HMACs).
std::string derive(std::string_view salt, std::string_view secret, const std::string& info, std::size_t bytes) {
  return base::hmac_sha256(base::hmac_sha256(salt, secret), info + '\x01').substr(0, bytes);
}

std::optional<std::string> seal(std::string_view key, std::string_view nonce, std::string_view plain) {
  const auto raw = [](std::string_view text) { return base::as_bytes(text).data(); };
  const std::unique_ptr<EVP_CIPHER_CTX, Free> context(EVP_CIPHER_CTX_new());
  std::string out(plain.size() + kTagBytes, '\0');
  auto* at = reinterpret_cast<unsigned char*>(out.data());
  int size = 0;
  int last = 0;
  if (!context || EVP_EncryptInit_ex2(context.get(), EVP_aes_128_gcm(), raw(key), raw(nonce), nullptr) != 1 ||
      EVP_EncryptUpdate(context.get(), at, &size, raw(plain), static_cast<int>(plain.size())) != 1 ||
      EVP_EncryptFinal_ex(context.get(), at + size, &last) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, at + plain.size()) != 1)
    return std::nullopt;
  return out;
}

std::string big_endian(std::uint32_t number) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((number >> shift) & 0xffU);
  return out;
}

}  // namespace

std::optional<Subscription> read_subscription(std::string_view public_key, std::string_view auth) {
  auto point = base::base64_decode(public_key);
  auto secret = base::base64_decode(auth);
  if (!point || !secret || secret->size() != kAuthBytes) return std::nullopt;
  static const auto kProbe = base::P256Key::generate();
  if (!kProbe.agree(*point)) return std::nullopt;
  return Subscription{.public_key = *std::move(point), .auth = *std::move(secret)};
}

std::optional<std::string> encrypt_with(const base::P256Key& key, std::string_view salt,
                                        const Subscription& subscription, std::string_view plain) {
  if (plain.size() > kMaxPlainBytes || salt.size() != kSaltBytes) return std::nullopt;
  const auto shared = key.agree(subscription.public_key);
  if (!shared) return std::nullopt;
  const auto& own = key.public_bytes();
  const auto secret = derive(subscription.auth, *shared, with_zero("WebPush: info") + subscription.public_key + own,
                             base::P256Key::kPrivateBytes);
  const auto content_key = derive(salt, secret, with_zero("Content-Encoding: aes128gcm"), kKeyBytes);
  const auto nonce = derive(salt, secret, with_zero("Content-Encoding: nonce"), kNonceBytes);
  const auto sealed = seal(content_key, nonce, std::string(plain) + kLastRecord);
  if (!sealed) return std::nullopt;
  return std::string(salt) + big_endian(kRecordBytes) + static_cast<char>(own.size()) + own + *sealed;
}

std::optional<std::string> encrypt(const Subscription& subscription, std::string_view plain) {
  return encrypt_with(base::P256Key::generate(), base::random_bytes(kSaltBytes), subscription, plain);
}

}  // namespace troupe::homeserver::gateway
