// How a route names the shape of its body or answer.
#pragma once
#include <span>
#include <string_view>

namespace troupe::api {

/// A named schema, for $ref as #/components/schemas/<name>.
struct Named {
  std::string_view name;
  std::string_view text;
};

/// A reference to a named schema, to declare a route with.
#define TROUPE_REF(name) R"({"$ref":"#/components/schemas/)" name R"("})"

}  // namespace troupe::api
