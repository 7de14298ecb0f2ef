#include "fleet/brains/brain_fields.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/field_errors.h"
#include "matrix/json.h"

namespace troupe::fleet::brains {
namespace {

bool is_absent(const boost::json::object& config, std::string_view key) {
  const auto* member = matrix::find(config, key);
  return member == nullptr || member->is_null();
}

Error wrong(std::string_view key, std::string text) {
  return base::field_error(base::pointer_to(key), std::string(key) + " must be " + std::move(text) + ".");
}

}  // namespace

bool is_web_address(std::string_view url) {
  auto host = url.starts_with("https://") ? url.substr(8) : url.starts_with("http://") ? url.substr(7) : "";
  return !host.empty() && host.front() != '/' && host.front() != '?' && url.size() <= 2048 &&
         std::ranges::all_of(url, [](unsigned char c) { return c > 0x20 && c < 0x7f; }) &&
         host.substr(0, host.find('/')).find('@') == host.npos;
}

Result<std::int64_t> BrainFields::integer(std::string_view key, std::int64_t low, std::int64_t high,
                                          std::int64_t fallback) {
  if (is_absent(config_, key)) {
    config_[key] = fallback;
    return fallback;
  }
  auto value = matrix::find_integer(config_, key);
  if (!value || *value < low || *value > high) {
    return wrong(key, fmt::format("a whole number from {} to {}", low, high));
  }
  return *value;
}

Result<bool> BrainFields::boolean(std::string_view key, bool fallback) {
  if (is_absent(config_, key)) {
    config_[key] = fallback;
    return fallback;
  }
  auto value = matrix::find_bool(config_, key);
  if (!value) return wrong(key, "true or false");
  return *value;
}

Result<std::string> BrainFields::text(std::string_view key, std::size_t max_bytes, std::string_view fallback) {
  if (is_absent(config_, key)) {
    config_[key] = fallback;
    return std::string(fallback);
  }
  auto value = matrix::find_string(config_, key);
  if (!value || value->size() > max_bytes || value->find('\0') != value->npos) {
    return wrong(key, fmt::format("a text of at most {} bytes", max_bytes));
  }
  return std::string(*value);
}

Result<std::optional<double>> BrainFields::number(std::string_view key, double low, double high) {
  if (is_absent(config_, key)) {
    config_.erase(key);
    return std::optional<double>();
  }
  const auto& member = config_.at(key);
  std::optional<double> value;
  if (member.is_double()) value = member.get_double();
  if (member.is_int64()) value = static_cast<double>(member.get_int64());
  if (member.is_uint64()) value = static_cast<double>(member.get_uint64());
  if (!value || *value < low || *value > high) return wrong(key, fmt::format("a number from {} to {}", low, high));
  return value;
}

Result<std::string> BrainFields::web_address(std::string_view key, std::string_view example) {
  auto value = matrix::find_string(config_, key);
  if (!value || !is_web_address(*value)) {
    return wrong(key, "an http or https address without a user name, e.g. " + std::string(example));
  }
  return std::string(*value);
}

Result<bool> BrainFields::secret(std::string_view key, std::size_t min_bytes, std::size_t max_bytes,
                                 boost::json::object& secrets) {
  if (!is_absent(config_, key)) {
    auto value = matrix::find_string(config_, key);
    if (value && value->empty()) {
      secrets.erase(key);
    } else if (!value || value->size() < min_bytes || value->size() > max_bytes ||
               !std::ranges::all_of(*value, [](unsigned char c) { return c > 0x1f && c != 0x7f; })) {
      return wrong(key, fmt::format("a text of {} to {} bytes without line breaks", min_bytes, max_bytes));
    } else {
      secrets[key] = *value;
    }
  }
  config_.erase(key);
  bool there = secrets.contains(key);
  config_[std::string(key) + "_set"] = there;
  return there;
}

}  // namespace troupe::fleet::brains
