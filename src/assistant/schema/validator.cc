#include "assistant/schema/validator.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <memory>

#include "assistant/report/findings.h"
#include "base/encoding.h"

namespace troupe::assistant::schema {
namespace {

using matrix::view;
using report::below;

constexpr std::size_t kMaxDepth = 96;
/// What else than its members a schema may say of an object.
constexpr std::string_view kOfTheWhole[] = {"$ref", "const", "enum", "allOf", "anyOf", "oneOf", "not", "if"};
constexpr std::int64_t kPatternMemory = 1 << 20;

std::string_view type_name(const Json& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "boolean";
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
      return "integer";
    case boost::json::kind::double_:
      return "number";
    case boost::json::kind::string:
      return "string";
    case boost::json::kind::array:
      return "array";
    case boost::json::kind::object:
      break;
  }
  return "object";
}

bool is_whole(const Json& value) {
  return value.is_int64() || value.is_uint64() ||
         (value.is_double() && std::trunc(value.get_double()) == value.get_double());
}

bool has_type(const Json& value, std::string_view type) {
  if (type == "number") return value.is_number();
  if (type == "integer") return value.is_number() && is_whole(value);
  return type_name(value) == type;
}

double number(const Json& value) { return value.to_number<double>(); }

std::optional<double> bound(const JsonObject& schema, std::string_view key) {
  const auto* found = matrix::find(schema, key);
  if (!found || !found->is_number()) return std::nullopt;
  return number(*found);
}

/// As people write it: 300000, and not 3e+05.
std::string shown(double value) {
  constexpr double kLeastWrittenOut = 1e-5, kWrittenOut = 1e15;
  char digits[40];
  const auto size = std::abs(value);
  const bool written_out = size == 0 || (size >= kLeastWrittenOut && size < kWrittenOut);
  const auto form = written_out ? std::chars_format::fixed : std::chars_format::general;
  const auto end = std::to_chars(digits, digits + sizeof digits, value, form).ptr;
  return {digits, end};
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

bool is_multiple(const Json& value, const Json& of) {
  if (value.is_int64() && of.is_int64())
    return of.get_int64() == 0 || of.get_int64() == -1 || value.get_int64() % of.get_int64() == 0;
  const double ratio = number(value) / number(of);
  return std::isfinite(ratio) && std::abs(ratio - std::round(ratio)) < 1e-9 * std::max(1.0, std::abs(ratio));
}

/// One validation: the schema's root for references, and what it may still look at.
class Run {
 public:
  explicit Run(const Json& root) : root_(&root) {}
  explicit Run(const JsonObject& root) : members_of_root_(&root) {}

  using Out = std::vector<Violation>*;

  /// Some of it was not looked at: nothing is known to fit.
  bool gave_up() const { return gave_up_; }

  bool check(const Json& schema, const Json& value, const std::string& pointer, std::size_t depth, Out out) {
    if (schema.is_bool()) return schema.get_bool() || fail(out, pointer, "is not allowed here");
    if (!schema.is_object()) return true;
    if (depth > kMaxDepth || ++steps_ > kMaxSteps) return give_up(out, pointer);
    const auto& keywords = schema.get_object();
    const Place at{keywords, value, pointer, depth, out};
    // Each says what it finds: a person sees all mistakes at once.
    bool fits = reference(at);
    if (!type(at)) return false;
    fits = choice(at) && fits;
    if (value.is_number()) fits = numbers(at) && fits;
    if (value.is_string()) fits = text(at) && fits;
    if (value.is_array()) fits = list(at) && fits;
    if (value.is_object()) fits = object(at, value.get_object()) && fits;
    return combined(at) && fits;
  }
  /// An object whose schema, the root, says nothing of the whole.
  bool check(const JsonObject& members, Out out) {
    const Json nothing;
    const std::string whole;
    return object({*members_of_root_, nothing, whole, 0, out}, members);
  }

 private:
  struct Place {
    const JsonObject& schema;
    const Json& value;
    const std::string& pointer;
    std::size_t depth;
    Out out;
  };

  /// Whether the pattern is found; nothing when RE2 cannot read it. Compiled once: a list may hold many texts.
  std::optional<bool> finds(std::string_view pattern, std::string_view text) {
    auto& compiled = patterns_[std::string(pattern)];
    if (!compiled) {
      RE2::Options options(RE2::Quiet);
      options.set_max_mem(kPatternMemory);
      compiled = std::make_unique<RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
    }
    if (!compiled->ok()) return std::nullopt;
    return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled);
  }

  static bool fail(Out out, const std::string& pointer, std::string message) {
    if (out && out->size() < kMaxViolations) out->push_back({pointer, std::move(message)});
    return false;
  }
  static bool fail(const Place& at, std::string message) { return fail(at.out, at.pointer, std::move(message)); }
  /// Whatever else is found: where `not`, `if` or oneOf stand above, a failure here would make a value fit.
  bool give_up(Out out, const std::string& pointer) {
    gave_up_ = true;
    return fail(out, pointer, "is too complicated to be checked");
  }
  bool matches(const Json& schema, const Place& at) {
    return check(schema, at.value, at.pointer, at.depth + 1, nullptr);
  }

  bool reference(const Place& at) {
    const auto ref = matrix::find_string(at.schema, "$ref");
    if (!ref) return true;
    const auto* target = follow(root(), *ref);
    if (!target) return fail(at, "cannot be checked: " + report::quoted(*ref) + " leads nowhere");
    return check(*target, at.value, at.pointer, at.depth + 1, at.out);
  }

  static bool type(const Place& at) {
    const auto* types = matrix::find(at.schema, "type");
    if (!types) return true;
    std::string wanted;
    if (types->is_string()) {
      wanted = view(types->get_string());
      if (has_type(at.value, wanted)) return true;
    } else if (types->is_array()) {
      for (const auto& each : types->get_array()) {
        if (!each.is_string()) continue;
        if (has_type(at.value, view(each.get_string()))) return true;
        wanted += (wanted.empty() ? "" : " or ") + std::string(view(each.get_string()));
      }
    }
    return fail(at, "must be " + wanted + ", not " + std::string(type_name(at.value)));
  }

  static bool choice(const Place& at) {
    bool fits = true;
    if (const auto* only = matrix::find(at.schema, "const"); only && !same(*only, at.value))
      fits = fail(at, "must be " + matrix::canonical_json(*only));
    if (const auto* choices = matrix::find_array(at.schema, "enum")) {
      if (std::ranges::none_of(*choices, [&](const auto& each) { return same(each, at.value); })) {
        std::string all;
        for (std::size_t i = 0; i < choices->size() && i < 20; ++i)
          all += (i ? ", " : "") + matrix::canonical_json((*choices)[i]);
        fits = fail(at, "must be one of " + all + (choices->size() > 20 ? ", …" : ""));
      }
    }
    return fits;
  }

  static bool numbers(const Place& at) {
    const double value = number(at.value);
    bool fits = true;
    if (const auto least = bound(at.schema, "minimum"); least && value < *least)
      fits = fail(at, "must be " + shown(*least) + " or more");
    if (const auto most = bound(at.schema, "maximum"); most && value > *most)
      fits = fail(at, "must be " + shown(*most) + " or less");
    if (const auto least = bound(at.schema, "exclusiveMinimum"); least && value <= *least)
      fits = fail(at, "must be more than " + shown(*least));
    if (const auto most = bound(at.schema, "exclusiveMaximum"); most && value >= *most)
      fits = fail(at, "must be less than " + shown(*most));
    if (const auto* of = matrix::find(at.schema, "multipleOf");
        of && of->is_number() && number(*of) > 0 && !is_multiple(at.value, *of))
      fits = fail(at, "must be a multiple of " + shown(number(*of)));
    return fits;
  }

  bool text(const Place& at) {
    const auto value = view(at.value.get_string());
    const auto length = static_cast<double>(code_points(value));
    bool fits = true;
    if (const auto least = bound(at.schema, "minLength"); least && length < *least)
      fits = fail(at, *least == 1 ? "must not be empty" : "must have " + shown(*least) + " characters or more");
    if (const auto most = bound(at.schema, "maxLength"); most && length > *most)
      fits = fail(at, "must have " + shown(*most) + " characters or fewer");
    if (const auto pattern = matrix::find_string(at.schema, "pattern"); pattern && finds(*pattern, value) == false)
      fits = fail(at, "must match " + report::quoted(*pattern));
    return fits;
  }

  bool list(const Place& at) {
    const auto& items = at.value.get_array();
    const auto count = static_cast<double>(items.size());
    bool fits = true;
    if (const auto least = bound(at.schema, "minItems"); least && count < *least)
      fits = fail(at, "must have " + shown(*least) + " entries or more");
    if (const auto most = bound(at.schema, "maxItems"); most && count > *most)
      fits = fail(at, "must have " + shown(*most) + " entries or fewer");
    const auto* first = matrix::find_array(at.schema, "prefixItems");
    const auto* rest = matrix::find(at.schema, "items");
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto* schema = first && i < first->size() ? &(*first)[i] : rest;
      if (schema) fits = check(*schema, items[i], below(at.pointer, i), at.depth + 1, at.out) && fits;
    }
    if (matrix::find_bool(at.schema, "uniqueItems").value_or(false)) fits = unique(at, items) && fits;
    if (const auto* wanted = matrix::find(at.schema, "contains")) fits = contains(at, *wanted, items) && fits;
    return fits;
  }

