#include "assistant/tasks/digest.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>

#include "base/crypto.h"
#include "base/encoding.h"

namespace troupe::assistant::tasks {
namespace {

/// As boost::json::serialize writes it, which has to set itself up for each text.
void write_text(std::string& out, std::string_view text) {
  const auto is_escaped = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; };
  if (std::ranges::any_of(text, is_escaped)) {
    out += boost::json::serialize(boost::json::string_view(text));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

void write_number(std::string& out, std::int64_t number) {
  constexpr std::size_t kMostDigits = 20;
  std::array<char, kMostDigits> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
}

void write_ordered(std::string& out, const Json& value) {
  if (const auto* text = value.if_string()) {
    write_text(out, {text->data(), text->size()});
  } else if (const auto* number = value.if_int64()) {
    write_number(out, *number);
  } else if (const auto* object = value.if_object()) {
    std::vector<const JsonObject::value_type*> members;
    members.reserve(object->size());
    for (const auto& member : *object) members.push_back(&member);
    std::ranges::sort(members, {}, [](const auto* member) { return std::string_view(member->key()); });
    out += '{';
    for (const auto* member : members) {
      if (member != members.front()) out += ',';
      write_text(out, member->key());
      out += ':';
      write_ordered(out, member->value());
    }
    out += '}';
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

std::string hex_sha256(std::string_view text) { return base::hex(base::sha256(text)); }

}  // namespace

std::string ordered_text(const Json& value) {
  std::string out;
  write_ordered(out, value);
  return out;
}

std::string digest_of(std::string_view action, const JsonObject& args, std::string_view route) {
  JsonArray parts{boost::json::string_view(action), args};
  if (!route.empty()) parts.push_back(boost::json::string_view(route));
  return hex_sha256(ordered_text(parts));
}

std::string digest_of(std::span<const PlannedCall> calls) {
  JsonArray all;
  for (const auto& call : calls) {
    JsonArray parts{call.path, call.action, call.args};
    if (!call.route.empty()) parts.push_back(boost::json::string_view(call.route));
    all.push_back(std::move(parts));
  }
  return hex_sha256(ordered_text(all));
}

std::string marker_of(std::string_view task_id, std::string_view path) {
  constexpr std::size_t kMarkerLength = 22;
  return hex_sha256(ordered_text(JsonArray{"mark", boost::json::string_view(task_id), boost::json::string_view(path)}))
      .substr(0, kMarkerLength);
}

}  // namespace troupe::assistant::tasks
