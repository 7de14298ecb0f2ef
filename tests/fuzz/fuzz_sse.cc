// Event streams: the pieces they come in must make no difference.

// modules: net
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "net/client/sse.h"

namespace {
std::string parse(std::string_view bytes, std::size_t step) {
  troupe::net::client::SseParser parser(2000);
  std::string log;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const auto go_on = parser.feed(bytes.substr(at, step), [&](const troupe::net::client::ServerSentEvent& event) {
      if (!troupe::base::is_utf8(event.event + event.data + event.id)) std::abort();
      log += event.event + "|" + event.data + "|" + event.id + "\n";
      return event.data != "stop";
    });
    if (!go_on) return log + "error";
    if (!*go_on) return log + "stopped";
  }
  return log;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (parse(bytes, size + 1) != parse(bytes, 1)) std::abort();
  return 0;
}
