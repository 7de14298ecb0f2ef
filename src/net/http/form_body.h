// Reading what an HTML form sends, and what stands after the '?' of a path: pairs of percent-encoded text.
#pragma once
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http/http.h"

namespace troupe::net::http {

/// "a=1&b=%20" as decoded pairs, in order. Errors: invalid_param (a bad escape, not UTF-8, more than 256 pairs).
Result<QueryParams> parse_pairs(std::string_view text);

/// A file in a form.
struct FormFile {
  std::string field;         ///< of the form
  std::string name;          ///< as the sender calls it: UTF-8, may hold a path; may be empty
  std::string content_type;  ///< empty: not said
  std::string bytes;
};

/// The parts of a multipart/form-data body (RFC 7578) that are no files, in order. Errors: invalid_param (no boundary,
/// not closed, a part without a name, not UTF-8, more than 256 parts). The files go to `files`, where it is given.
Result<QueryParams> parse_multipart(std::string_view content_type, std::string_view body,
                                    std::vector<FormFile>* files = nullptr);

/// The body of a form as an object of strings; of a repeated name the first value counts, files are passed over. An
/// empty body is an empty object. Takes application/x-www-form-urlencoded and multipart/form-data (what a page's script
/// sends as FormData). Errors: 415 for another Content-Type, and those of the two above.
Result<boost::json::value> parse_form(const Request& request);

/// The value of a parameter of a header field (Content-Type, Content-Disposition), without quotes; nothing when it is
/// not there. Browsers write quotes and line breaks inside names as percent escapes (HTML standard, multipart/form-data
/// encoding algorithm).
std::optional<std::string> header_param(std::string_view field, std::string_view name);

}  // namespace troupe::net::http
