#include "net/route/schema.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <limits>
#include <optional>
#include <stdexcept>

#include "base/field_errors.h"

namespace troupe::net::route {

namespace json = boost::json;

namespace {

constexpr std::size_t kMaxSchemaDepth = 32;
constexpr std::string_view kRefPrefix = "#/components/schemas/";

enum TypeBit : unsigned {
  kNull = 1U << 0,
  kBoolean = 1U << 1,
  kInteger = 1U << 2,
  kNumber = 1U << 3,
  kString = 1U << 4,
  kArray = 1U << 5,
  kObject = 1U << 6,
};

struct TypeName {
  std::string_view name;
  unsigned bit;
  std::string_view error;
  std::string_view message;
};
constexpr TypeName kTypes[] = {
    {"boolean", kBoolean, "bool_type", "Input should be a valid boolean"},
    {"integer", kInteger, "int_type", "Input should be a valid integer"},
    {"number", kNumber, "float_type", "Input should be a valid number"},
    {"string", kString, "string_type", "Input should be a valid string"},
    {"array", kArray, "list_type", "Input should be a valid list"},
    {"object", kObject, "dict_type", "Input should be a valid object"},
    {"null", kNull, "none_required", "Input should be null"},
};
constexpr std::string_view kAnnotations[] = {"title",    "description", "default",         "examples",        "example",
                                             "format",   "deprecated",  "readOnly",        "writeOnly",       "$schema",
                                             "$comment", "pattern",     "contentEncoding", "contentMediaType"};

[[noreturn]] void broken(const std::string& why) { throw std::logic_error("JSON schema: " + why); }

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

unsigned type_bit(std::string_view name) {
  for (const auto& type : kTypes) {
    if (type.name == name) return type.bit;
  }
  broken("unknown type " + std::string(name));
}

unsigned type_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return kNull;
    case json::kind::bool_:
      return kBoolean;
    case json::kind::int64:
    case json::kind::uint64:
      return kInteger | kNumber;
    case json::kind::double_:
      return kNumber;
    case json::kind::string:
      return kString;
    case json::kind::array:
      return kArray;
    case json::kind::object:
      return kObject;
  }
  return 0;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string plain(double number) {
  json::value value = number == static_cast<double>(static_cast<std::int64_t>(number))
                          ? json::value(static_cast<std::int64_t>(number))
                          : json::value(number);
  return json::serialize(value);
}

}  // namespace

struct SchemaSet::Node {
  unsigned types = 0;  ///< 0: any
  std::vector<std::pair<std::string, std::unique_ptr<Node>>> properties;
  std::vector<std::string> required;
  std::unique_ptr<Node> items;
  std::unique_ptr<Node> additional;
  bool additional_allowed = true;
  std::vector<std::unique_ptr<Node>> any_of;
  std::optional<json::array> allowed;
  std::size_t min_length = 0;
  std::size_t max_length = std::numeric_limits<std::size_t>::max();
  std::size_t min_items = 0;
  std::size_t max_items = std::numeric_limits<std::size_t>::max();
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::string ref;
  const Node* target = nullptr;  ///< of ref, after resolve()
};

SchemaSet::SchemaSet() = default;
SchemaSet::~SchemaSet() = default;

std::unique_ptr<SchemaSet::Node> SchemaSet::build(const json::value& schema, std::size_t depth) {
  if (depth > kMaxSchemaDepth) broken("nested too deep");
  auto node = std::make_unique<Node>();
  if (schema.is_bool() && schema.get_bool()) return node;
  if (!schema.is_object()) broken("a schema must be an object");
  for (const auto& member : schema.get_object()) {
    const auto keyword = view(member.key());
    const json::value& value = member.value();
    if (keyword == "type") {
      if (value.is_string()) {
        node->types = type_bit(view(value.get_string()));
      } else {
        for (const auto& one : value.as_array()) node->types |= type_bit(view(one.as_string()));
      }
    } else if (keyword == "properties") {
      for (const auto& property : value.as_object()) {
        node->properties.emplace_back(property.key(), build(property.value(), depth + 1));
      }
    } else if (keyword == "required") {
      for (const auto& name : value.as_array()) node->required.emplace_back(view(name.as_string()));
    } else if (keyword == "items") {
      node->items = build(value, depth + 1);
    } else if (keyword == "additionalProperties") {
      if (value.is_bool()) {
        node->additional_allowed = value.get_bool();
      } else {
        node->additional = build(value, depth + 1);
      }
    } else if (keyword == "anyOf") {
      for (const auto& one : value.as_array()) node->any_of.push_back(build(one, depth + 1));
    } else if (keyword == "enum") {
      node->allowed = value.as_array();
    } else if (keyword == "const") {
      node->allowed = json::array{value};
    } else if (keyword == "minLength") {
      node->min_length = value.to_number<std::size_t>();
    } else if (keyword == "maxLength") {
      node->max_length = value.to_number<std::size_t>();
    } else if (keyword == "minItems") {
      node->min_items = value.to_number<std::size_t>();
    } else if (keyword == "maxItems") {
      node->max_items = value.to_number<std::size_t>();
    } else if (keyword == "minimum") {
      node->minimum = value.to_number<double>();
    } else if (keyword == "maximum") {
      node->maximum = value.to_number<double>();
    } else if (keyword == "$ref") {
      const auto ref = view(value.as_string());
      if (!ref.starts_with(kRefPrefix)) broken("$ref must lead to " + std::string(kRefPrefix));
      node->ref = ref.substr(kRefPrefix.size());
    } else if (std::ranges::find(kAnnotations, keyword) == std::end(kAnnotations)) {
      broken("keyword " + std::string(keyword) + " is not in the subset");
    }
  }
  return node;
}

