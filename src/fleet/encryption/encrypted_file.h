// Files in encrypted rooms: AES-CTR, with the key in the message (Client-Server API #sending-encrypted-attachments).
#pragma once
#include <string>

#include "matrix/json.h"

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

}  // namespace troupe::fleet::encryption
