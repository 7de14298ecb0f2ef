// A documented subset of JSON Schema 2020-12, compiled once when the program starts and run on every described body.
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace troupe::net::route {

/// One thing that is wrong with a value.
struct SchemaError {
  std::string pointer;      ///< RFC 6901, of the value; "" is the whole
  boost::json::array path;  ///< the same as keys and indexes
  std::string message;      ///< "Field required"
  std::string_view type;    ///< "missing", "string_type", … as FastAPI names them
};

/// Keywords: type (also a list), properties, required, items, enum, const, minLength, maxLength (code points), minimum,
/// maximum, minItems, maxItems, additionalProperties, anyOf, $ref to #/components/schemas/NAME. Annotations (title,
/// description, default, examples, format, deprecated, readOnly, writeOnly, contentEncoding, contentMediaType) are kept
/// for the document and not checked. Any other keyword is a programming error.
class SchemaSet {
 public:
  struct Node;

  SchemaSet();
  ~SchemaSet();
  SchemaSet(const SchemaSet&) = delete;
  SchemaSet& operator=(const SchemaSet&) = delete;

  /// Adds a schema others can $ref. Throws std::logic_error on a bad schema or a taken name.
  void add_named(std::string name, std::string_view json_schema);
  /// Compiles a schema. The set owns the result. Throws std::logic_error on a bad schema.
  const Node* compile(std::string_view json_schema);
  /// Throws std::logic_error when a $ref leads nowhere. Call before validate().
  void resolve();

  /// At most `kMaxErrors`, in document order; empty: valid. Callable from any thread after resolve().
  static std::vector<SchemaError> validate(const Node& schema, const boost::json::value& value);
  static constexpr std::size_t kMaxErrors = 32;

  /// The named schemas as text was given, for the API document.
  const std::map<std::string, boost::json::value>& named() const { return documents_; }

 private:
  std::unique_ptr<Node> build(const boost::json::value& schema, std::size_t depth);
  std::map<std::string, boost::json::value> documents_;
  std::map<std::string, std::unique_ptr<Node>> named_;
  std::vector<std::unique_ptr<Node>> compiled_;
};

/// The errors as members of an Error: `code` with `errors` = [{pointer, loc, message, type}, …].
Error schema_error(const std::vector<SchemaError>& errors, Errc code = Errc::bad_json);
/// The code that the Matrix specification has for it: missing_param, invalid_param (out of its bounds), else bad_json.
Errc matrix_code(const SchemaError& error);

}  // namespace troupe::net::route
