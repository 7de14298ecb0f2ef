// What stands in config.json, member by member.
#pragma once
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "assistant/packs/config.h"

namespace troupe::assistant::packs {

inline constexpr std::size_t kMaxListed = 2'000;

/// Members of one object, each mistake reported at its place.
class Members {
 public:
  Members(const JsonObject& object, std::string pointer, const report::InFile& report)
      : object_(object), pointer_(std::move(pointer)), report_(report) {}

  template <std::size_t N>
  void only(const std::array<std::string_view, N>& known) const {
    for (const auto& [key, value] : object_) {
      if (std::ranges::find(known, report::text(key)) == known.end())
        report_.warn(report::below(pointer_, report::text(key)),
                     report::quoted(report::text(key)) + " is not known here", "see docs/packs.md for every key");
    }
  }
  std::string word(std::string_view key, std::string otherwise = {}) const {
    const auto* found = matrix::find(object_, key);
    if (!found) return otherwise;
    if (found->is_string() && found->get_string().size() <= kMaxSettingBytes)
      return std::string(matrix::view(found->get_string()));
    wrong(key, "must be a text of at most 2048 bytes");
    return otherwise;
  }
  std::optional<bool> flag(std::string_view key) const {
    const auto* found = matrix::find(object_, key);
    if (found && !found->is_bool()) wrong(key, "must be true or false");
    return found && found->is_bool() ? std::optional(found->get_bool()) : std::nullopt;
  }
  std::int64_t number(std::string_view key, std::int64_t least, std::int64_t most, std::int64_t otherwise) const {
    const auto* found = matrix::find(object_, key);
    if (!found) return otherwise;
    if (found->is_int64() && found->get_int64() >= least && found->get_int64() <= most) return found->get_int64();
    wrong(key, "must be a number from " + std::to_string(least) + " to " + std::to_string(most));
    return otherwise;
  }
  std::vector<std::string> words(std::string_view key, std::size_t most = kMaxListed) const {
    std::vector<std::string> out;
    const auto* found = matrix::find(object_, key);
    if (!found) return out;
    const auto* list = found->if_array();
    const bool fits =
        list && list->size() <= most && std::ranges::all_of(*list, [](const auto& each) {
          return each.is_string() && !each.get_string().empty() && each.get_string().size() <= kMaxSettingBytes;
        });
    if (!fits) {
      wrong(key, "must be a list of at most " + std::to_string(most) + " texts");
      return out;
    }
    for (const auto& each : *list) out.emplace_back(matrix::view(each.get_string()));
    return out;
  }
  std::string pointer(std::string_view key) const {
    auto out = word(key);
    if (out.empty() || out.starts_with('/')) return out;
    wrong(key, "is a pointer into the answer: \"/items\"");
    return {};
  }
  const JsonObject* object(std::string_view key) const {
    const auto* found = matrix::find(object_, key);
    if (found && !found->is_object()) wrong(key, "must be an object");
    return found ? found->if_object() : nullptr;
  }
  Members inner(const JsonObject& object, std::string_view key) const {
    return {object, report::below(pointer_, key), report_};
  }
  void wrong(std::string_view key, std::string message) const {
    report_.error(report::below(pointer_, key), std::move(message), "see docs/packs.md");
  }
  const JsonObject& all() const { return object_; }
  const report::InFile& report() const { return report_; }
  const std::string& at() const { return pointer_; }

 private:
  const JsonObject& object_;
  std::string pointer_;
  const report::InFile& report_;
};

}  // namespace troupe::assistant::packs
