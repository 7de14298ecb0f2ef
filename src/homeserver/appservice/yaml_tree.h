// A YAML file as a tree of texts: as much of YAML as people write configuration in.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace troupe::homeserver::appservice {

/// A value. Anchors, aliases, tags and several documents in a file are refused: nothing is expanded, so that a tree is
/// never larger than its text.
struct YamlNode {
  enum class Kind { text, list, map };
  Kind kind = Kind::text;
  std::size_t line = 0;  ///< counted from 1
  std::string text{};
  bool quoted = false;  ///< a text that is no number, flag or null, whatever it looks like
  std::vector<YamlNode> items{};
  std::vector<std::pair<std::string, YamlNode>> members{};

  /// Nothing, as `null`, `~` and an empty place say it.
  bool is_null() const;
  /// nullptr when there is none.
  const YamlNode* find(std::string_view name) const;
};

inline constexpr std::size_t kMaxYamlDepth = 16;
inline constexpr std::size_t kMaxYamlNodes = 50'000;

/// Errors: invalid_param, with the line.
Result<YamlNode> read_yaml(std::string_view text);

}  // namespace troupe::homeserver::appservice