  bool unique(const Place& at, const JsonArray& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (++steps_ > kMaxSteps) return give_up(at.out, at.pointer);
        if (same(items[i], items[j])) return fail(at.out, below(at.pointer, i), "is there twice");
      }
    }
    return true;
  }

  bool contains(const Place& at, const Json& wanted, const JsonArray& items) {
    const auto found = static_cast<double>(std::ranges::count_if(
        items, [&](const auto& each) { return check(wanted, each, at.pointer, at.depth + 1, nullptr); }));
    if (found < bound(at.schema, "minContains").value_or(1))
      return fail(at, "has too few entries of the kind that is asked for");
    const auto most = bound(at.schema, "maxContains");
    return !most || found <= *most || fail(at, "has too many entries of one kind");
  }

  bool object(const Place& at, const JsonObject& members) {
    bool fits = required(at, members);
    const auto count = static_cast<double>(members.size());
    if (const auto least = bound(at.schema, "minProperties"); least && count < *least)
      fits = fail(at, "must have " + shown(*least) + " members or more");
    if (const auto most = bound(at.schema, "maxProperties"); most && count > *most)
      fits = fail(at, "must have " + shown(*most) + " members or fewer");
    const auto* names = matrix::find(at.schema, "propertyNames");
    for (const auto& [key, value] : members) {
      const std::string_view name(key.data(), key.size());
      if (names && !check(*names, Json(key), below(at.pointer, name), at.depth + 1, nullptr))
        fits = fail(at.out, below(at.pointer, name), "has a name that is not allowed");
      fits = member(at, name, value) && fits;
    }
    return fits;
  }

  static bool required(const Place& at, const JsonObject& members) {
    bool fits = true;
    if (const auto* wanted = matrix::find_array(at.schema, "required")) {
      for (const auto& each : *wanted) {
        if (each.is_string() && !members.contains(each.get_string()))
          fits = fail(at.out, below(at.pointer, view(each.get_string())), "is missing");
      }
    }
    if (const auto* dependent = matrix::find_object(at.schema, "dependentRequired")) {
      for (const auto& [name, wanted] : *dependent) {
        if (!members.contains(name) || !wanted.is_array()) continue;
        for (const auto& each : wanted.get_array()) {
          if (each.is_string() && !members.contains(each.get_string()))
            fits = fail(at.out, below(at.pointer, view(each.get_string())), "is missing");
        }
      }
    }
    return fits;
  }

  bool member(const Place& at, std::string_view name, const Json& value) {
    bool fits = true, known = false;
    const auto here = below(at.pointer, name);
    if (const auto* properties = matrix::find_object(at.schema, "properties")) {
      if (const auto* schema = matrix::find(*properties, name)) {
        known = true;
        fits = check(*schema, value, here, at.depth + 1, at.out);
      }
    }
    if (const auto* patterns = matrix::find_object(at.schema, "patternProperties")) {
      for (const auto& [pattern, schema] : *patterns) {
        if (!finds({pattern.data(), pattern.size()}, name).value_or(false)) continue;
        known = true;
        fits = check(schema, value, here, at.depth + 1, at.out) && fits;
      }
    }
    const auto* others = matrix::find(at.schema, "additionalProperties");
    if (known || !others) return fits;
    if (others->is_bool()) return others->get_bool() || fail(at.out, here, "is not known");
    return check(*others, value, here, at.depth + 1, at.out) && fits;
  }

  bool combined(const Place& at) {
    bool fits = true;
    if (const auto* all = matrix::find_array(at.schema, "allOf")) {
      for (const auto& each : *all) fits = check(each, at.value, at.pointer, at.depth + 1, at.out) && fits;
    }
    if (const auto* any = matrix::find_array(at.schema, "anyOf")) {
      if (std::ranges::none_of(*any, [&](const auto& each) { return matches(each, at); })) fits = nearest(at, *any);
    }
    if (const auto* one = matrix::find_array(at.schema, "oneOf")) {
      const auto found = std::ranges::count_if(*one, [&](const auto& each) { return matches(each, at); });
      if (found == 0) fits = nearest(at, *one);
      if (found > 1) fits = fail(at, "fits more than one of the forms of which it must have exactly one");
    }
    if (const auto* none = matrix::find(at.schema, "not"); none && matches(*none, at))
      fits = fail(at, "has a form that is not allowed");
    if (const auto* condition = matrix::find(at.schema, "if")) {
      const auto* then = matrix::find(at.schema, matches(*condition, at) ? "then" : "else");
      if (then) fits = check(*then, at.value, at.pointer, at.depth + 1, at.out) && fits;
    }
    return fits;
  }

  /// Why none of several forms fits: the mistakes of the one that has fewest, where there are but a few.
  bool nearest(const Place& at, const JsonArray& forms) {
    std::vector<Violation> best;
    for (const auto& form : forms) {
      std::vector<Violation> found;
      check(form, at.value, at.pointer, at.depth + 1, &found);
      const bool same_place = std::ranges::any_of(found, [&](const auto& each) { return each.pointer == at.pointer; });
      if (!same_place && (best.empty() || found.size() < best.size())) best = std::move(found);
    }
    if (best.empty()) return fail(at, "has none of the forms that are allowed");
    for (auto& each : best) fail(at.out, each.pointer, std::move(each.message));
    return false;
  }

  const Json& root() {
    if (root_ == nullptr) root_ = &copy_.emplace(*members_of_root_);
    return *root_;
  }

  const Json* root_ = nullptr;
  const JsonObject* members_of_root_ = nullptr;
  std::optional<Json> copy_;  ///< of these, once something refers to them
  std::size_t steps_ = 0;
  bool gave_up_ = false;
  std::map<std::string, std::unique_ptr<RE2>> patterns_;
};

