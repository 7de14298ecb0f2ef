// From arguments to an HTTP request: a pure function, for the dry run shows what would be sent.
#pragma once
#include <string>
#include <vector>

#include "assistant/openapi/operation.h"

namespace troupe::assistant::openapi {

struct Header {
  std::string name, value;
};

/// One field of a multipart body. A file's value is what the arguments have for it: the executor puts the bytes in.
struct Part {
  std::string name, value;
  bool file = false;
};

/// What is sent, but for the server and the credential.
struct Request {
  std::string method;
  std::string path;             ///< percent-encoded, behind the base URL
  std::string query;            ///< percent-encoded, without the question mark
  std::vector<Header> headers;  ///< those of the arguments
  BodyKind body_kind = BodyKind::none;
  std::string content_type;  ///< of the body; multipart has no boundary yet
  std::string body;          ///< json, form, raw
  std::vector<Part> parts;   ///< multipart
};

inline constexpr std::size_t kMaxRequestPathBytes = 4'096;
inline constexpr std::size_t kMaxRequestQueryBytes = 8'192;
inline constexpr std::size_t kMaxRequestHeaderBytes = 2'048;
inline constexpr std::size_t kMaxRequestBodyBytes = 8 * 1024 * 1024;

/// `arguments` have passed schema::validate. Whatever they hold, the request stays this operation's: a value never
/// becomes another path segment, parameter or header. Errors: invalid_param with the argument's pointer (no value for
/// the path, "..", control characters in path or header); too_large.
Result<Request> build_request(const Operation& operation, const JsonObject& arguments);

}  // namespace troupe::assistant::openapi
