// Files in encrypted rooms: AES-CTR, with the key in the message (Client-Server API #sending-encrypted-attachments).
#pragma once
#include <boost/json/array.hpp>
#include <map>
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

/// What opens files that were encrypted before they were uploaded, by their addresses, each with its `url`.
using SealedFiles = std::map<std::string, matrix::JsonObject>;
/// Messages that name such a file by its address name it with what opens it.
void put_sealed(boost::json::array& contents, const SealedFiles& sealed);

}  // namespace troupe::fleet::encryption
