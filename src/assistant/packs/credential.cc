#include "assistant/packs/credential.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace troupe::assistant::packs {
namespace {

constexpr std::array<std::string_view, 5> kSchemes{"none", "bearer", "header", "basic", "oauth2"};

Result<std::string> secret_of(const std::map<std::string, std::string>& secrets, const std::string& name,
                              bool inside_quotes) {
  const auto found = secrets.find(name);
  if (found == secrets.end() || found->second.empty())
    return Error(Errc::invalid_param, "the secret \"" + name + "\" is not set");
  const bool fits = std::ranges::all_of(found->second, [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7f && !(inside_quotes && (c == '"' || c == '\\'));
  });
  if (!fits) return Error(Errc::invalid_param, "the secret \"" + name + "\" has characters that no header can hold");
  return found->second;
}

/// The format with each name in braces replaced, once and from left to right: a secret that has braces itself stays
/// one.
Result<std::string> filled(std::string_view format, const std::map<std::string, std::string>& secrets) {
  std::string out;
  while (!format.empty()) {
    const auto open = std::min(format.find('{'), format.size());
    out += format.substr(0, open);
    format.remove_prefix(open);
    const auto close = format.find('}');
    if (close == std::string_view::npos) break;
    const bool inside_quotes = std::ranges::count(out, '"') % 2 == 1;
    TRY(const auto secret, secret_of(secrets, std::string(format.substr(1, close - 1)), inside_quotes));
    out += secret;
    format.remove_prefix(close + 1);
  }
  return out + std::string(format);
}

}  // namespace

std::string_view name_of(Scheme scheme) { return kSchemes.at(static_cast<std::size_t>(scheme)); }

std::vector<std::string> Auth::secrets() const {
  if (scheme == Scheme::none) return {};
  if (scheme == Scheme::bearer) return {"key"};
  if (scheme == Scheme::basic) return {"user", "key"};
  if (scheme == Scheme::oauth2) return {"client_id", "client_secret", "refresh_token"};
  std::vector<std::string> out;
  for (auto open = format.find('{'); open != std::string::npos; open = format.find('{', open + 1)) {
    const auto close = format.find('}', open);
    if (close == std::string::npos) break;
    auto name = format.substr(open + 1, close - open - 1);
    if (std::ranges::find(out, name) == out.end()) out.push_back(std::move(name));
  }
  return out;
}

Result<std::vector<openapi::Header>> credential(const Auth& auth, const std::map<std::string, std::string>& secrets) {
  std::vector<openapi::Header> out;
  switch (auth.scheme) {
    case Scheme::none:
      return out;
    case Scheme::bearer:
    case Scheme::oauth2: {
      TRY(const auto key, secret_of(secrets, "key", false));
      out.push_back({"Authorization", "Bearer " + key});
      return out;
    }
    case Scheme::basic: {
      TRY(const auto user, secret_of(secrets, "user", false));
      TRY(const auto key, secret_of(secrets, "key", false));
      if (user.contains(':')) return Error(Errc::invalid_param, "the secret \"user\" may have no colon");
      auto pair = base::base64(base::as_bytes(user + ":" + key));
      while (pair.size() % 4 != 0) pair += '=';
      out.push_back({"Authorization", "Basic " + pair});
      return out;
    }
    case Scheme::header:
      break;
  }
  TRY(auto value, filled(auth.format, secrets));
  out.push_back({auth.header, std::move(value)});
  return out;
}

}  // namespace troupe::assistant::packs
