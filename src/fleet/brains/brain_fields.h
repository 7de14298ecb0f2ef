// Reads the settings of a brain's config, with errors that name the field and say what would be right.
#pragma once
#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::fleet::brains {

/// Works on a config in place: defaults are written into it, so that what is stored is complete. All errors are
/// invalid_param and name the setting by its pointer (base/field_errors.h).
class BrainFields {
 public:
  explicit BrainFields(boost::json::object& config) : config_(config) {}

  Result<std::int64_t> integer(std::string_view key, std::int64_t low, std::int64_t high, std::int64_t fallback);
  Result<bool> boolean(std::string_view key, bool fallback);
  Result<std::string> text(std::string_view key, std::size_t max_bytes, std::string_view fallback);
  /// Nothing when it is absent or null; then it is removed.
  Result<std::optional<double>> number(std::string_view key, double low, double high);
  /// http or https, without user name and password. Required.
  Result<std::string> web_address(std::string_view key, std::string_view example);

  /// Moves a secret out of the config, or keeps the old one, and writes `<key>_set`. An empty text removes it.
  /// True: there is one.
  Result<bool> secret(std::string_view key, std::size_t min_bytes, std::size_t max_bytes, boost::json::object& secrets);

 private:
  boost::json::object& config_;
};

/// Whether a text is an http or https address without user name and password, at most 2048 bytes.
bool is_web_address(std::string_view url);

}  // namespace troupe::fleet::brains
