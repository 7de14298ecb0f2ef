#include "net/resp/resp_reply.h"

#include <algorithm>

namespace troupe::net::resp {
namespace {

std::string headed(char kind, std::string_view text) {
  std::string out(1, kind);
  out += text;
  out += "\r\n";
  return out;
}

}  // namespace

std::string simple(std::string_view text) { return headed('+', text); }

std::string error(std::string_view text) {
  auto out = headed('-', text);
  std::replace_if(out.begin(), out.end() - 2, [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return out;
}

std::string integer(std::int64_t number) { return headed(':', std::to_string(number)); }

std::string bulk(std::string_view bytes) {
  auto out = headed('$', std::to_string(bytes.size()));
  out += bytes;
  out += "\r\n";
  return out;
}

std::string nil() { return "$-1\r\n"; }

std::string array(std::size_t elements) { return headed('*', std::to_string(elements)); }

std::string bulks(std::span<const std::string_view> words) {
  auto out = array(words.size());
  for (const auto word : words) out += bulk(word);
  return out;
}

}  // namespace troupe::net::resp
