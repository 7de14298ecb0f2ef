#include "base/crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "base/stored_format.h"

namespace troupe::base {
namespace {

constexpr char kSealed = static_cast<char>(StoredFormat::sealed);

constexpr unsigned long long kPasswordOperations = 2;
constexpr std::size_t kPasswordMemoryBytes = 19UL * 1024 * 1024;

/// libsodium asks to be initialised once before use; safe to call again and from many threads.
void ensure_sodium() {
  static const int started = sodium_init();
  if (started < 0) throw std::runtime_error("libsodium could not start");
}

std::string hmac(const EVP_MD* digest, std::string_view key, std::string_view bytes) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> out{};
  unsigned length = 0;
  const auto data = as_bytes(bytes);
  HMAC(digest, key.data(), static_cast<int>(key.size()), data.data(), data.size(), out.data(), &length);
  return {reinterpret_cast<const char*>(out.data()), length};
}

const std::uint8_t* raw(std::string_view text) { return as_bytes(text).data(); }

/// `box`: a nonce and what was sealed with it.
Result<std::string> open_box(std::string_view box, std::string_view key) {
  constexpr auto kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
  constexpr auto kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
  if (box.size() < kNonce + kTag) return Error(Errc::internal, "A stored credential is damaged.");
  std::string out(box.size() - kNonce - kTag, '\0');
  unsigned long long written = 0;
  const auto boxed = box.substr(kNonce);
  const int failed =
      crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<std::uint8_t*>(out.data()), &written, nullptr,
                                                 raw(boxed), boxed.size(), nullptr, 0, raw(box), raw(key));
  if (failed) {
    return Error(Errc::internal,
                 "A stored credential cannot be opened with this key file, or a newer version of Troupe stored it.");
  }
  return out;
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Sha256 out{};
  EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, digest, nullptr);
  return out;
}

std::string aes256_ctr(std::string_view key, std::string_view counter, std::string bytes) {
  constexpr std::size_t kKeyBytes = 32;
  constexpr std::size_t kCounterBytes = 16;
  constexpr std::size_t kPiece = std::size_t{1} << 30;  // OpenSSL counts in int
  if (key.size() != kKeyBytes || counter.size() != kCounterBytes) {
    throw std::invalid_argument("AES-256-CTR takes 32 bytes of key and 16 of counter");
  }
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free);
  const auto* raw_key = reinterpret_cast<const unsigned char*>(key.data());
  const auto* raw_counter = reinterpret_cast<const unsigned char*>(counter.data());
  bool well = context && EVP_EncryptInit_ex(context.get(), EVP_aes_256_ctr(), nullptr, raw_key, raw_counter) == 1;
  for (std::size_t at = 0; well && at < bytes.size(); at += kPiece) {
    auto* piece = reinterpret_cast<unsigned char*>(bytes.data() + at);
    int written = 0;
    well = EVP_EncryptUpdate(context.get(), piece, &written, piece,
                             static_cast<int>(std::min(kPiece, bytes.size() - at))) == 1;
  }
  if (!well) throw std::runtime_error("AES-256-CTR failed");
  return bytes;
}

std::string hmac_sha1(std::string_view key, std::string_view bytes) { return hmac(EVP_sha1(), key, bytes); }
std::string hmac_sha256(std::string_view key, std::string_view bytes) { return hmac(EVP_sha256(), key, bytes); }
std::string hmac_sha1_hex(std::string_view key, std::string_view bytes) { return hex(as_bytes(hmac_sha1(key, bytes))); }

std::string random_bytes(std::size_t count) {
  ensure_sodium();
  std::string out(count, '\0');
  randombytes_buf(out.data(), count);
  return out;
}

std::string random_alphanumeric(std::size_t length) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  // Bytes beyond the last whole alphabet are left out, so that no character comes more often. One system call gives
  // all.
  constexpr std::size_t kFair = 256 - 256 % kAlphabet.size();
  std::string out;
  out.reserve(length);
  while (out.size() < length) {
    for (const char c : random_bytes(length - out.size() + 4)) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < kFair && out.size() < length) out += kAlphabet[byte % kAlphabet.size()];
    }
  }
  return out;
}

std::string random_token(std::string_view prefix) {
  return std::string(prefix) + base64url(as_bytes(random_bytes(32)));
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

Result<std::string> hash_password(std::string_view password) {
  ensure_sodium();
  std::array<char, crypto_pwhash_STRBYTES> out{};
  const int failed = crypto_pwhash_str_alg(out.data(), password.data(), password.size(), kPasswordOperations,
                                           kPasswordMemoryBytes, crypto_pwhash_ALG_ARGON2ID13);
  if (failed)
    return Error(Errc::unavailable, "The password could not be hashed now; try again.", "argon2id: no memory");
  return std::string(out.data());
}

bool verify_password(std::string_view stored_hash, std::string_view password) {
  ensure_sodium();
  return crypto_pwhash_str_verify(std::string(stored_hash).c_str(), password.data(), password.size()) == 0;
}

Result<SealingKey> SealingKey::from_raw(std::string raw_key) {
  ensure_sodium();
  if (raw_key.size() != crypto_aead_xchacha20poly1305_ietf_KEYBYTES) {
    return Error(Errc::internal, "The key file does not hold a key of 32 bytes.");
  }
  return SealingKey(std::move(raw_key));
}

std::string SealingKey::seal(std::string_view plain) const {
  std::string out(1, kSealed);
  out += random_bytes(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
  const auto box = out.size();
  out.resize(box + plain.size() + crypto_aead_xchacha20poly1305_ietf_ABYTES);
  unsigned long long written = 0;
  crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<std::uint8_t*>(out.data()) + box, &written, raw(plain),
                                             plain.size(), nullptr, 0, nullptr, raw(out) + 1, raw(raw_));
  return out;
}

Result<std::string> SealingKey::open(std::string_view sealed) const {
  if (sealed.starts_with(kSealed)) {
    if (auto opened = open_box(sealed.substr(1), raw_)) return opened;
  }
  // What was sealed before there were formats begins with its nonce, which may look like one.
  return open_box(sealed, raw_);
}

}  // namespace troupe::base
