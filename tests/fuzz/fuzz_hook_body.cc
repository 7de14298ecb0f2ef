// What strangers post to an inbound webhook: what comes out may always be part of an event.

// modules: fleet
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/encoding.h"
#include "fleet/triggers/hook_body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const char* type : {"application/json", "application/x-www-form-urlencoded", "text/plain", "application/xml",
                           "multipart/form-data; boundary=XX", ""}) {
    const auto read = troupe::fleet::triggers::read_hook_body(type, body);
    if (!read) continue;
    const auto message = troupe::fleet::triggers::read_hook_message(*read);
    if (!message) continue;
    if ((message->text.empty() && message->files.empty()) || !troupe::base::is_utf8(message->text)) std::abort();
    for (const auto& file : message->files) {
      if (file.name.empty() || !troupe::base::is_utf8(file.name) || file.name.find('/') != file.name.npos) std::abort();
      if (file.mime.find_first_of("\r\n\"") != file.mime.npos || file.bytes.empty() == file.mxc.empty()) std::abort();
    }
    if (!troupe::matrix::check_canonical(message->data)) std::abort();
  }
  return 0;
}
