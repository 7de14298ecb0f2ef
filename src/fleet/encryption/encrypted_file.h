// Files in encrypted rooms: AES-CTR, with the key in the message (Client-Server API #sending-encrypted-attachments).
#pragma once
#include <boost/asio/thread_pool.hpp>
#include <boost/json/array.hpp>
#include <map>
#include <string>

#include "base/task.h"
#include "matrix/json.h"
#include "store/async_gate.h"

namespace troupe::fleet::encryption {

struct EncryptedFile {
  std::string bytes;
  matrix::JsonObject file;  ///< of the message, without `url`
};
/// With a key of its own.
EncryptedFile encrypt_file(std::string bytes);
/// `file` as the message has it. Errors: invalid_param (not in the form that is known), forbidden (the bytes are not
/// those that were sent).
Result<std::string> decrypt_file(std::string bytes, const matrix::JsonObject& file);

/// The same two beside the caller's thread, one file after the other: a large one takes a good part of a second.
/// Callable from any thread; outlives those who wait.
class FileCipher {
 public:
  /// Larger ones are refused.
  static constexpr std::size_t kMaxBytes = 100UL * 1024 * 1024;

  /// Errors: too_large, unavailable (too many wait).
  Task<EncryptedFile> encrypt(std::string bytes);
  /// Errors: those of decrypt_file(), too_large, unavailable (too many wait).
  Task<std::string> decrypt(std::string bytes, matrix::JsonObject file);

 private:
  static constexpr std::size_t kMaxWaiting = 64;
  asio::thread_pool thread_{1};
  store::AsyncGate gate_{1, kMaxWaiting};
};

/// What opens files that were encrypted before they were uploaded, by their addresses, each with its `url`.
using SealedFiles = std::map<std::string, matrix::JsonObject>;
/// Messages that name such a file by its address name it with what opens it.
void put_sealed(boost::json::array& contents, const SealedFiles& sealed);

}  // namespace troupe::fleet::encryption
