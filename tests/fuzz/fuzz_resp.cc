// Commands of RESP2: the pieces they come in must make no difference, what was understood comes out again, and nothing
// is kept without a bound. The first byte chooses the size of the pieces.

// modules: net
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/resp/resp_parser.h"
#include "net/resp/resp_reply.h"

namespace {

using namespace troupe::net::resp;

constexpr RespLimits kSmall{.line_bytes = 64, .words = 8, .command_bytes = 256};

std::string written(const Command& command) {
  auto out = array(command.size());
  for (const auto& word : command) out += bulk(word);
  return out;
}

std::string parse(std::string_view bytes, std::size_t step) {
  RespParser parser(kSmall);
  std::string log;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const auto piece = bytes.substr(at, step);
    parser.feed(piece);
    for (;;) {
      auto command = parser.next();
      if (!command) return log + "error";
      if (!*command) break;
      if ((*command)->empty() || (*command)->size() > kSmall.words) std::abort();
      log += written(**command);
    }
    // One command that is not whole, the lines that announce its words, and what was fed last.
    if (parser.buffered() > kSmall.command_bytes + kSmall.words * 32 + kSmall.line_bytes + piece.size()) std::abort();
  }
  return log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = parse(bytes, bytes.size());
  if (parse(bytes, 1 + data[0] % 16) != whole) std::abort();
  if (!whole.ends_with("error") && parse(whole, whole.size() + 1) != whole) std::abort();
  return 0;
}
