// A YAML file as a tree of texts: as much of YAML as people write configuration in.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace troupe::base {

/// A value. Tags and several documents in a file are refused, and so are anchors and aliases where the limits do not
/// say otherwise: where nothing is expanded, a tree is never larger than its text.
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

/// How much a file may hold. The defaults are for configuration that people write by hand.
struct YamlLimits {
  std::size_t depth = 16;
  std::size_t nodes = 50'000;
  /// `*name` stands for what `&name` marked before, and `<<` for the members of such; each counts as often as it is
  /// used.
  bool aliases = false;
  /// What anchors and aliases copy, together: texts and names.
  std::size_t copied_bytes = 32UL << 20;
};

/// Errors: invalid_param, with the line.
Result<YamlNode> read_yaml(std::string_view text, const YamlLimits& limits = {});

}  // namespace troupe::base
