#include "fleet/triggers/hook_body.h"

#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "base/html.h"
#include "base/text.h"
#include "fleet/answers/html_text.h"
#include "net/http/form_body.h"
#include "net/http/http.h"

namespace troupe::fleet::triggers {
namespace {

using matrix::find;
using matrix::find_string;

constexpr std::size_t kMaxFormFields = 200;
constexpr std::size_t kMaxNameBytes = 200;
constexpr std::size_t kMaxDumpBytes = 64 * 1024;

/// `fields` as the pairs of a form; a repeated name makes a list, as Node's parser (hookshot's) does.
void add_field(matrix::JsonObject& fields, std::string_view name, std::string_view value) {
  if (auto* there = fields.if_contains(name)) {
    if (there->is_array()) {
      there->get_array().emplace_back(value);
    } else {
      *there = matrix::JsonArray{std::move(*there), value};
    }
  } else {
    fields[name] = value;
  }
}

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
    add_field(fields, *name, *value);
  }
  return matrix::Json(std::move(fields));
}

/// "type/subtype" in small letters without parameters; octet-stream for everything that is none.
std::string file_type(std::string_view given) {
  constexpr std::size_t kLongest = 100;
  auto type = base::ascii_lower(given.substr(0, std::min(given.find(';'), kLongest)));
  while (type.ends_with(' ')) type.pop_back();
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("/+-._").find(c) != std::string_view::npos;
  };
  bool one_slash = std::ranges::count(type, '/') == 1 && !type.starts_with('/') && !type.ends_with('/');
  return one_slash && std::ranges::all_of(type, fits) ? type : "application/octet-stream";
}

Result<matrix::Json> read_parts(std::string_view content_type, std::string_view body) {
  std::vector<net::http::FormFile> files;
  auto parts = net::http::parse_multipart(content_type, body, &files);
  if (!parts) return Error(Errc::bad_json, parts.error().message());
  matrix::JsonObject fields;
  for (const auto& [name, value] : *parts) add_field(fields, name, value);
  if (files.empty()) return matrix::Json(std::move(fields));
  matrix::JsonArray list;
  for (const auto& file : files) {
    list.push_back(matrix::JsonObject{{"name", file.name},
                                      {"content_type", file_type(file.content_type)},
                                      {"data", base::base64(base::as_bytes(file.bytes))}});
  }
  fields["attachments"] = std::move(list);
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

/// A name without a path, of at most kMaxNameBytes.
std::string file_name(std::string_view given, std::size_t number) {
  if (auto slash = given.find_last_of("/\\"); slash != given.npos) given.remove_prefix(slash + 1);
  given = given.substr(0, kMaxNameBytes);
  while (!base::is_utf8(given)) given.remove_suffix(1);
  return given.empty() ? "file" + std::to_string(number) : std::string(given);
}

/// Nothing: the entry is no file of ours.
Result<std::optional<HookFile>> read_file(const matrix::Json& entry, std::size_t number) {
  const auto* object = entry.if_object();
  if (object == nullptr) return std::optional<HookFile>();
  auto data = find_string(*object, "data");
  auto url = find_string(*object, "url").value_or("");
  auto type = find_string(*object, "content_type").value_or("");
  HookFile file;
  if (data) {
    if (data->starts_with("data:")) {
      auto comma = data->find(',');
      auto about = data->substr(5, comma == data->npos ? 0 : comma - 5);
      if (!about.ends_with(";base64")) {
        return Error(Errc::bad_json, "Attachment " + std::to_string(number) + " is no base64 data: address.");
      }
      if (type.empty()) type = about.substr(0, about.find(';'));
      data->remove_prefix(comma + 1);
    }
    auto bytes = base::base64_decode(*data);
    if (!bytes || bytes->empty()) {
      return Error(Errc::bad_json, "The data of attachment " + std::to_string(number) + " is not base64, or empty.");
    }
    file.bytes = *std::move(bytes);
  } else if (url.starts_with("mxc://") && url.size() <= 255) {
    file.mxc = url;
  } else {
    return std::optional<HookFile>();
  }
  file.name = file_name(find_string(*object, "name").value_or(""), number);
  file.mime = file_type(type);
  return std::optional(std::move(file));
}

Result<std::vector<HookFile>> read_files(const matrix::JsonObject& object) {
  std::vector<HookFile> files;
  const auto* list = matrix::find_array(object, "attachments");
  if (list == nullptr) return files;
  for (std::size_t i = 0; i < list->size(); ++i) {
    TRY(auto file, read_file((*list)[i], i + 1));
    if (!file) continue;
    if (files.size() == kMaxHookFiles) {
      return Error(Errc::bad_json, "At most " + std::to_string(kMaxHookFiles) + " attachments.");
    }
    files.push_back(*std::move(file));
  }
  return files;
}

/// The data as it rides along: the bytes of files are in the room anyway.
matrix::Json without_bytes(const matrix::Json& data) {
  if (!data.is_object() || matrix::find_array(data.get_object(), "attachments") == nullptr) return data;
  auto copy = data;
  for (auto& entry : copy.get_object()["attachments"].get_array()) {
    if (entry.is_object()) entry.get_object().erase("data");
  }
  return copy;
}

}  // namespace

Result<matrix::Json> read_hook_body(std::string_view content_type, std::string_view body) {
  auto type = content_type.substr(0, content_type.find_first_of("; \t"));
  if (net::http::equals_ignoring_case(type, "application/x-www-form-urlencoded")) return read_form(body);
  if (net::http::equals_ignoring_case(type, "multipart/form-data")) return read_parts(content_type, body);
  bool json = net::http::equals_ignoring_case(type, "application/json") || type.ends_with("+json");
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
  const auto* object = data.if_object();
  if (object != nullptr) {
    TRY(auto files, read_files(*object));
    message.files = std::move(files);
  }
  message.data = without_floats(message.files.empty() ? data : without_bytes(data));
  if (boost::json::serialize(message.data).size() > kMaxHookDataBytes) message.data = nullptr;
  if (data.is_string()) {
    message.text = "Received webhook data: " + cut(std::string(matrix::view(data.get_string())));
    return message;
  }
  auto text = object != nullptr ? find_string(*object, "text").value_or("") : "";
  if (object != nullptr) message.html = find_string(*object, "html").value_or("");
  if (!text.empty()) {
    message.text = text;
  } else if (auto words = answers::html_to_text(message.html); !words.empty()) {
    message.text = std::move(words);
  } else if (message.files.empty()) {
    std::string dump;
    pretty(dump, data, 0);
    message.text = "Received webhook data:\n\n" + fenced(cut(std::move(dump)), "json");
    message.html.clear();
  }
  if (object == nullptr) return message;
  if (auto name = find_string(*object, "username"); name && !name->empty() && !message.text.empty()) {
    auto shown = name->substr(0, kMaxNameBytes);
    while (!base::is_utf8(shown)) shown.remove_suffix(1);
    message.text = "**" + std::string(shown) + "**: " + message.text;
    if (!message.html.empty()) message.html = "<strong>" + base::html_escape(shown) + "</strong>: " + message.html;
  }
  TRY(auto reply_to, event_id(*object, "reply_to"));
  TRY(auto thread, event_id(*object, "thread"));
  TRY(auto edit, event_id(*object, "edit"));
  if (!edit.empty() && !message.files.empty()) {
    return Error(Errc::bad_json, "An edit changes a text: it can have no attachments.");
  }
  message.reply_to = std::move(reply_to);
  message.thread = std::move(thread);
  message.edit = std::move(edit);
  return message;
}

}  // namespace troupe::fleet::triggers
