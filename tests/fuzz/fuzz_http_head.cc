// Bytes from outside as HTTP requests: in one piece and in many, which must come to the same end; then through the
// route table and back out as a head. The first byte chooses the size of the pieces.

// modules: net
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>

#include "net/http/byte_range.h"
#include "net/http/request_parser.h"
#include "net/http/response_writer.h"
#include "net/route/route_table.h"

namespace {

using namespace troupe;
using namespace troupe::net;

constexpr http::HeadLimits kLimits{.head_bytes = 2'048, .header_count = 20, .target_bytes = 512};
constexpr std::uint64_t kBodyLimit = 300;

void require(bool holds, const std::source_location& where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "line %u does not hold\n", static_cast<unsigned>(where.line()));
  std::abort();
}

struct Parsed {
  http::Request request;
  bool done = false;
  bool failed = false;
  std::size_t consumed = 0;
};

/// What a connection does: bytes come in pieces, the parser takes from the front.
Parsed parse(std::string_view bytes, std::size_t step) {
  Parsed out;
  http::RequestParser parser(kLimits);
  parser.start(out.request);
  std::string pending;
  while (!out.done && !out.failed && !bytes.empty()) {
    const auto count = std::min(step, bytes.size());
    pending += bytes.substr(0, count);
    bytes.remove_prefix(count);
    for (bool progress = true; progress && !pending.empty() && !parser.done();) {
      auto used = parser.feed(pending);
      out.failed = !used;
      if (!used) break;
      require(*used <= pending.size());
      if (parser.head_done()) parser.limit_body(kBodyLimit);
      progress = *used > 0;
      out.consumed += *used;
      pending.erase(0, *used);
    }
    require(out.failed || pending.size() <= 5'000);  // what a connection would have to keep
    out.done = parser.done();
  }
  require(!out.done || (parser.body_seen() <= kBodyLimit && parser.body_seen() == out.request.body.size()));
  require(out.request.headers.all().size() <= kLimits.header_count);
  return out;
}

const route::RouteTable& table() {
  static const auto made = [] {
    auto t = std::make_unique<route::RouteTable>();
    t->add("GET", "/a/{b}", 0);
    t->add("POST", "/a/b", 1);
    t->add("GET", "/a/{b}/c/{d}", 2);
    t->add("GET", "/f/{rest*}", 3);
    t->add("GET", "/", 4);
    return t;
  }();
  return *made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = parse(bytes, bytes.size());
  const auto pieces = parse(bytes, 1 + data[0] % 32);
  if (whole.done && !pieces.failed) {
    require(pieces.done && pieces.consumed == whole.consumed);
    require(pieces.request.method == whole.request.method && pieces.request.target == whole.request.target);
    require(pieces.request.headers.all() == whole.request.headers.all() && pieces.request.body == whole.request.body);
  }
  if (pieces.done) require(whole.done);
  if (!whole.done) return 0;
  const auto match = table().find(whole.request.method, whole.request.path);
  for (const auto& value : match.values) require(value.find('\0') == value.npos && value.find("/../") == value.npos);
  for (const std::uint64_t bytes : {0U, 1U, 10U}) {
    const auto asked = http::asked_range(whole.request, "\"tag\"", bytes);
    require(asked.kind != http::AskedRange::Kind::part || (asked.first <= asked.last && asked.last < bytes));
  }
  http::Response response = http::Response::empty(200);
  for (const auto& [name, value] : whole.request.headers.all()) response.headers.add(name, value);
  response.headers.add("Target", whole.request.target);
  response.headers.add("Body", whole.request.body);
  std::string head;
  http::write_head(head, response,
                   {.date = "D",
                    .request_id = "r",
                    .framing = http::Framing::length,
                    .content_length = 0,
                    .keep_alive = true,
                    .http_1_0 = false,
                    .cors = true});
  require(head.find("\r\n\r\n") == head.size() - 4);
  return 0;
}
