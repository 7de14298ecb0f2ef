#include "assistant/openapi/request.h"

#include <algorithm>

#include "assistant/report/findings.h"
#include "base/encoding.h"
#include "base/field_errors.h"

namespace troupe::assistant::openapi {
namespace {

using report::text;

using matrix::view;

constexpr std::string_view kReserved = ":/?@!$'()*,;[]";

Error wrong(const std::string& argument, std::string message) {
  return base::field_error(base::pointer_to(argument), std::move(message));
}

/// A text bare, a flag or number as JSON writes it, anything nested as JSON.
std::string plain(const Json& value) {
  if (value.is_string()) return std::string(view(value.get_string()));
  return matrix::canonical_json(value);
}

bool has_controls(std::string_view value) {
  return std::ranges::any_of(value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// "..", also behind a slash that somebody might decode on the way.
bool climbs(std::string_view value) {
  for (std::size_t at = 0; at <= value.size();) {
    const auto end = std::min(value.find_first_of("/\\", at), value.size());
    const auto piece = value.substr(at, end - at);
    if (piece == "." || piece == "..") return true;
    at = end + 1;
  }
  return false;
}

std::string encode(std::string_view value, bool allow_reserved) {
  if (!allow_reserved) return base::percent_encode(value);
  std::string out;
  for (const char c : value) out += kReserved.contains(c) ? std::string(1, c) : base::percent_encode({&c, 1});
  return out;
}

void add_pair(std::string& out, std::string_view name, std::string_view encoded) {
  if (!out.empty()) out += '&';
  out += base::percent_encode(name);
  out += '=';
  out += encoded;
}

/// "a,b": entries, or names and values in turn, each encoded, with `between` as it is.
std::string joined(const Json& value, std::string_view between, bool pairs, bool allow_reserved) {
  std::string out;
  const auto add = [&](std::string_view piece) {
    if (!out.empty()) out += between;
    out += encode(piece, allow_reserved);
  };
  if (const auto* items = value.if_array()) {
    for (const auto& each : *items) add(plain(each));
    return out;
  }
  for (const auto& [name, member] : value.get_object()) {
    if (pairs) {
      if (!out.empty()) out += between;
      out += encode(text(name), allow_reserved) + "=" + encode(plain(member), allow_reserved);
    } else {
      add(text(name));
      add(plain(member));
    }
  }
  return out;
}

void add_deep(std::string& out, const std::string& name, const Json& value) {
  if (const auto* members = value.if_object()) {
    for (const auto& [key, member] : *members) add_deep(out, name + "[" + std::string(text(key)) + "]", member);
  } else if (const auto* items = value.if_array()) {
    for (const auto& each : *items) add_deep(out, name + "[]", each);
  } else {
    add_pair(out, name, base::percent_encode(plain(value)));
  }
}

/// A member of a form: a list of plain values once for each.
void add_member(std::string& out, std::string_view name, const Json& value) {
  const bool flat = value.is_array() &&
                    std::ranges::none_of(value.get_array(), [](const auto& each) { return each.is_structured(); });
  if (!flat) return add_pair(out, name, base::percent_encode(plain(value)));
  for (const auto& each : value.get_array()) add_pair(out, name, base::percent_encode(plain(each)));
}

void add_query(std::string& out, const Parameter& parameter, const Json& value) {
  const auto& name = parameter.name;
  if (parameter.style == Style::whole_form && value.is_object()) {
    for (const auto& [key, member] : value.get_object()) {
      if (!member.is_null()) add_member(out, text(key), member);
    }
  } else if (is_whole_query(parameter.style)) {
    out = base::percent_encode(plain(value));
  } else if (parameter.style == Style::json || !value.is_structured()) {
    add_pair(out, name, encode(plain(value), parameter.allow_reserved));
  } else if (parameter.style == Style::deep_object) {
    add_deep(out, name, value);
  } else if (parameter.explode && value.is_array()) {
    for (const auto& each : value.get_array()) add_pair(out, name, encode(plain(each), parameter.allow_reserved));
  } else if (parameter.explode) {
    for (const auto& [key, member] : value.get_object())
      add_pair(out, text(key), encode(plain(member), parameter.allow_reserved));
  } else {
    const std::string_view between = parameter.style == Style::space_delimited  ? "%20"
                                     : parameter.style == Style::pipe_delimited ? "%7C"
                                                                                : ",";
    add_pair(out, name, joined(value, between, false, parameter.allow_reserved));
  }
}

/// An exploded object's members become parameters of their own, but none that the operation has already.
const std::string* member_named_like_another(const Operation& operation, const Parameter& parameter,
                                             const Json& value) {
  const auto* members = value.if_object();
  if (!members || !parameter.explode || parameter.style != Style::form) return nullptr;
  for (const auto& other : operation.parameters) {
    if (other.where == Where::query && other.name != parameter.name && members->contains(other.name))
      return &other.name;
  }
  return nullptr;
}

Result<std::string> path_value(const Parameter& parameter, const Json& value) {
  const auto whole = value.is_structured() && parameter.style != Style::json
                         ? joined(value, ",", parameter.explode && value.is_object(), false)
                         : base::percent_encode(plain(value));
  const auto check = value.is_structured() ? base::percent_decode(whole).value_or("") : plain(value);
  if (check.empty()) return wrong(parameter.argument, "must not be empty: it is part of the address");
  if (has_controls(check)) return wrong(parameter.argument, "must have no control characters");
  if (climbs(check)) return wrong(parameter.argument, "must have no dots alone between slashes");
  return whole;
}

Result<std::string> header_value(const Parameter& parameter, const Json& value) {
  std::string out;
  const auto add = [&](const std::string& piece) { out += (out.empty() ? "" : ",") + piece; };
  if (const auto* items = value.if_array()) {
    for (const auto& each : *items) add(plain(each));
  } else {
    out = plain(value);
  }
  if (has_controls(out) || std::ranges::any_of(out, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
    return wrong(parameter.argument, "must have visible ASCII characters alone: it is sent as a header");
  if (out.size() > kMaxRequestHeaderBytes)
    return Error(Errc::too_large, parameter.argument + " is too long for a header");
  return out;
}

/// The path with the values in their places. Braces that no argument fills are the document's mistake, and refused.
Result<std::string> filled(const Operation& operation, const JsonObject& arguments) {
  std::string out;
  const std::string_view path = operation.path;
  for (std::size_t at = 0; at < path.size();) {
    const auto open = std::min(path.find('{', at), path.size());
    out += path.substr(at, open - at);
    if (open == path.size()) break;
    const auto close = path.find('}', open);
    const auto name = path.substr(open + 1, close - open - 1);
    const auto found = std::ranges::find_if(
        operation.parameters, [&](const auto& each) { return each.where == Where::path && each.name == name; });
    const auto* value = found == operation.parameters.end() ? nullptr : matrix::find(arguments, found->argument);
    if (!value || value->is_null())
      return wrong(found == operation.parameters.end() ? std::string(name) : found->argument, "is missing");
    TRY(const auto written, path_value(*found, *value));
    out += written;
    at = close + 1;
  }
  if (out.size() > kMaxRequestPathBytes) return Error(Errc::too_large, "the address is too long");
  // Two values beside each other ("{a}{b}") could still make a segment of dots.
  if (climbs(out)) return Error(Errc::invalid_param, "the address would lead elsewhere");
  return out;
}

void write_form(const Operation& operation, const JsonObject& members, std::string& out) {
  for (const auto& [key, value] : members) {
    const auto known =
        std::ranges::find_if(operation.body.members, [&](const auto& each) { return each.name == text(key); });
    const auto style = known == operation.body.members.end() ? Style::form : known->style;
    if (value.is_null()) continue;
    if (style == Style::deep_object) {
      add_deep(out, std::string(text(key)), value);
    } else {
      add_member(out, text(key), value);
    }
  }
}

void write_parts(const Operation& operation, const JsonObject& members, std::vector<Part>& out) {
  for (const auto& [key, value] : members) {
    const auto known =
        std::ranges::find_if(operation.body.members, [&](const auto& each) { return each.name == text(key); });
    const bool file = known != operation.body.members.end() && known->file;
    if (value.is_null()) continue;
    if (const auto* items = value.if_array()) {
      for (const auto& each : *items) out.push_back({std::string(text(key)), plain(each), file});
    } else {
      out.push_back({std::string(text(key)), plain(value), file});
    }
  }
}

/// The body's value: one argument, or the members that are given.
std::optional<Json> body_value(const Body& body, const JsonObject& arguments) {
  if (!body.whole.empty()) {
    const auto* whole = matrix::find(arguments, body.whole);
    return whole ? std::optional(*whole) : std::nullopt;
  }
  JsonObject out;
  for (const auto& member : body.members) {
    if (const auto* value = matrix::find(arguments, member.argument)) out[member.name] = *value;
  }
  if (out.empty() && !body.required) return std::nullopt;
  return out;
}

Result<Unit> write_body(const Operation& operation, const JsonObject& arguments, Request& request) {
  const auto& body = operation.body;
  if (body.kind == BodyKind::none) return Unit{};
  const auto value = body_value(body, arguments);
  if (!value) return Unit{};
  request.body_kind = body.kind;
  request.content_type = body.media_type;
  const auto* members = value->if_object();
  if (body.kind == BodyKind::json) {
    request.body = matrix::canonical_json(*value);
  } else if (body.kind == BodyKind::form && members) {
    write_form(operation, *members, request.body);
  } else if (body.kind == BodyKind::multipart && members) {
    write_parts(operation, *members, request.parts);
  } else {
    request.body = plain(*value);
  }
  if (request.body.size() > kMaxRequestBodyBytes) return Error(Errc::too_large, "the request is larger than 8 MiB");
  return Unit{};
}

}  // namespace

Result<Request> build_request(const Operation& operation, const JsonObject& arguments) {
  Request out;
  out.method = operation.method;
  TRY(out.path, filled(operation, arguments));
  for (const auto& parameter : operation.parameters) {
    const auto* value = matrix::find(arguments, parameter.argument);
    if (!value || value->is_null() || parameter.where == Where::path) continue;
    if (parameter.where == Where::query) {
      if (const auto* other = member_named_like_another(operation, parameter, *value))
        return wrong(parameter.argument, "may have no member " + *other + ": that is an argument of its own");
      add_query(out.query, parameter, *value);
    } else {
      TRY(auto written, header_value(parameter, *value));
      out.headers.push_back({parameter.name, std::move(written)});
    }
  }
  if (out.query.size() > kMaxRequestQueryBytes) return Error(Errc::too_large, "the request's query is too long");
  TRY(write_body(operation, arguments, out));
  return out;
}

}  // namespace troupe::assistant::openapi
