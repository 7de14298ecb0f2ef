#include "matrix/json.h"

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/encoding.h"

namespace troupe::matrix {
namespace {

namespace json = boost::json;
using boost::json::error_code;

/// Builds the tree as Boost's own parser does, and besides counts the members that the text holds: the tree keeps only
/// the last of two equal keys, so fewer members in the tree than in the text means a duplicate.
struct TreeBuilder {
  static constexpr std::size_t max_object_size = JsonObject::max_size();
  static constexpr std::size_t max_array_size = JsonArray::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  TreeBuilder(unsigned char* buffer, std::size_t buffer_bytes) : stack({}, buffer, buffer_bytes) { stack.reset(); }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t count, error_code&) {
    members += count;
    stack.push_object(count);
    return true;
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t count, error_code&) { return stack.push_array(count), true; }
  bool on_key_part(json::string_view part, std::size_t, error_code&) { return stack.push_chars(part), true; }
  bool on_key(json::string_view part, std::size_t, error_code&) { return stack.push_key(part), true; }
  bool on_string_part(json::string_view part, std::size_t, error_code&) { return stack.push_chars(part), true; }
  bool on_string(json::string_view part, std::size_t, error_code&) { return stack.push_string(part), true; }
  bool on_number_part(json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, error_code&) { return stack.push_int64(number), true; }
  bool on_uint64(std::uint64_t number, json::string_view, error_code&) { return stack.push_uint64(number), true; }
  bool on_double(double rough, json::string_view text, error_code& failed) {
    // Boost 1.81 rounds some numbers wrongly in the last digit; the text is here, so it is read again exactly.
    double number = rough;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) number = rough;
    if (!std::isfinite(number)) {
      failed = json::error::exponent_overflow;
      return false;
    }
    return stack.push_double(number), true;
  }
  bool on_bool(bool value, error_code&) { return stack.push_bool(value), true; }
  bool on_null(error_code&) { return stack.push_null(), true; }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

  json::value_stack stack;
  std::size_t members = 0;
};

std::size_t count_members(const Json& value) {
  std::size_t count = 0;
  if (const auto* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object) {
      if (member.value().is_structured()) count += count_members(member.value());
    }
  } else if (const auto* array = value.if_array()) {
    for (const auto& item : *array) {
      if (item.is_structured()) count += count_members(item);
    }
  }
  return count;
}

Error not_json(std::string reason) { return Error(Errc::not_json, "The text is not valid JSON: " + std::move(reason)); }

/// What is wrong with a value in an event; nullptr: nothing. `path` is filled from the inside out.
const char* find_offence(const Json& value, Numbers numbers, std::string& path);

const char* find_offence(const JsonObject& object, Numbers numbers, std::string& path) {
  for (const auto& member : object) {
    const std::string_view key(member.key().data(), member.key().size());
    const char* offence = base::is_utf8(key) ? find_offence(member.value(), numbers, path) : "is no valid UTF-8";
    if (offence) {
      path.insert(0, "." + std::string(key));
      return offence;
    }
  }
  return nullptr;
}

const char* find_offence(const Json& value, Numbers numbers, std::string& path) {
  if (const auto* number = value.if_double(); number && !std::isfinite(*number)) return "is too large a number";
  if (numbers == Numbers::any && value.is_number()) return nullptr;
  switch (value.kind()) {
    case json::kind::null:
    case json::kind::bool_:
      return nullptr;
    case json::kind::double_:
      return "is a fraction or outside ±(2^53−1); events hold only integers in that range";
    case json::kind::int64:
      return value.get_int64() >= -kMaxCanonicalInteger && value.get_int64() <= kMaxCanonicalInteger
                 ? nullptr
                 : "is an integer outside ±(2^53−1)";
    case json::kind::uint64:
      return value.get_uint64() <= std::uint64_t{kMaxCanonicalInteger} ? nullptr : "is an integer outside ±(2^53−1)";
    case json::kind::string:
      return base::is_utf8(view(value.get_string())) ? nullptr : "is no valid UTF-8";
    case json::kind::array: {
      std::size_t index = 0;
      for (const auto& item : value.get_array()) {
        if (const char* offence = find_offence(item, numbers, path)) {
          path.insert(0, "[" + std::to_string(index) + "]");
          return offence;
        }
        ++index;
      }
      return nullptr;
    }
    case json::kind::object:
      return find_offence(value.get_object(), numbers, path);
  }
  return nullptr;
}

