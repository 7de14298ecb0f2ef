#include "fleet/own_accord/hook_body.h"

#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "net/http.h"

namespace troupe::fleet {
namespace {

using matrix::find;
using matrix::find_string;

constexpr std::size_t kMaxFormFields = 200;
constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kMaxDumpBytes = 64 * 1024;

Result<matrix::Json> read_form(std::string_view body) {
  matrix::JsonObject fields;
  for (std::size_t from = 0; from < body.size();) {
    auto end = std::min(body.find('&', from), body.size());
    auto pair = body.substr(from, end - from);
    from = end + 1;
    if (pair.empty()) continue;
    auto equals = std::min(pair.find('='), pair.size());
    auto name = base::percent_decode(pair.substr(0, equals), true);
    auto value = base::percent_decode(equals < pair.size() ? pair.substr(equals + 1) : "", true);
    if (!name || !value || !base::is_utf8(*name) || !base::is_utf8(*value)) {
      return Error(Errc::bad_json, "The form has a bad escape or is not UTF-8.");
    }
    if (fields.size() >= kMaxFormFields) return Error(Errc::bad_json, "The form has too many fields.");
    // A repeated name makes a list, as Node's parser (hookshot's) does.
    if (auto* there = fields.if_contains(*name)) {
      if (there->is_array()) {
        there->get_array().emplace_back(*value);
      } else {
        *there = matrix::JsonArray{std::move(*there), *value};
      }
    } else {
      fields[*name] = *value;
    }
  }
  return matrix::Json(std::move(fields));
}

Result<matrix::Json> as_text(std::string_view body) {
  if (!base::is_utf8(body)) return Error(Errc::bad_json, "The body is not UTF-8.");
  return matrix::Json(boost::json::string(body));
}

/// Indented as people expect to read JSON.
void pretty(std::string& out, const matrix::Json& value, std::size_t depth) {
  auto line = [&](std::size_t indent) {
    out += '\n';
    out.append(indent * 2, ' ');
  };
  if (value.is_object() && !value.get_object().empty()) {
    out += '{';
    bool first = true;
    for (const auto& member : value.get_object()) {
      if (!std::exchange(first, false)) out += ',';
      line(depth + 1);
      out += boost::json::serialize(boost::json::string(member.key())) + ": ";
      pretty(out, member.value(), depth + 1);
    }
    line(depth);
    out += '}';
  } else if (value.is_array() && !value.get_array().empty()) {
    out += '[';
    bool first = true;
    for (const auto& entry : value.get_array()) {
      if (!std::exchange(first, false)) out += ',';
      line(depth + 1);
      pretty(out, entry, depth + 1);
    }
    line(depth);
    out += ']';
  } else {
    out += boost::json::serialize(value);
  }
}

/// A fence that the text inside cannot close.
std::string fenced(std::string_view text, std::string_view language) {
  std::size_t longest = 0;
  for (std::size_t i = 0, run = 0; i < text.size(); ++i) {
    run = text[i] == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  return fence + std::string(language) + "\n" + std::string(text) + "\n" + fence;
}

std::string cut(std::string text) {
  if (text.size() <= kMaxDumpBytes) return text;
  auto end = kMaxDumpBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text + "\n… (cut)";
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

Result<std::string> event_id(const matrix::JsonObject& object, std::string_view key) {
  const auto* member = find(object, key);
  if (member == nullptr || member->is_null()) return std::string();
  auto text = find_string(object, key).value_or("");
  if (text.empty()) return std::string();
  if (!text.starts_with('$') || text.size() < 2 || text.size() > 255 || text.find_first_of(" \t\r\n") != text.npos) {
    return Error(Errc::bad_json, "'" + std::string(key) + "' must be an event id, which begins with $.");
  }
  return std::string(text);
}

}  // namespace

Result<matrix::Json> read_hook_body(std::string_view content_type, std::string_view body) {
  auto type = content_type.substr(0, content_type.find_first_of("; \t"));
  if (net::equals_ignoring_case(type, "application/x-www-form-urlencoded")) return read_form(body);
  bool json = net::equals_ignoring_case(type, "application/json") || type.ends_with("+json");
  bool text = type.starts_with("text/") || type.ends_with("/xml") || type.ends_with("+xml");
  if (text) return as_text(body);
  auto value = matrix::parse_json(body);
  if (value) return *std::move(value);
  if (json) return std::unexpected(std::move(value).error());
  return as_text(body);
}

matrix::Json without_floats(const matrix::Json& value) {
  if (value.is_double()) return boost::json::string(boost::json::serialize(value));
  if (value.is_uint64()) return boost::json::string(std::to_string(value.get_uint64()));
  if (value.is_int64() &&
      (value.get_int64() > matrix::kMaxCanonicalInteger || value.get_int64() < -matrix::kMaxCanonicalInteger)) {
    return boost::json::string(std::to_string(value.get_int64()));
  }
  if (value.is_array()) {
    matrix::JsonArray array;
    for (const auto& entry : value.get_array()) array.push_back(without_floats(entry));
    return array;
  }
  if (value.is_object()) {
    matrix::JsonObject object;
    for (const auto& member : value.get_object()) object[member.key()] = without_floats(member.value());
    return object;
  }
  return value;
}

Result<HookMessage> read_hook_message(const matrix::Json& data) {
  HookMessage message;
  message.data = without_floats(data);
  if (boost::json::serialize(message.data).size() > kMaxHookDataBytes) message.data = nullptr;
  if (data.is_string()) {
    message.text = "Received webhook data: " + cut(std::string(matrix::view(data.get_string())));
    return message;
  }
  const auto* object = data.if_object();
  auto text = object != nullptr ? find_string(*object, "text") : std::nullopt;
  if (text && !text->empty()) {
    message.text = *text;
  } else {
    std::string dump;
    pretty(dump, data, 0);
    message.text = "Received webhook data:\n\n" + fenced(cut(std::move(dump)), "json");
  }
  if (object == nullptr) return message;
  if (auto html = find_string(*object, "html")) message.html = *html;
  if (auto name = find_string(*object, "username"); name && !name->empty()) {
    auto shown = name->substr(0, kMaxNameBytes);
    while (!base::is_utf8(shown)) shown.remove_suffix(1);
    message.text = "**" + std::string(shown) + "**: " + message.text;
    if (!message.html.empty()) message.html = "<strong>" + escaped(shown) + "</strong>: " + message.html;
  }
  TRY(auto reply_to, event_id(*object, "reply_to"));
  TRY(auto thread, event_id(*object, "thread"));
  TRY(auto edit, event_id(*object, "edit"));
  message.reply_to = std::move(reply_to);
  message.thread = std::move(thread);
  message.edit = std::move(edit);
  return message;
}

}  // namespace troupe::fleet
