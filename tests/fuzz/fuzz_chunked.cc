// Bytes from outside as a chunked body, held against a second, plain reading of RFC 9112 section 7.1. The first byte
// chooses the size of the pieces.

// modules: net
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>

#include "net/http/request_parser.h"

namespace {

using namespace troupe;
using namespace troupe::net;

constexpr std::string_view kHead = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::uint64_t kBodyLimit = 1'000;

void require(bool holds, const std::source_location& where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "line %u does not hold\n", static_cast<unsigned>(where.line()));
  std::abort();
}

/// The body when `bytes` begin with a whole chunked body of plain chunks; nothing in every other case.
std::optional<std::string> plain_reading(std::string_view bytes) {
  std::string body;
  for (;;) {
    std::uint64_t size = 0;
    std::size_t digits = 0;
    for (; digits < bytes.size() && std::isxdigit(static_cast<unsigned char>(bytes[digits])); ++digits) {
      if (digits == 15) return std::nullopt;
      size = size * 16 + static_cast<std::uint64_t>(std::stoi(std::string(1, bytes[digits]), nullptr, 16));
    }
    if (digits == 0 || bytes.substr(digits, 2) != "\r\n") return std::nullopt;
    bytes.remove_prefix(digits + 2);
    if (size == 0) break;
    if (size > bytes.size() || bytes.substr(size, 2) != "\r\n") return std::nullopt;
    body += bytes.substr(0, size);
    bytes.remove_prefix(size + 2);
  }
  if (!bytes.starts_with("\r\n")) return std::nullopt;
  return body;
}

struct Read {
  bool done = false;
  std::string body;
};

Read read(std::string_view bytes, std::size_t step) {
  http::Request request;
  http::RequestParser parser({});
  parser.start(request);
  require(parser.feed(kHead).value() == kHead.size() && parser.head_done());
  parser.limit_body(kBodyLimit);
  std::string pending;
  while (!bytes.empty() && !parser.done()) {
    const auto count = std::min(step, bytes.size());
    pending += bytes.substr(0, count);
    bytes.remove_prefix(count);
    auto used = parser.feed(pending);
    if (!used) return {};
    require(*used <= pending.size());
    pending.erase(0, *used);
    require(parser.body_seen() <= kBodyLimit && pending.size() <= 5'000);
  }
  require(request.body.size() == parser.body_seen());
  return {parser.done(), request.body};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = read(bytes, bytes.size());
  const auto pieces = read(bytes, 1 + data[0] % 16);
  if (whole.done && pieces.done) require(whole.body == pieces.body);
  if (pieces.done) require(whole.done);
  const auto expected = plain_reading(bytes);
  if (expected && expected->size() <= kBodyLimit) require(whole.done && whole.body == *expected);
  return 0;
}