void SchemaSet::add_named(std::string name, std::string_view json_schema) {
  json::value document = json::parse({json_schema.data(), json_schema.size()});
  auto node = build(document, 0);
  if (!named_.emplace(name, std::move(node)).second) broken("the name " + name + " is taken");
  documents_.emplace(std::move(name), std::move(document));
}

const SchemaSet::Node* SchemaSet::compile(std::string_view json_schema) {
  return compiled_.emplace_back(build(json::parse({json_schema.data(), json_schema.size()}), 0)).get();
}

void SchemaSet::resolve() {
  std::vector<Node*> open;
  open.reserve(named_.size() + compiled_.size());
  for (auto& [name, node] : named_) open.push_back(node.get());
  for (auto& node : compiled_) open.push_back(node.get());
  while (!open.empty()) {
    Node* node = open.back();
    open.pop_back();
    if (!node->ref.empty()) {
      auto found = named_.find(node->ref);
      if (found == named_.end()) broken("no schema is named " + node->ref);
      node->target = found->second.get();
    }
    for (auto& [name, property] : node->properties) open.push_back(property.get());
    for (auto& one : node->any_of) open.push_back(one.get());
    if (node->items) open.push_back(node->items.get());
    if (node->additional) open.push_back(node->additional.get());
  }
}

namespace {

/// Walks a value and its schema side by side. References are followed at most once per level of the value, so a schema
/// that only refers to itself ends too.
class Walk {
 public:
  using Node = SchemaSet::Node;
  std::vector<SchemaError> errors;

  void check(const Node& schema, const json::value& value, int references = 0) {
    if (full()) return;
    if (schema.target && references < kMaxReferences) check(*schema.target, value, references + 1);
    const unsigned type = type_of(value);
    if (schema.types && !(schema.types & type) && !is_whole_number(schema, value)) return wrong_type(schema.types);
    if (schema.allowed && std::ranges::find(*schema.allowed, value) == schema.allowed->end())
      not_allowed(*schema.allowed);
    if (!schema.any_of.empty()) check_any(schema, value, references);
    if (type & kString) {
      check_string(schema, value.get_string());
    } else if (type & kNumber) {
      check_number(schema, value);
    } else if (type & kArray) {
      check_array(schema, value.get_array());
    } else if (type & kObject) {
      check_object(schema, value.get_object());
    }
  }

 private:
  static constexpr int kMaxReferences = 8;
  bool full() const { return errors.size() >= SchemaSet::kMaxErrors; }

  void add(std::string message, std::string_view type) {
    if (full()) return;
    std::string pointer;
    for (const auto& step : path_) {
      pointer += step.is_string() ? base::pointer_to(view(step.get_string())) : "/" + std::to_string(step.get_uint64());
    }
    errors.push_back({std::move(pointer), path_, std::move(message), type});
  }

  template <class Step>
  void descend(Step step, const Node& schema, const json::value& value) {
    path_.emplace_back(std::move(step));
    check(schema, value);
    path_.pop_back();
  }

  /// JSON Schema: 1.0 is an integer.
  static bool is_whole_number(const Node& schema, const json::value& value) {
    return (schema.types & kInteger) && value.is_double() &&
           value.get_double() ==
               static_cast<double>(static_cast<std::int64_t>(std::clamp(value.get_double(), -9.0e15, 9.0e15)));
  }