Result<Unit> offence_to_result(const char* offence, std::string_view path) {
  if (!offence) return Unit{};
  constexpr std::size_t kShownBytes = 200;
  if (path.starts_with('.')) path.remove_prefix(1);
  std::string shown(path.substr(0, kShownBytes));
  if (!base::is_utf8(shown)) shown = "(unreadable)";  // a cut character, or the offender itself
  return Error(Errc::bad_json, "The value " + (shown.empty() ? "" : "at " + shown + " ") + offence + ".");
}

/// For each byte: 0 when it stands for itself in a string, the letter of its short escape, or 'u'.
constexpr auto kEscapes = [] {
  std::array<char, 256> table{};
  for (std::size_t byte = 0; byte < 0x20; ++byte) table[byte] = 'u';
  table['\b'] = 'b';
  table['\t'] = 't';
  table['\n'] = 'n';
  table['\f'] = 'f';
  table['\r'] = 'r';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

/// Whether none of eight bytes needs an escape. Cautious: borrows between bytes may say no for a word that needs none.
bool is_plain(const char* eight) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  constexpr std::uint64_t kHighBits = 0x80 * kEach;
  std::uint64_t word = 0;
  std::memcpy(&word, eight, sizeof word);
  const auto quote = word ^ ('"' * kEach);
  const auto backslash = word ^ ('\\' * kEach);
  const auto found = ((word - 0x20 * kEach) & ~word) | ((quote - kEach) & ~quote) | ((backslash - kEach) & ~backslash);
  return (found & kHighBits) == 0;
}

template <class Integer>
void append_integer(std::string& out, Integer number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

std::string_view key_of(const json::key_value_pair& member) { return {member.key().data(), member.key().size()}; }

/// Writes one value. The members of all open objects share one scratch array, so that a whole event sorts without
/// allocating.
class CanonicalWriter {
 public:
  explicit CanonicalWriter(std::string& out) : out_(out) {}

  void write(const Json& value) {
    switch (value.kind()) {
      case json::kind::null:
        out_ += "null";
        break;
      case json::kind::bool_:
        out_ += value.get_bool() ? "true" : "false";
        break;
      case json::kind::int64:
        append_integer(out_, value.get_int64());
        break;
      case json::kind::uint64:
        append_integer(out_, value.get_uint64());
        break;
      case json::kind::double_: {
        // Not canonical, and never in an event; but account data may hold fractions (the order of a tag).
        const double number = value.get_double() == 0 ? 0.0 : value.get_double();  // "-0" would be read as an integer
        std::array<char, 32> digits;
        out_.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
        break;
      }
      case json::kind::string:
        append_json_string(out_, view(value.get_string()));
        break;
      case json::kind::array: {
        char separator = '[';
        for (const auto& item : value.get_array()) {
          out_ += separator;
          separator = ',';
          write(item);
        }
        if (separator == '[') out_ += '[';
        out_ += ']';
        break;
      }
      case json::kind::object:
        write(value.get_object(), {});
        break;
    }
  }

  void write(const JsonObject& object, std::span<const std::string_view> without) {
    const auto first = members_.size();
    bool sorted = true;
    for (const auto& member : object) {
      const auto key = key_of(member);
      if (std::ranges::find(without, key) != without.end()) continue;
      if (sorted && members_.size() > first && key < key_of(*members_.back())) sorted = false;
      members_.push_back(&member);
    }
    const auto last = members_.size();
    if (!sorted) {
      // string_view compares bytes as unsigned, and UTF-8 keeps the order of code points.
      const auto by_key = [](const auto* a, const auto* b) { return key_of(*a) < key_of(*b); };
      std::sort(members_.begin() + static_cast<std::ptrdiff_t>(first), members_.end(), by_key);
    }
    out_ += '{';
    for (auto i = first; i < last; ++i) {
      const auto* member = members_[i];  // a nested object may move the array
      if (i > first) out_ += ',';
      append_json_string(out_, key_of(*member));
      out_ += ':';
      write(member->value());
    }
    out_ += '}';
    members_.resize(first);
  }

 private:
  std::string& out_;
  boost::container::small_vector<const json::key_value_pair*, 48> members_;
};

constexpr std::size_t kTypicalEventBytes = 512;

}  // namespace

