#include "assistant/executor/route.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include "assistant/executor/commands.h"
#include "assistant/services/own_pack.h"
#include "assistant/tasks/digest.h"
#include "assistant/tasks/redactor.h"
#include "base/crypto.h"
#include "base/encoding.h"
#include "base/text.h"

namespace troupe::assistant::executor {
namespace {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

template <class Enum>
std::int64_t number_of(Enum value) {
  return static_cast<std::int64_t>(value);
}

JsonArray written(const std::vector<openapi::Parameter>& parameters) {
  JsonArray out;
  for (const auto& each : parameters) {
    out.push_back(JsonArray{each.argument, each.name, number_of(each.where), number_of(each.style), each.explode,
                            each.allow_reserved});
  }
  return out;
}

JsonArray written(const openapi::Body& body) {
  JsonArray members;
  for (const auto& each : body.members)
    members.push_back(JsonArray{each.argument, each.name, each.file, number_of(each.style)});
  // How the text is encoded says nothing of where a call goes: a pack may say it from its next version on.
  const auto type = std::string_view(body.media_type).substr(0, body.media_type.find(';'));
  return {number_of(body.kind), type, body.whole, std::move(members)};
}

JsonArray written(const packs::Auth& auth) {
  return {number_of(auth.scheme), auth.header, auth.format, auth.token_url};
}

template <class Map, class Write>
JsonArray entries(const Map& map, const Write& write) {
  JsonArray out;
  for (const auto& [name, value] : map) out.push_back(JsonArray{name, write(value)});
  return out;
}

JsonArray written(const packs::Config& config) {
  const auto as_text = [](const std::string& text) { return Json(boost::json::string(text)); };
  const auto as_number = [](packs::Escape escape) { return Json(number_of(escape)); };
  JsonArray out{written(config.auth), entries(config.headers, as_text), entries(config.escape, as_number),
                entries(config.strip, as_text)};
  if (config.mcp) {
    JsonArray arguments;
    for (const auto& each : config.mcp->arguments) arguments.push_back(Json(boost::json::string(each)));
    out.push_back(JsonArray{config.mcp->stdio, config.mcp->url, config.mcp->command, std::move(arguments),
                            entries(config.mcp->environment, as_text), config.mcp->sandbox});
  }
  return out;
}

/// As one would type it: a word with anything but letters, digits and common marks in quotes.
std::string word(std::string_view text) {
  constexpr std::string_view kPlain = "%+,-./:=@_{}";
  const auto is_plain = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kPlain.contains(c);
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return std::string(text);
  return boost::json::serialize(boost::json::string(text));
}

/// Whether what is called so holds a secret: written into a pack itself it is none that the tenant's redactor knows.
bool is_of_secret(std::string_view name) {
  const auto small = base::ascii_lower(name);
  return std::ranges::any_of(std::array<std::string_view, 6>{"key", "token", "secret", "passw", "auth", "credential"},
                             [&](std::string_view each) { return small.contains(each); });
}

/// "{key}" is the name of a secret that the tenant stored.
std::string unless_secret(std::string_view name, std::string_view value) {
  return is_of_secret(name) && !value.contains('{') ? std::string(tasks::kRedacted) : word(value);
}

/// "--token=x" and "--token x", too.
std::string shown(std::string_view argument, std::string_view before) {
  if (const auto equals = argument.find('='); argument.starts_with('-') && equals != argument.npos) {
    return word(argument.substr(0, equals)) + "=" +
           unless_secret(argument.substr(0, equals), argument.substr(equals + 1));
  }
  const bool is_value = before.starts_with('-') && !before.contains('=') && !argument.starts_with('-');
  return is_value ? unless_secret(before, argument) : word(argument);
}

/// What runs, with what of its environment, and how confined.
std::string command_line(const packs::Mcp& mcp) {
  std::string out;
  for (const auto& [name, value] : mcp.environment) out += name + "=" + unless_secret(name, value) + " ";
  out += word(mcp.command);
  std::string_view before;
  for (const auto& each : mcp.arguments) {
    out += " " + shown(each, before);
    before = each;
  }
  return out + (mcp.sandbox ? " (in the sandbox)" : "");
}

std::string digest_of(const Json& parts) { return base::hex(base::sha256(tasks::ordered_text(parts))); }

}  // namespace

Route route_of(const Target& target, const JsonObject& arguments, const runtime::sandbox::Commands* commands) {
  if (target.is_command()) {
    auto mode = mode_word(commands, arguments);
    return {.digest = digest_of(JsonArray{"command", mode}), .request = std::move(mode)};
  }
  const auto& service = target.in_use->service;
  const auto& operation = target.offered->operation;
  // Troupe's own is called inside this process, wherever that listens after its next start.
  const bool is_here =
      services::is_own(target.in_use->source, service.pack->config.service) && !service.secrets.contains("key");
  const Json parts = JsonArray{operation.method,
                               operation.path,
                               is_here ? std::string() : service.base_url,
                               operation.open,
                               written(operation.parameters),
                               written(operation.body),
                               written(service.pack->config)};
  const auto& mcp = service.pack->config.mcp;
  if (mcp && mcp->stdio) return {.digest = digest_of(parts), .request = command_line(*mcp)};
  return {.digest = digest_of(parts), .request = operation.method + " " + service.base_url + operation.path};
}

}  // namespace troupe::assistant::executor