  void wrong_type(unsigned wanted) {
    std::string message;
    std::string_view type;
    for (const auto& one : kTypes) {
      if (!(wanted & one.bit)) continue;
      if (message.empty()) {
        message = one.message;
        type = one.error;
      } else {
        message += " or " + std::string(one.name);
      }
    }
    add(std::move(message), type);
  }

  void not_allowed(const json::array& allowed) {
    std::string message = "Input should be ";
    for (std::size_t i = 0; i < allowed.size(); ++i) {
      if (i) message += i + 1 == allowed.size() ? " or " : ", ";
      message +=
          allowed[i].is_string() ? "'" + std::string(view(allowed[i].get_string())) + "'" : json::serialize(allowed[i]);
    }
    add(std::move(message), "enum");
  }

  void check_any(const Node& schema, const json::value& value, int references) {
    for (const auto& one : schema.any_of) {
      Walk attempt;
      attempt.check(*one, value, references + 1);
      if (attempt.errors.empty()) return;
    }
    add("Input has none of the allowed forms", "union");
  }

  void check_string(const Node& schema, const json::string& text) {
    const auto bound = [](std::size_t n) { return std::to_string(n) + (n == 1 ? " character" : " characters"); };
    const auto length = code_points(view(text));
    if (length < schema.min_length) add("String should have at least " + bound(schema.min_length), "string_too_short");
    if (length > schema.max_length) add("String should have at most " + bound(schema.max_length), "string_too_long");
  }

  void check_number(const Node& schema, const json::value& value) {
    const auto number = value.to_number<double>();
    if (schema.minimum && number < *schema.minimum) {
      add("Input should be greater than or equal to " + plain(*schema.minimum), "greater_than_equal");
    }
    if (schema.maximum && number > *schema.maximum) {
      add("Input should be less than or equal to " + plain(*schema.maximum), "less_than_equal");
    }
  }

  void check_array(const Node& schema, const json::array& array) {
    if (array.size() < schema.min_items) {
      add("List should have at least " + std::to_string(schema.min_items) + " items", "too_short");
    }
    if (array.size() > schema.max_items) {
      add("List should have at most " + std::to_string(schema.max_items) + " items", "too_long");
      return;
    }
    if (!schema.items) return;
    for (std::size_t i = 0; i < array.size() && !full(); ++i) {
      descend(static_cast<std::uint64_t>(i), *schema.items, array[i]);
    }
  }

  void check_object(const Node& schema, const json::object& object) {
    for (const auto& name : schema.required) {
      if (object.contains(name)) continue;
      path_.emplace_back(name);
      add("Field required", "missing");
      path_.pop_back();
    }
    for (const auto& [name, property] : schema.properties) {
      if (auto found = object.find(name); found != object.end()) descend(name, *property, found->value());
    }
    if (schema.additional_allowed && !schema.additional) return;
    for (const auto& member : object) {
      const auto key = view(member.key());
      if (full()) return;
      if (std::ranges::any_of(schema.properties, [&](const auto& property) { return property.first == key; })) continue;
      if (schema.additional) {
        descend(key, *schema.additional, member.value());
      } else {
        path_.emplace_back(key);
        add("Extra inputs are not permitted", "extra_forbidden");
        path_.pop_back();
      }
    }
  }

  json::array path_;
};

}  // namespace

std::vector<SchemaError> SchemaSet::validate(const Node& schema, const json::value& value) {
  Walk walk;
  walk.check(schema, value);
  return std::move(walk.errors);
}

Errc matrix_code(const SchemaError& error) {
  constexpr std::string_view kOutOfBounds[] = {"string_too_short",   "string_too_long", "too_short", "too_long",
                                               "greater_than_equal", "less_than_equal", "enum"};
  if (error.type == "missing") return Errc::missing_param;
  return std::ranges::find(kOutOfBounds, error.type) != std::end(kOutOfBounds) ? Errc::invalid_param : Errc::bad_json;
}

Error schema_error(const std::vector<SchemaError>& errors, Errc code) {
  json::array list;
  for (const auto& error : errors) {
    json::array loc{"body"};
    for (const auto& step : error.path) loc.push_back(step);
    list.push_back(json::object{
        {"pointer", error.pointer}, {"loc", std::move(loc)}, {"message", error.message}, {"type", error.type}});
  }
  const auto& first = errors.front();
  std::string message = first.pointer.empty() ? first.message : first.pointer.substr(1) + ": " + first.message;
  return Error(code, std::move(message)).with_member("errors", std::move(list));
}

}  // namespace troupe::net::route
