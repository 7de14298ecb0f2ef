// JSON Schema 2020-12, as much of it as service descriptions use: whether a value is what a schema asks for.
#pragma once
#include <string>
#include <vector>

#include "matrix/json.h"

namespace troupe::assistant::schema {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

/// One thing that is wrong with a value.
struct Violation {
  std::string pointer;  ///< RFC 6901, of the value; "" is the whole
  std::string message;  ///< "must be a string, not a number"
};

inline constexpr std::size_t kMaxViolations = 32;
/// What one validation may look at: a schema of nested anyOf could otherwise cost time without end.
inline constexpr std::size_t kMaxSteps = 200'000;

/// Empty: the value fits. Keywords: type, enum, const, the bounds of numbers, texts, lists and objects, pattern (RE2:
/// one that it cannot read is passed over), properties, required, additionalProperties, patternProperties,
/// propertyNames, items, prefixItems, contains, uniqueItems, allOf, anyOf, oneOf, not, if/then/else, dependentRequired,
/// $ref inside the schema. `format` is an annotation, as the specification has it. A $ref that leads nowhere fits
/// nothing. Any thread.
std::vector<Violation> validate(const Json& schema, const Json& value);
std::vector<Violation> validate(const JsonObject& schema, const JsonObject& value);

/// The member of `root` that a local reference ("#/$defs/Address") names; nullptr when there is none.
const Json* follow(const Json& root, std::string_view reference);

/// Equality of JSON values: 1 and 1.0 are the same number.
bool same(const Json& a, const Json& b);

}  // namespace troupe::assistant::schema
