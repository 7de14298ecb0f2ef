#include "meetings/life/secrets.h"

#include <algorithm>

#include "base/log.h"

namespace troupe::meetings::life {
namespace {

constexpr std::string_view kCut = "[redacted]";
constexpr std::string_view kAccessToken = "mct_";  ///< begins those of this homeserver
constexpr std::size_t kTokenBytes = 43;            ///< base::random_token without a prefix
constexpr std::size_t kShortestWord = 4;  ///< a shorter passcode is cut out where it stands behind its name only

void cut_out(std::string& text, std::string_view secret) {
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kCut.size())) {
    text.replace(at, secret.size(), kCut);
  }
}

bool is_of_token(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/// Of the account that the bot was in a Matrix call with: nothing of it is kept, so all that look like one go.
void cut_out_access_tokens(std::string& text) {
  for (auto at = text.find(kAccessToken); at != std::string::npos; at = text.find(kAccessToken, at + kCut.size())) {
    auto end = at + kAccessToken.size();
    while (end < text.size() && is_of_token(text[end])) ++end;
    text.replace(at, end - at, kCut);
  }
}

/// Only its hash is known: everything that looks like one is tried.
std::string find_token(std::string_view text, std::string_view token_hash) {
  std::size_t run = 0;
  for (std::size_t end = 1; end <= text.size(); ++end) {
    run = is_of_token(text[end - 1]) ? run + 1 : 0;
    if (run < kTokenBytes) continue;
    const auto word = text.substr(end - kTokenBytes, kTokenBytes);
    if (hash_of_token(word) == token_hash) return std::string(word);
  }
  return {};
}

}  // namespace

std::string without_secrets(std::string text, std::string_view url, std::string_view token_hash) {
  const auto question = url.find('?');
  auto query = question == std::string_view::npos ? std::string_view() : url.substr(question + 1);
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto one = query.substr(0, end);
    const auto equals = std::min(one.find('='), one.size());
    const auto value = one.substr(std::min(equals + 1, one.size()));
    if (!one.empty()) cut_out(text, value.size() >= kShortestWord ? value : one);
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  cut_out_access_tokens(text);
  if (const auto token = find_token(text, token_hash); !token.empty()) cut_out(text, token);
  return base::redact(text);
}

}  // namespace troupe::meetings::life
