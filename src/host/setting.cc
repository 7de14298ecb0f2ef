#include "host/setting.h"

#include <fmt/format.h>

#include <charconv>

#include "host/endpoint.h"

namespace troupe::host {

std::optional<bool> read_flag(std::string_view text) {
  if (text == "true" || text == "on" || text == "yes" || text == "1") return true;
  if (text == "false" || text == "off" || text == "no" || text == "0") return false;
  return std::nullopt;
}

std::vector<std::string> read_list(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    std::string part(text.substr(begin, end - begin));
    part.erase(0, part.find_first_not_of(' '));
    part.erase(part.find_last_not_of(' ') + 1);
    if (!part.empty()) out.push_back(std::move(part));
    begin = end + 1;
  }
  return out;
}

std::string write_list(const std::vector<std::string>& items) { return fmt::format("{}", fmt::join(items, ",")); }

std::string variable_of(std::string_view key) {
  std::string name = "TROUPE_";
  for (const char c : key) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '.' ? '_' : c;
  return name;
}

std::string takes_number(const Bounds& bounds) {
  if (!bounds.takes.empty()) return std::string(bounds.takes);
  return fmt::format("{}a number{}{} from {} to {}", bounds.zero_too ? "0 or " : "", bounds.unit.empty() ? "" : " of ",
                     bounds.unit, bounds.least, bounds.most);
}

std::optional<std::int64_t> read_number(std::string_view text, const Bounds& bounds) {
  std::int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value == 0 && bounds.zero_too) return value;
  return value < bounds.least || value > bounds.most ? std::nullopt : std::optional(value);
}

std::string takes_words(const std::vector<std::string_view>& words) {
  std::string out;
  for (std::size_t n = 0; n < words.size(); ++n) {
    out += n == 0 ? "" : n + 1 == words.size() ? " or " : ", ";
    out += words[n];
  }
  return out;
}

std::optional<std::string> wrong_endpoint(const std::string& text) {
  auto parsed = parse_endpoint(text);
  return parsed ? std::nullopt : std::optional(parsed.error().message());
}

}  // namespace troupe::host
