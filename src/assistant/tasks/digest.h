// A digest of calls: the same calls have the same one, whatever the order of their members.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "assistant/tasks/types.h"

namespace troupe::assistant::tasks {

/// JSON with members in the order of their names' bytes and nothing between the tokens; numbers as they are held.
std::string ordered_text(const Json& value);

/// An object as ordered_text() has it, written down member by member, in the order of their names' bytes. What is not
/// there is null.
class OrderedObject {
 public:
  OrderedObject& member(std::string_view name, std::string_view text);
  OrderedObject& member(std::string_view name, std::int64_t number);
  template <class T>
  OrderedObject& member(std::string_view name, const std::optional<T>& value) {
    if (value) return member(name, *value);
    begin(name) += "null";
    return *this;
  }
  /// At the end.
  std::string text() && { return std::move(text_ += text_.empty() ? "{}" : "}"); }

 private:
  /// Up to the value.
  std::string& begin(std::string_view name);
  std::string text_;
};

/// SHA-256, in hexadecimal, of the action, its arguments and its route (PlannedCall::route). What is called differs
/// when the arguments' values differ in the slightest, secrets included: digests of what was stored are other ones.
std::string digest_of(std::string_view action, const JsonObject& args, std::string_view route = {});
/// Of calls in their order, with the paths of their steps.
std::string digest_of(std::span<const PlannedCall> calls);

/// The mark of a step: the same whenever it is begun, in whichever life of the database (lives.h), and no other step's.
std::string marker_of(std::string_view task_id, std::string_view path);

}  // namespace troupe::assistant::tasks
