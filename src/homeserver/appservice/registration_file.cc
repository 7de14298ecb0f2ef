#include "homeserver/appservice/registration_file.h"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <optional>

#include "base/yaml_tree.h"

namespace troupe::homeserver::appservice {
namespace {

using base::read_yaml;
using base::YamlNode;

constexpr std::size_t kMaxTextBytes = 255;
constexpr std::size_t kMaxTokenBytes = 1'024;
constexpr std::size_t kMaxUrlBytes = 2'048;

Error wrong(const YamlNode& at, std::string_view what) {
  return Error(Errc::invalid_param, "line " + std::to_string(at.line) + ": " + std::string(what));
}

Result<std::string> text_of(const YamlNode& root, std::string_view key, std::size_t most) {
  const auto* found = root.find(key);
  const std::string name(key);
  if (!found || found->is_null()) return Error(Errc::invalid_param, name + " is missing");
  if (found->kind != YamlNode::Kind::text) return wrong(*found, name + " must be a text");
  if (found->text.empty()) return wrong(*found, name + " is empty");
  if (found->text.size() > most) return wrong(*found, name + " is longer than " + std::to_string(most) + " bytes");
  if (std::ranges::any_of(found->text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return wrong(*found, name + " holds a control character");
  return found->text;
}

/// A header carries it, and a space would end it there.
Result<std::string> token_of(const YamlNode& root, std::string_view key) {
  TRY(auto token, text_of(root, key, kMaxTokenBytes));
  if (std::ranges::all_of(token, [](unsigned char c) { return c > 0x20 && c < 0x7f; })) return token;
  return wrong(*root.find(key), std::string(key) + " must be of visible ASCII characters, without spaces");
}

Result<bool> flag_of(const YamlNode& root, std::string_view key, bool otherwise) {
  const auto* found = root.find(key);
  if (!found || found->is_null()) return otherwise;
  if (found->kind == YamlNode::Kind::text && !found->quoted) {
    for (const auto* yes : {"true", "True", "TRUE", "yes", "on"})
      if (found->text == yes) return true;
    for (const auto* no : {"false", "False", "FALSE", "no", "off"})
      if (found->text == no) return false;
  }
  return wrong(*found, std::string(key) + " must be true or false");
}

/// `url: null` is a service that only calls.
Result<std::string> url_of(const YamlNode& root) {
  const auto* found = root.find("url");
  if (!found) return Error(Errc::invalid_param, "url is missing: write url: null for a service that is sent nothing");
  if (found->is_null() || (found->kind == YamlNode::Kind::text && found->text.empty())) return std::string();
  TRY(auto url, text_of(root, "url", kMaxUrlBytes));
  const auto parsed = boost::urls::parse_uri(url);
  const bool good = parsed && (parsed->scheme() == "http" || parsed->scheme() == "https") && !parsed->host().empty() &&
                    !parsed->has_userinfo() && !parsed->has_query() && !parsed->has_fragment();
  if (!good) return wrong(*found, "url must be http://… or https://…, without a user name, query or fragment");
  while (url.ends_with('/')) url.pop_back();
  return url;
}

Result<std::vector<NamespaceRule>> rules_of(const YamlNode& namespaces, std::string_view key) {
  std::vector<NamespaceRule> rules;
  const auto* found = namespaces.find(key);
  const auto name = "namespaces." + std::string(key);
  if (!found || found->is_null()) return rules;
  if (found->kind != YamlNode::Kind::list) return wrong(*found, name + " must be a list");
  if (found->items.size() > kMaxNamespaces)
    return wrong(*found, name + " has more than " + std::to_string(kMaxNamespaces) + " entries");
  for (const auto& item : found->items) {
    if (item.kind != YamlNode::Kind::map) return wrong(item, name + " holds entries of regex and exclusive");
    NamespaceRule rule;
    const auto regex = text_of(item, "regex", kMaxRegexBytes);
    if (!regex) return wrong(item, name + ": " + regex.error().message());
    rule.regex = *regex;
    TRY(rule.exclusive, flag_of(item, "exclusive", false));
    rules.push_back(std::move(rule));
  }
  return rules;
}

Result<std::vector<std::string>> protocols_of(const YamlNode& root) {
  std::vector<std::string> names;
  const auto* found = root.find("protocols");
  if (!found || found->is_null()) return names;
  if (found->kind != YamlNode::Kind::list || found->items.size() > kMaxProtocols)
    return wrong(*found, "protocols must be a list of at most " + std::to_string(kMaxProtocols) + " names");
  for (const auto& item : found->items) {
    if (item.kind != YamlNode::Kind::text || item.text.empty() || item.text.size() > kMaxTextBytes)
      return wrong(item, "protocols holds names");
    names.push_back(item.text);
  }
  return names;
}

}  // namespace

Result<Registration> read_registration(std::string_view yaml) {
  TRY(const auto root, read_yaml(yaml));
  if (root.kind != YamlNode::Kind::map) return Error(Errc::invalid_param, "this is no registration: it has no keys");
  Registration made;
  TRY(made.id, text_of(root, "id", kMaxTextBytes));
  TRY(made.url, url_of(root));
  TRY(made.as_token, token_of(root, "as_token"));
  TRY(made.hs_token, token_of(root, "hs_token"));
  TRY(made.sender_localpart, text_of(root, "sender_localpart", kMaxTextBytes));
  TRY(made.rate_limited, flag_of(root, "rate_limited", true));
  TRY(const bool before, flag_of(root, "de.sorunome.msc2409.push_ephemeral", false));  // the name it had as a proposal
  TRY(made.receive_ephemeral, flag_of(root, "receive_ephemeral", before));
  TRY(made.receive_devices, flag_of(root, "org.matrix.msc3202", false));
  // Every service may make devices by now; the key is still written by those of before.
  TRY([[maybe_unused]] const bool makes_devices, flag_of(root, "io.element.msc4190", false));
  TRY(made.protocols, protocols_of(root));
  const auto* namespaces = root.find("namespaces");
  if (!namespaces) return Error(Errc::invalid_param, "namespaces is missing");
  if (namespaces->is_null()) return made;
  if (namespaces->kind != YamlNode::Kind::map)
    return wrong(*namespaces, "namespaces must hold users, aliases and rooms");
  TRY(made.users, rules_of(*namespaces, "users"));
  TRY(made.aliases, rules_of(*namespaces, "aliases"));
  TRY(made.rooms, rules_of(*namespaces, "rooms"));
  return made;
}

}  // namespace troupe::homeserver::appservice
