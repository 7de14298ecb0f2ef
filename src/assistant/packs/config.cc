#include "assistant/packs/config.h"

#include <algorithm>
#include <array>

#include "assistant/openapi/names.h"
#include "assistant/packs/address.h"
#include "assistant/packs/members.h"
#include "assistant/packs/sign_in.h"
#include "assistant/packs/variables.h"
#include "base/text.h"

namespace troupe::assistant::packs {
namespace {

using report::text;

using matrix::view;
using report::below;

constexpr std::array<std::string_view, 24> kKeys{
    "service", "title",  "openapiRef", "enabled", "synonyms", "operations", "offer",   "base_url",
    "auth",    "paging", "errors",     "rates",   "egress",   "approval",   "headers", "hidden",
    "escape",  "strip",  "mcp",        "test",    "comment",  "$schema",    "version", "description"};
constexpr std::array<std::string_view, 12> kOperationKeys{"summary", "method",  "path",        "query",
                                                          "body",    "reads",   "approval",    "paging",
                                                          "undo",    "comment", "description", "tags"};
/// Names of services whose variables would be somebody else's: OPENAI_API_KEY is the models' own.
constexpr std::array<std::string_view, 5> kOthers{"system", "none", "openai", "auth", "auth_dev"};
/// All that a format may name. No two services' variables are one, then: with free names `slack_api` and "{KEY}" would
/// be SLACK_API_KEY.
constexpr std::array<std::string_view, 6> kSecretNames{"key",       "token_name",    "user",
                                                       "client_id", "client_secret", "refresh_token"};
constexpr std::array<std::string_view, 6> kPacketSecrets{"key", "token", "secret", "password", "api_key", "apiKey"};
constexpr std::array<std::string_view, 6> kMethods{"GET", "POST", "PUT", "PATCH", "DELETE", "QUERY"};
constexpr std::size_t kMaxStripped = 8, kMaxVariables = 64;
constexpr std::int64_t kMaxCalls = 1'000'000, kMaxSeconds = 86'400, kMaxPageSize = 10'000;

std::string upper(std::string_view word) {
  std::string out(word);
  for (auto& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

Paging read_paging(const Members& from) {
  constexpr std::array<std::string_view, 5> kStyles{"none", "page", "offset", "cursor", "link"};
  from.only(std::array<std::string_view, 9>{"style", "parameter", "size", "page_size", "first", "items", "next",
                                            "end_status", "comment"});
  Paging out;
  const auto style = from.word("style", "none");
  const auto* found = std::ranges::find(kStyles, style);
  if (found == kStyles.end()) {
    from.wrong("style", "is none of none, page, offset, cursor, link");
    return out;
  }
  out.style = static_cast<PagingStyle>(found - kStyles.begin());
  out.parameter = from.word("parameter");
  out.size = from.word("size");
  out.page_size = static_cast<std::size_t>(from.number("page_size", 1, kMaxPageSize, 100));
  out.first = from.number("first", 0, 1, out.style == PagingStyle::offset ? 0 : 1);
  out.items = from.pointer("items");
  out.next = from.pointer("next");
  out.end_status = static_cast<int>(from.number("end_status", 400, 599, 0));
  const bool moves = out.style != PagingStyle::none && out.style != PagingStyle::link;
  if (moves && out.parameter.empty()) from.wrong("parameter", "is missing: the argument that moves on");
  if (out.style == PagingStyle::cursor && out.next.empty())
    from.wrong("next", "is missing: where the next cursor stands");
  return out;
}

/// What is not said here may stand in the document (complete_sign_in).
void check_sign_in(const Auth& auth, const Members& from) {
  if (!auth.token_url.empty() && (!is_sign_in_address(auth.token_url) || !host_of(auth.token_url)))
    from.wrong("token_url", "must be an https address: there the access token is renewed");
  if (!auth.authorize_url.empty() && !is_sign_in_address(auth.authorize_url))
    from.wrong("authorize_url", "must be an https address: people are sent there to sign in");
  if (!auth.refresh_url.empty() && !is_sign_in_address(auth.refresh_url))
    from.wrong("refresh_url", "must be an https address: there the access token is renewed");
  if (!auth.metadata_url.empty() && !is_sign_in_address(auth.metadata_url))
    from.wrong("metadata_url", "must be an https address: there the service describes itself");
  if (!auth.issuer.empty() && !is_sign_in_address(auth.issuer))
    from.wrong("issuer", "must be an https address: what the service calls itself");
  if (!std::ranges::all_of(auth.scopes, openapi::is_scope))
    from.wrong("scopes", "has words that no scope can be: visible ASCII without spaces, quotes and backslashes");
}

ClientAuth read_client_auth(const Members& from) {
  const auto word = from.word("client_auth");
  if (word == "client_secret_post") return ClientAuth::post;
  if (word == "client_secret_basic") return ClientAuth::basic;
  if (!word.empty()) from.wrong("client_auth", "is client_secret_post or client_secret_basic");
  return ClientAuth::unsaid;
}

Auth read_auth(const Members& from) {
  constexpr std::array<std::string_view, 6> kSchemes{"none", "bearer", "header", "basic", "oauth2", "token"};
  from.only(std::array<std::string_view, 11>{"scheme", "header", "format", "authorize_url", "token_url", "refresh_url",
                                             "metadata_url", "client_auth", "issuer", "scopes", "comment"});
  for (const auto name : kPacketSecrets) {
    if (from.all().contains(name))
      from.report().error(below(from.at(), name), "a secret does not belong into a pack",
                          "take it out; it comes from <SERVICE>_API_KEY or troupe.toml");
  }
  Auth out;
  const auto scheme = from.word("scheme", "none");
  const auto* found = std::ranges::find(kSchemes, scheme);
  if (found == kSchemes.end()) {
    from.wrong("scheme", "is none of none, bearer, header, token, basic, oauth2");
    return out;
  }
  // "token" is the header that some Rails services have, with the format that they document.
  const bool token = scheme == "token";
  out.scheme = token ? Scheme::header : static_cast<Scheme>(found - kSchemes.begin());
  out.header = from.word("header", "Authorization");
  out.format = from.word("format", token ? "Token token=\"{key}\", name=\"{token_name}\"" : "{key}");
  out.authorize_url = from.word("authorize_url");
  out.token_url = from.word("token_url");
  out.refresh_url = from.word("refresh_url");
  out.metadata_url = from.word("metadata_url");
  out.client_auth = read_client_auth(from);
  out.issuer = from.word("issuer");
  out.scopes = from.words("scopes", kMaxScopes);
  const bool is_name = !out.header.empty() && std::ranges::all_of(out.header, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (!is_name) from.wrong("header", "is no header's name");
  if (std::ranges::any_of(out.format, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f;
      }))
    from.wrong("format", "must have visible ASCII characters alone");
  if (std::ranges::count(out.format, '{') != std::ranges::count(out.format, '}') || !out.format.contains('{'))
    from.wrong("format", "names secrets in braces: \"{key}\"");
  if (out.scheme == Scheme::header && !std::ranges::all_of(out.secrets(), [](const auto& each) {
        return std::ranges::find(kSecretNames, each) != kSecretNames.end();
      }))
    from.wrong("format", "names a secret other than key, token_name, user, client_id, client_secret, refresh_token");
  if (out.scheme == Scheme::oauth2) check_sign_in(out, from);
  return out;
}

Errors read_errors(const Members& from) {
  from.only(std::array<std::string_view, 8>{"message", "code", "ok", "terminal", "retry", "retry_status", "not_done",
                                            "comment"});
  Errors out;
  out.message = from.words("message", 16);
  if (!std::ranges::all_of(out.message, [](const auto& each) { return each.starts_with('/'); }))
    from.wrong("message", "is a list of pointers");
  out.code = from.pointer("code");
  out.ok = from.pointer("ok");
  out.terminal = from.words("terminal");
  out.retry = from.words("retry");
  const auto is_status = [](const Json& each) {
    return each.is_int64() && each.get_int64() >= 400 && each.get_int64() <= 599;
  };
  if (const auto* list = matrix::find_array(from.all(), "retry_status")) {
    for (const auto& each : *list) {
      if (is_status(each)) {
        out.retry_status.push_back(static_cast<int>(each.get_int64()));
      } else {
        from.wrong("retry_status", "is a list of statuses from 400 to 599");
      }
    }
  }
  if (const auto* list = matrix::find_array(from.all(), "not_done")) {
    for (const auto& each : *list) {
      if (is_status(each)) {
        out.not_done_status.push_back(static_cast<int>(each.get_int64()));
      } else if (each.is_string() && !each.get_string().empty() && each.get_string().size() <= kMaxSettingBytes) {
        out.not_done.emplace_back(view(each.get_string()));
      } else {
        from.wrong("not_done", "is a list of codes, and of statuses from 400 to 599");
      }
    }
  }
  return out;
}

std::vector<Rate> read_rates(const Members& from) {
  std::vector<Rate> out;
  const auto* found = matrix::find(from.all(), "rates");
  if (!found) return out;
  const auto* list = found->if_array();
  if (!list || list->size() > 100) {
    from.wrong("rates", "is a list of at most 100 limits");
    return out;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto* object = (*list)[i].if_object();
    if (!object) {
      from.wrong("rates", "is a list of objects with calls and seconds");
      continue;
    }
    const Members each(*object, below("/rates", i), from.report());
    each.only(
        std::array<std::string_view, 7>{"methods", "operations", "calls", "seconds", "per", "all_keys", "comment"});
    Rate rate;
    rate.methods = each.words("methods");
    rate.operations = each.words("operations");
    rate.calls = static_cast<std::size_t>(each.number("calls", 1, kMaxCalls, 0));
    rate.seconds = static_cast<std::size_t>(each.number("seconds", 1, kMaxSeconds, 0));
    rate.per = each.words("per", 4);
    rate.all_keys = each.flag("all_keys").value_or(false);
    if (!std::ranges::all_of(rate.per,
                             [](const auto& by) { return by == "operation" || by == "method" || by.starts_with('/'); }))
      each.wrong("per", "is a list of \"operation\", \"method\" and arguments as pointers: \"/channel\"");
    if (rate.calls == 0 || rate.seconds == 0) {
      each.wrong("calls", "calls and seconds are both needed");
    } else {
      out.push_back(std::move(rate));
    }
  }
  return out;
}

std::optional<Undo> read_undo(const Members& from) {
  from.only(std::array<std::string_view, 3>{"operation", "bind", "comment"});
  Undo out;
  out.operation = from.word("operation");
  if (out.operation.empty()) from.wrong("operation", "is missing: what undoes it");
  const auto* bind = from.object("bind");
  for (const auto& [name, value] : bind ? *bind : JsonObject()) {
    auto binding = workflows::parse_binding(value);
    if (binding) {
      out.bind.emplace_back(text(name), *std::move(binding));
    } else {
      from.report().error(below(from.at() + "/bind", text(name)), binding.error().message(),
                          "see docs/packs.md, Bindings");
    }
  }
  return out;
}

OperationSettings read_operation(const Members& from) {
  from.only(kOperationKeys);
  OperationSettings out;
  out.summary = from.word("summary", from.word("description"));
  out.method = upper(from.word("method"));
  out.path = from.word("path");
  out.query = from.words("query", 200);
  out.body = from.words("body", 200);
  out.reads = from.flag("reads");
  out.approval = from.flag("approval");
  if (const auto* paging = from.object("paging")) out.paging = read_paging(from.inner(*paging, "paging"));
  if (const auto* undo = from.object("undo")) out.undo = read_undo(from.inner(*undo, "undo"));
  out.only_named = out.method.empty() && out.path.empty();
  if (out.only_named) return out;
  if (std::ranges::find(kMethods, out.method) == kMethods.end())
    from.wrong("method", "is none of GET, POST, PUT, PATCH, DELETE, QUERY");
  if (!out.path.starts_with('/')) from.wrong("path", "begins with a slash");
  return out;
}

Mcp read_mcp(const Members& from) {
  from.only(
      std::array<std::string_view, 8>{"transport", "url", "command", "args", "env", "sandbox", "hints", "comment"});
  const auto transport = from.word("transport");
  Mcp out;
  out.stdio = transport == "stdio";
  out.url = from.word("url");
  out.command = from.word("command");
  out.arguments = from.words("args", 64);
  if (transport != "http" && transport != "stdio") from.wrong("transport", "is http or stdio");
  if (transport == "http" && !host_of(out.url)) from.wrong("url", "must be an http or https address");
  if (transport == "stdio" && out.command.empty()) from.wrong("command", "is missing: the program that is the server");
  if (out.stdio) out.url.clear();
  out.sandbox = from.flag("sandbox").value_or(false);
  out.hints = from.flag("hints").value_or(true);
  if (const auto* environment = from.object("env")) {
    const auto inner = from.inner(*environment, "env");
    for (const auto& [name, value] : *environment) {
      if (is_variable(text(name)) && out.environment.size() < kMaxVariables) {
        out.environment.emplace(text(name), inner.word(text(name)));
      } else {
        inner.wrong(text(name), "is no variable that a program can be given");
      }
    }
  }
  return out;
}

std::optional<TestCall> read_test(const Members& from) {
  from.only(std::array<std::string_view, 3>{"operation", "arguments", "comment"});
  TestCall out{.operation = from.word("operation"), .arguments = {}};
  if (out.operation.empty()) {
    from.wrong("operation", "is missing: what is called to see whether the key is good");
    return std::nullopt;
  }
  if (const auto* arguments = from.object("arguments")) out.arguments = *arguments;
  return out;
}

void read_operations(const Members& from, Config& out) {
  const auto* operations = from.object("operations");
  if (!operations) return;
  if (operations->size() > kMaxListed) {
    from.wrong("operations", "has more than 2000 entries");
    return;
  }
  const Members inner = from.inner(*operations, "operations");
  for (const auto& [key, value] : *operations) {
    const std::string name(text(key));
    if (name == "comment") continue;
    if (!openapi::is_operation(name) || name.size() > openapi::most_operation_bytes(out.service)) {
      inner.wrong(name, "an operation's name is in snake case, and with the service at most 64 characters");
    } else if (const auto* object = value.if_object()) {
      out.operations.emplace(name, read_operation(inner.inner(*object, name)));
    } else {
      inner.wrong(name, "must be an object");
    }
  }
}

void read_reach(const Members& from, Config& out) {
  out.base_url = from.word("base_url");
  while (out.base_url.ends_with('/')) out.base_url.pop_back();
  if (!out.base_url.empty() && !host_of(out.base_url)) {
    from.wrong("base_url", "must be an http or https address without query or password");
    out.base_url.clear();
  }
  out.egress = from.words("egress", 50);
  for (const auto& host : out.egress) {
    if (host_of("https://" + host) != host || host.contains('/'))
      from.wrong("egress", report::quoted(host) + " is no host: \"api.example.com\"");
  }
  if (const auto* headers = from.object("headers")) {
    const auto inner = from.inner(*headers, "headers");
    for (const auto& [name, value] : *headers) {
      const auto content = inner.word(text(name));
      const bool plain = std::ranges::all_of(content, [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f;
      });
      const auto lower = base::ascii_lower(text(name));
      if (!plain || lower == "authorization" || lower == "host" || lower == "content-length" || lower == "cookie" ||
          text(name).find_first_of(" \t\r\n:") != std::string_view::npos) {
        inner.wrong(text(name), "cannot be sent as a header of a pack");
      } else {
        out.headers.emplace(text(name), content);
      }
    }
  }
}

/// What becomes of arguments on their way to the service.
void read_writing(const Members& from, Config& out) {
  out.hidden = from.words("hidden", 100);
  if (const auto* escape = from.object("escape")) {
    const auto inner = from.inner(*escape, "escape");
    for (const auto& [argument, value] : *escape) {
      if (inner.word(text(argument)) == "slack") {
        out.escape.emplace(text(argument), Escape::slack);
      } else {
        inner.wrong(text(argument), "is slack: there is no other way of writing");
      }
    }
  }
  if (const auto* strip = from.object("strip")) {
    const auto inner = from.inner(*strip, "strip");
    for (const auto& [argument, value] : *strip) {
      auto characters = inner.word(text(argument));
      if (characters.empty() || characters.size() > kMaxStripped) {
        inner.wrong(text(argument), "is one to eight characters that the argument does not begin with");
      } else {
        out.strip.emplace(text(argument), std::move(characters));
      }
    }
  }
}

void read_approval(const Members& from, Config& out) {
  const auto* approval = from.object("approval");
  if (!approval) return;
  const auto inner = from.inner(*approval, "approval");
  inner.only(std::array<std::string_view, 3>{"of", "by", "comment"});
  const auto of = inner.word("of", "destructive");
  const auto by = inner.word("by", "asker");
  if (of != "marked" && of != "destructive" && of != "writes")
    inner.wrong("of", "is none of marked, destructive, writes");
  if (by != "asker" && by != "other") inner.wrong("by", "is asker or other");
  out.approval = of == "marked" ? ApprovalOf::marked : of == "writes" ? ApprovalOf::writes : ApprovalOf::destructive;
  out.approved_by = by == "other" ? ApprovedBy::other : ApprovedBy::asker;
}

void read_identity(const Members& from, Config& out) {
  out.service = from.word("service");
  if (!openapi::is_service(out.service))
    from.report().error("/service", report::quoted(out.service) + " is no service's name",
                        "letters, digits and single underscores, at most 24, a letter first");
  if (std::ranges::find(kOthers, out.service) != kOthers.end())
    from.report().error("/service", "the name " + out.service + " has a meaning of its own", "choose another");
  out.title = from.word("title");
  out.enabled = from.flag("enabled").value_or(true);
  out.synonyms = from.words("synonyms", kMaxSynonyms);
  for (const auto& synonym : out.synonyms) {
    if (synonym.size() > kMaxSynonymBytes) from.wrong("synonyms", "a synonym has at most 60 bytes");
  }
  out.openapi_ref = from.word("openapiRef");
  const auto offer = from.word("offer", "");
  if (!offer.empty() && offer != "all" && offer != "listed") from.wrong("offer", "is all or listed");
  out.offers_all = offer == "all";
}

}  // namespace

Config read_config(const JsonObject& object, const report::InFile& report) {
  Config out;
  const Members from(object, "", report);
  from.only(kKeys);
  read_identity(from, out);
  read_operations(from, out);
  read_reach(from, out);
  read_writing(from, out);
  read_approval(from, out);
  if (const auto* auth = from.object("auth")) out.auth = read_auth(from.inner(*auth, "auth"));
  if (const auto* paging = from.object("paging")) out.paging = read_paging(from.inner(*paging, "paging"));
  if (const auto* errors = from.object("errors")) out.errors = read_errors(from.inner(*errors, "errors"));
  out.rates = read_rates(from);
  if (const auto* test = from.object("test")) out.test = read_test(from.inner(*test, "test"));
  if (const auto* mcp = from.object("mcp")) {
    out.mcp = read_mcp(from.inner(*mcp, "mcp"));
    out.errors = {};  // as its calls come back (calls/tools.h)
    out.errors.message = {"/error/message"};
    out.errors.code = "/error/code";
    out.paging = {};
  }
  return out;
}

std::string environment_name(std::string_view service, std::string_view secret) {
  return upper(service) + "_" + (secret == "key" ? "API_KEY" : upper(secret));
}

}  // namespace troupe::assistant::packs
