#include "assistant/tasks/digest.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <initializer_list>

#include "base/crypto.h"
#include "base/encoding.h"
#include "base/json_text.h"

namespace troupe::assistant::tasks {
namespace {

void write_ordered(std::string& out, const JsonObject& object);

void write_ordered(std::string& out, const Json& value) {
  if (const auto* text = value.if_string()) {
    base::append_json_text(out, {text->data(), text->size()});
  } else if (const auto* number = value.if_int64()) {
    base::append_number(out, *number);
  } else if (const auto* object = value.if_object()) {
    write_ordered(out, *object);
  } else if (const auto* array = value.if_array()) {
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ',';
      write_ordered(out, (*array)[i]);
    }
    out += ']';
  } else {
    out += boost::json::serialize(value);
  }
}

void write_ordered(std::string& out, const JsonObject& object) {
  std::vector<const JsonObject::value_type*> members;
  members.reserve(object.size());
  for (const auto& member : object) members.push_back(&member);
  std::ranges::sort(members, {}, [](const auto* member) { return std::string_view(member->key()); });
  out += '{';
  for (const auto* member : members) {
    if (member != members.front()) out += ',';
    base::append_json_text(out, member->key());
    out += ':';
    write_ordered(out, member->value());
  }
  out += '}';
}

/// A call as one entry of a list: its texts, then what stands behind them.
void write_call(std::string& out, std::initializer_list<std::string_view> texts, const JsonObject& args,
                std::string_view route) {
  out += '[';
  for (const auto text : texts) {
    base::append_json_text(out, text);
    out += ',';
  }
  write_ordered(out, args);
  if (!route.empty()) {
    out += ',';
    base::append_json_text(out, route);
  }
  out += ']';
}

std::string hex_sha256(std::string_view text) { return base::hex(base::sha256(text)); }

}  // namespace

std::string ordered_text(const Json& value) {
  std::string out;
  write_ordered(out, value);
  return out;
}

OrderedObject& OrderedObject::member(std::string_view name, std::string_view text) {
  base::append_json_text(begin(name), text);
  return *this;
}

OrderedObject& OrderedObject::member(std::string_view name, std::int64_t number) {
  base::append_number(begin(name), number);
  return *this;
}

std::string& OrderedObject::begin(std::string_view name) {
  text_ += text_.empty() ? '{' : ',';
  base::append_json_text(text_, name);
  text_ += ':';
  return text_;
}

std::string digest_of(std::string_view action, const JsonObject& args, std::string_view route) {
  std::string text;
  write_call(text, {action}, args, route);
  return hex_sha256(text);
}

std::string digest_of(std::span<const PlannedCall> calls) {
  std::string text = "[";
  for (const auto& call : calls) {
    if (text.size() > 1) text += ',';
    write_call(text, {call.path, call.action}, call.args, call.route);
  }
  return hex_sha256(text + ']');
}

std::string marker_of(std::string_view task_id, std::string_view path) {
  constexpr std::size_t kMarkerLength = 22;
  std::string text = R"(["mark",)";
  base::append_json_text(text, task_id);
  text += ',';
  base::append_json_text(text, path);
  return hex_sha256(text + ']').substr(0, kMarkerLength);
}

}  // namespace troupe::assistant::tasks
