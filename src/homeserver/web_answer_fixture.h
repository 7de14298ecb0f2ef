// What a browser gets from the Matrix listener, and what it is led to. Only tests include this.
#pragma once
#include <regex>
#include <string>

#include "base/encoding.h"
#include "matrix/json.h"
#include "net/http/http.h"

namespace troupe::homeserver {

struct WebAnswer {
  int status = 0;
  net::http::Headers headers;
  std::string body;
  matrix::JsonObject json;

  std::string text(std::string_view key) const { return std::string(matrix::find_string(json, key).value_or("")); }
  std::string location() const { return std::string(headers.get("Location")); }
  /// What stands in the redirect under this name, behind '?' or '#'.
  std::string led_with(std::string_view name) const {
    const auto to = location();
    std::smatch found;
    const std::regex pattern("[?&#]" + std::string(name) + "=([^&#]*)");
    return std::regex_search(to, found, pattern) ? base::percent_decode(found[1].str()).value_or("?") : "";
  }
  std::string login_token() const { return led_with("loginToken"); }
};

/// `body`, if that is an object, as json, too.
inline WebAnswer web_answer(const net::http::Response& response) {
  WebAnswer answer{.status = response.status, .headers = response.headers, .body = response.body, .json = {}};
  boost::system::error_code broken;
  auto parsed = boost::json::parse(answer.body, broken);
  if (auto* object = parsed.if_object()) answer.json = std::move(*object);
  return answer;
}

}  // namespace troupe::homeserver
