#include "fleet/answers/command_content.h"

#include <boost/json/array.hpp>

#include "base/crypto.h"
#include "base/encoding.h"
#include "matrix/json.h"

namespace troupe::fleet::answers {
namespace {

constexpr std::size_t kMaxCommandNameBytes = 64;
constexpr std::size_t kMaxArguments = 20;
constexpr std::size_t kMaxTextBytes = 4'000;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxCommandNameBytes && text.front() >= 'a' && text.front() <= 'z' &&
         std::ranges::all_of(
             text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == ' '; });
}

boost::json::object text_block(std::string_view text) {
  return {{"m.text", boost::json::array{boost::json::object{{"body", text}}}}};
}

/// The base64 of a SHA-256 with the padding that the proposal asks for: 32 bytes leave one `=`.
std::string padded(std::string unpadded) { return std::move(unpadded) + "="; }

/// Rooms and events come as objects with an id in them.
std::string argument_text(const boost::json::value& value) {
  if (value.is_string()) return std::string(matrix::view(value.get_string()));
  if (value.is_int64()) return std::to_string(value.get_int64());
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  if (!value.is_object()) return {};
  const auto& object = value.get_object();
  return std::string(matrix::find_string(object, "event_id").value_or(matrix::find_string(object, "id").value_or("")));
}

}  // namespace

std::string command_state_key(std::string_view name, std::string_view bot_user_id) {
  return padded(base::base64(base::sha256(std::string(name).append(bot_user_id))));
}

boost::json::object command_content(const Command& command) {
  return {{"command", command.name},
          {"parameters", boost::json::array()},
          {"description", text_block(command.description)}};
}

std::optional<std::string> command_text(const boost::json::object& content) {
  for (const std::string_view key : {"org.matrix.msc4391.command", "m.bot.command"}) {
    const auto* said = matrix::find_object(content, key);
    if (said == nullptr) continue;
    const auto name = matrix::find_string(*said, "command").value_or("");
    if (!is_name(name)) continue;
    auto text = "!" + std::string(name);
    const auto* arguments = matrix::find_object(*said, "arguments");
    if (arguments == nullptr || arguments->size() > kMaxArguments) return text;
    for (const auto& argument : *arguments) {
      const auto more = argument_text(argument.value());
      if (!more.empty() && text.size() + more.size() < kMaxTextBytes) text += " " + more;
    }
    return text;
  }
  return std::nullopt;
}

}  // namespace troupe::fleet::answers
