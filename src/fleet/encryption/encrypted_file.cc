#include "fleet/encryption/encrypted_file.h"

#include "base/crypto.h"
#include "base/on_pool.h"

namespace troupe::fleet::encryption {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kIvBytes = 16;

std::string sha256(std::string_view bytes) { return base::base64(base::sha256(bytes)); }

Error unknown_form() { return Error(Errc::invalid_param, "The file is encrypted in a way that bots do not know."); }

Error too_large() { return Error(Errc::too_large, "The file is too large to be encrypted or decrypted."); }

}  // namespace

EncryptedFile encrypt_file(std::string bytes) {
  const auto key = base::random_bytes(kKeyBytes);
  // The lower half counts blocks and begins at 0.
  const auto iv = base::random_bytes(kIvBytes / 2) + std::string(kIvBytes / 2, '\0');
  bytes = base::aes256_ctr(key, iv, std::move(bytes));
  matrix::JsonObject file{{"v", "v2"},
                          {"key",
                           {{"kty", "oct"},
                            {"alg", "A256CTR"},
                            {"ext", true},
                            {"key_ops", {"encrypt", "decrypt"}},
                            {"k", base::base64url(base::as_bytes(key))}}},
                          {"iv", base::base64(base::as_bytes(iv))},
                          {"hashes", {{"sha256", sha256(bytes)}}}};
  return {.bytes = std::move(bytes), .file = std::move(file)};
}

Result<std::string> decrypt_file(std::string bytes, const matrix::JsonObject& file) {
  const auto* key = matrix::find_object(file, "key");
  const auto* hashes = matrix::find_object(file, "hashes");
  if (key == nullptr || hashes == nullptr || matrix::find_string(file, "v") != "v2" ||
      matrix::find_string(*key, "alg") != "A256CTR") {
    return unknown_form();
  }
  const auto raw_key = base::base64_decode(matrix::find_string(*key, "k").value_or(""));
  const auto iv = base::base64_decode(matrix::find_string(file, "iv").value_or(""));
  const auto hash = base::base64_decode(matrix::find_string(*hashes, "sha256").value_or(""));
  if (!raw_key || raw_key->size() != kKeyBytes || !iv || iv->size() != kIvBytes || !hash) return unknown_form();
  if (base::base64(base::as_bytes(*hash)) != sha256(bytes)) {
    return Error(Errc::forbidden, "The file is not the one that was sent.");
  }
  return base::aes256_ctr(*raw_key, *iv, std::move(bytes));
}

Task<EncryptedFile> FileCipher::encrypt(std::string bytes) {
  if (bytes.size() > kMaxBytes) co_return too_large();
  CO_TRY(const auto turn, co_await gate_.enter());
  auto work = [bytes = std::move(bytes)]() mutable { return encrypt_file(std::move(bytes)); };
  co_return co_await base::on_pool(thread_, std::move(work));
}

Task<std::string> FileCipher::decrypt(std::string bytes, matrix::JsonObject file) {
  if (bytes.size() > kMaxBytes) co_return too_large();
  CO_TRY(const auto turn, co_await gate_.enter());
  auto work = [bytes = std::move(bytes), file = std::move(file)]() mutable {
    return decrypt_file(std::move(bytes), file);
  };
  co_return co_await base::on_pool(thread_, std::move(work));
}

void put_sealed(boost::json::array& contents, const SealedFiles& sealed) {
  for (auto& one : contents) {
    auto& content = one.as_object();
    const auto file = sealed.find(std::string(matrix::find_string(content, "url").value_or("")));
    if (file == sealed.end()) continue;
    content.erase("url");
    content["file"] = file->second;
  }
}

}  // namespace troupe::fleet::encryption
