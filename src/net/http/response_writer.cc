#include "net/http/response_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "base/utc.h"

namespace troupe::net::http {
namespace {

constexpr std::string_view kCors =
    "Access-Control-Allow-Origin: *\r\n"
    "Access-Control-Allow-Methods: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"
    "Access-Control-Allow-Headers: X-Requested-With, Content-Type, Authorization, Date\r\n"
    "Access-Control-Expose-Headers: Retry-After, X-Request-Id, Content-Length, Content-Range, Accept-Ranges\r\n";

constexpr std::array<std::string_view, 7> kOwnFields{
    "Date",         "Connection", "Content-Length",        "Transfer-Encoding",
    "X-Request-Id", "Keep-Alive", "X-Content-Type-Options"};

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

bool is_own(std::string_view name) {
  return std::ranges::any_of(kOwnFields, [&](std::string_view own) { return equals_ignoring_case(own, name); });
}

bool breaks_head(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != text.npos; }

}  // namespace

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";
  }
}

std::string_view http_date() {
  thread_local std::time_t made_at = 0;
  thread_local std::string text;
  const auto now = std::time(nullptr);
  if (now != made_at) {
    text = base::utc_text(static_cast<base::UnixMs>(now) * 1'000, base::kHttpDate);
    made_at = now;
  }
  return text;
}

void write_head(std::string& out, const Response& response, const HeadFacts& facts) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(std::clamp(response.status, 100, 999)));
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\nDate: ";
  out += facts.date;
  if (!facts.request_id.empty()) {
    out += "\r\nX-Request-Id: ";
    out += facts.request_id;
  }
  out += "\r\n";
  switch (facts.framing) {
    case Framing::length:
      out += "Content-Length: ";
      append_number(out, facts.content_length);
      out += "\r\n";
      break;
    case Framing::chunked:
      out += "Transfer-Encoding: chunked\r\n";
      break;
    case Framing::none:
    case Framing::until_close:
      break;
  }
  if (response.status != 101) {
    if (!facts.keep_alive) {
      out += "Connection: close\r\n";
    } else if (facts.http_1_0) {
      out += "Connection: keep-alive\r\n";
    }
  }
  bool own_origin_rule = false;
  for (const auto& [name, value] : response.headers.all()) {
    if (breaks_head(name) || breaks_head(value) || (is_own(name) && response.status != 101)) continue;
    own_origin_rule = own_origin_rule || equals_ignoring_case(name, "Access-Control-Allow-Origin");
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  }
  if (facts.cors && !own_origin_rule) out += kCors;
  if (facts.hsts_s != 0) {
    out += "Strict-Transport-Security: max-age=";
    append_number(out, facts.hsts_s);
    out += "\r\n";
  }
  out += "X-Content-Type-Options: nosniff\r\n\r\n";
}

}  // namespace troupe::net::http