std::vector<Violation> found_by(const Run& run, std::vector<Violation> out) {
  if (run.gave_up() && out.empty()) out.push_back({"", "is too complicated to be checked"});
  return out;
}

}  // namespace

std::vector<Violation> validate(const Json& schema, const Json& value) {
  std::vector<Violation> out;
  Run run(schema);
  run.check(schema, value, "", 0, &out);
  return found_by(run, std::move(out));
}

std::vector<Violation> validate(const JsonObject& schema, const JsonObject& value) {
  const auto* type = matrix::find(schema, "type");
  const bool of_objects = type == nullptr || (type->is_string() && type->get_string() == "object");
  const auto says = [&](std::string_view keyword) { return matrix::find(schema, keyword) != nullptr; };
  if (!of_objects || std::ranges::any_of(kOfTheWhole, says)) return validate(Json(schema), Json(value));
  std::vector<Violation> out;
  Run run(schema);
  run.check(value, &out);
  return found_by(run, std::move(out));
}

const Json* follow(const Json& root, std::string_view reference) {
  if (!reference.starts_with('#')) return nullptr;
  const auto decoded = base::percent_decode(reference.substr(1));
  if (!decoded || (!decoded->empty() && decoded->front() != '/')) return nullptr;
  boost::system::error_code failed;
  return root.find_pointer(*decoded, failed);
}

bool same(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) {
    return a.is_double() || b.is_double() ? number(a) == number(b) : a == b;
  }
  if (a.is_array() && b.is_array()) return std::ranges::equal(a.get_array(), b.get_array(), same);
  if (a.is_object() && b.is_object()) {
    return a.get_object().size() == b.get_object().size() &&
           std::ranges::all_of(a.get_object(), [&](const auto& member) {
             const auto* other = b.get_object().if_contains(member.key());
             return other && same(member.value(), *other);
           });
  }
  return a == b;
}

}  // namespace troupe::assistant::schema
