#include "assistant/tasks/digest.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "base/crypto.h"
#include "base/encoding.h"

namespace troupe::assistant::tasks {
namespace {

void write_ordered(std::string& out, const Json& value) {
  if (const auto* object = value.if_object()) {
    std::vector<const JsonObject::value_type*> members;
    members.reserve(object->size());
    for (const auto& member : *object) members.push_back(&member);
    std::ranges::sort(members, {}, [](const auto* member) { return std::string_view(member->key()); });
    out += '{';
    for (const auto* member : members) {
      if (member != members.front()) out += ',';
      out += boost::json::serialize(boost::json::string_view(member->key()));
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

std::string digest_of(std::string_view action, const JsonObject& args) {
  return hex_sha256(ordered_text(JsonArray{boost::json::string_view(action), args}));
}

std::string digest_of(std::span<const PlannedCall> calls) {
  JsonArray all;
  for (const auto& call : calls) all.push_back(JsonArray{call.path, call.action, call.args});
  return hex_sha256(ordered_text(all));
}

}  // namespace troupe::assistant::tasks
