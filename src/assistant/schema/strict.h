// The variant of a schema that models are held to, and the way back from what they answer.
#pragma once
#include <string>
#include <vector>

#include "assistant/schema/validator.h"

namespace troupe::assistant::schema {

/// What endpoints with strict schemas take.
inline constexpr std::size_t kMaxStrictProperties = 5'000;
inline constexpr std::size_t kMaxStrictDepth = 10;
inline constexpr std::size_t kMaxStrictEnumValues = 1'000;
inline constexpr std::size_t kMaxStrictBytes = 120'000;  ///< of names and enum texts together

struct Strict {
  JsonObject schema;
  /// Why an endpoint would refuse it as strict ("/properties/metadata: may have any members"); empty: it is strict, and
  /// may be sent as such. Otherwise it is still the schema, for endpoints asked without strictness.
  std::vector<std::string> loose;
};

/// Every object closed, every property required, what was optional may be null; keywords that strict endpoints refuse
/// are left to our own validation. `schema` is an object's. Any thread.
Strict strict_variant(const JsonObject& schema);

/// What a model gave for the strict variant, as `schema` means it: a null that stands for "left out" is left out.
Json without_nulls(const JsonObject& schema, Json value);

}  // namespace troupe::assistant::schema