Result<Json> parse_json(std::string_view text) {
  std::array<unsigned char, 4096> scratch;
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::basic_parser<TreeBuilder> parser(options, scratch.data(), scratch.size());
  error_code failed;
  const auto used = parser.write_some(false, text.data(), text.size(), failed);
  if (!failed && used < text.size()) failed = json::error::extra_data;
  if (failed) return not_json(failed.message() + " at byte " + std::to_string(used) + ".");
  Json value = parser.handler().stack.release();
  if (count_members(value) != parser.handler().members) return not_json("an object holds the same key twice.");
  return value;
}

Result<Unit> check_canonical(const Json& value, Numbers numbers) {
  std::string path;
  const char* offence = find_offence(value, numbers, path);
  return offence_to_result(offence, path);
}

Result<Unit> check_canonical(const JsonObject& object, Numbers numbers) {
  std::string path;
  const char* offence = find_offence(object, numbers, path);
  return offence_to_result(offence, path);
}

Json with_canonical_numbers(Json value) {
  const auto bring_inside = [](auto number) {
    if (std::cmp_greater(number, kMaxCanonicalInteger)) return kMaxCanonicalInteger;
    return std::cmp_less(number, -kMaxCanonicalInteger) ? -kMaxCanonicalInteger : static_cast<std::int64_t>(number);
  };
  if (const auto* whole = value.if_int64()) return bring_inside(*whole);
  if (const auto* whole = value.if_uint64()) return bring_inside(*whole);
  if (const auto* number = value.if_double()) {
    constexpr auto kMost = static_cast<double>(kMaxCanonicalInteger);
    return static_cast<std::int64_t>(std::clamp(std::trunc(*number), -kMost, kMost));
  }
  if (auto* object = value.if_object()) {
    for (auto& member : *object) member.value() = with_canonical_numbers(std::move(member.value()));
  } else if (auto* array = value.if_array()) {
    for (auto& item : *array) item = with_canonical_numbers(std::move(item));
  }
  return value;
}

std::string canonical_json(const Json& value) {
  std::string out;
  out.reserve(kTypicalEventBytes);
  CanonicalWriter(out).write(value);
  return out;
}

std::string canonical_json(const JsonObject& object) {
  std::string out;
  out.reserve(kTypicalEventBytes);
  CanonicalWriter(out).write(object, {});
  return out;
}

std::string canonical_json_without(const JsonObject& object, std::initializer_list<std::string_view> keys) {
  std::string out;
  out.reserve(kTypicalEventBytes);
  CanonicalWriter(out).write(object, {keys.begin(), keys.size()});
  return out;
}

void append_canonical(std::string& out, const Json& value) { CanonicalWriter(out).write(value); }
void append_canonical(std::string& out, const JsonObject& object) { CanonicalWriter(out).write(object, {}); }

void append_json_string(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  const char* run = text.data();
  const char* const end = run + text.size();
  for (const char* p = run; p != end; ++p) {
    while (end - p > 8 && is_plain(p)) p += 8;
    const auto byte = static_cast<unsigned char>(*p);
    const char escape = kEscapes[byte];
    if (!escape) [[likely]]
      continue;
    out.append(run, p);
    run = p + 1;
    out += '\\';
    out += escape;
    if (escape == 'u') {
      out += "00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  out.append(run, end);
  out += '"';
}

const Json* find(const JsonObject& object, std::string_view key) { return object.if_contains(key); }

std::optional<std::string_view> find_string(const JsonObject& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::optional(view(*text)) : std::nullopt;
}

std::optional<std::int64_t> find_integer(const JsonObject& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value) return std::nullopt;
  if (const auto* number = value->if_int64()) return *number;
  if (const auto* number = value->if_uint64(); number && std::in_range<std::int64_t>(*number)) {
    return static_cast<std::int64_t>(*number);
  }
  return std::nullopt;
}

std::optional<bool> find_bool(const JsonObject& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const auto* flag = value ? value->if_bool() : nullptr;
  return flag ? std::optional(*flag) : std::nullopt;
}

const JsonObject* find_object(const JsonObject& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value ? value->if_object() : nullptr;
}

const JsonArray* find_array(const JsonObject& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value ? value->if_array() : nullptr;
}

}  // namespace troupe::matrix
