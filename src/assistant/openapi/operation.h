// One operation of a service: what it takes, and how its arguments become an HTTP request.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "matrix/json.h"

namespace troupe::assistant::openapi {

using matrix::Json;
using matrix::JsonArray;
using matrix::JsonObject;

enum class Where : std::uint8_t { path, query, header };
enum class Style : std::uint8_t {
  simple,
  form,
  space_delimited,
  pipe_delimited,
  deep_object,
  json,
  whole,       ///< the query string is this one value (3.2: `in: querystring`)
  whole_form,  ///< its members are the query string, as those of a form
};
constexpr bool is_whole_query(Style style) { return style == Style::whole || style == Style::whole_form; }

/// Where one argument goes.
struct Parameter {
  std::string argument;  ///< its name among the arguments
  std::string name;      ///< its name on the wire
  Where where = Where::query;
  Style style = Style::form;
  bool explode = true;
  bool allow_reserved = false;  ///< `allowReserved`: reserved characters stay, but for those that part a query
};

enum class BodyKind : std::uint8_t { none, json, form, multipart, raw };

/// A member of a flattened body.
struct BodyMember {
  std::string argument;
  std::string name;
  bool file = false;          ///< multipart: bytes, not text
  Style style = Style::form;  ///< of form bodies: `deep_object`, or JSON text for what is nested
};

struct Body {
  BodyKind kind = BodyKind::none;
  std::string media_type;
  bool required = false;
  std::string whole;                ///< the argument that is the whole body; empty: its members are arguments
  std::vector<BodyMember> members;  ///< of a flattened body
};

struct Operation {
  std::string name;                  ///< "send_message"
  std::string description;           ///< at most 1,000 bytes
  std::string method;                ///< "POST"
  std::string path;                  ///< as the document has it: "/projects/{id}"
  std::string pointer;               ///< where it stands in the document; empty: made from config.json alone
  JsonObject arguments;              ///< one schema of an object, self-contained
  std::optional<JsonObject> answer;  ///< the schema of a good answer, where it is said and not too large
  std::vector<Parameter> parameters;
  Body body;
  bool writes = true;        ///< GET, HEAD and QUERY read; config.json may say otherwise
  bool destructive = false;  ///< DELETE, and methods that are not known here
  bool deprecated = false;
  bool open = false;  ///< `security: []`: no credential is sent
  /// The first requirement that it has for each security scheme: scheme → scopes. Its own, else the document's.
  std::map<std::string, std::vector<std::string>, std::less<>> scopes;
};

}  // namespace troupe::assistant::openapi
