// A language model's answer: the pieces it comes in must make no difference, and nothing may crash.

// modules: fleet
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "fleet/brains/openai/chat_stream.h"
#include "net/client/sse.h"

namespace {
std::string read(std::string_view bytes, std::size_t step) {
  troupe::net::client::SseParser parser(1000);
  troupe::fleet::brains::ChatStream stream;
  bool failed = false;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const auto more = parser.feed(bytes.substr(at, step), [&](const troupe::net::client::ServerSentEvent& event) {
      const auto taken = stream.feed(event.data);
      failed = !taken;
      return taken && *taken;
    });
    if (!more || !*more) break;
  }
  stream.end();
  const auto& answer = stream.answer();
  if (!troupe::base::is_utf8(answer.text)) std::abort();
  return answer.text + "|" + answer.reasoning + "|" + answer.finish_reason + (failed ? "|failed" : "");
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (read(bytes, size + 1) != read(bytes, 1)) std::abort();
  // The same text as one body, and cut into pieces for the filter that parts reasoning from the answer.
  (void)troupe::fleet::brains::read_chat_body(bytes);
  (void)troupe::fleet::brains::read_chat_error(400, bytes);
  troupe::fleet::brains::ThinkFilter whole;
  troupe::fleet::brains::ThinkFilter pieces;
  troupe::fleet::brains::ChatAnswer one;
  troupe::fleet::brains::ChatAnswer other;
  whole.feed(bytes, one);
  whole.end(one);
  for (std::size_t at = 0; at < size; at += 3) pieces.feed(bytes.substr(at, 3), other);
  pieces.end(other);
  if (one.text != other.text || one.reasoning != other.reasoning) std::abort();
  // Once a text is no tool call, more of it does not make it one.
  bool could = true;
  for (std::size_t length = 0; length <= size && length < 64; ++length) {
    const bool may = troupe::fleet::brains::may_be_tool_markup(bytes.substr(0, length));
    if (may && !could) std::abort();
    could = may;
  }
  return 0;
}
