// JSON of services, read without loss: their ids go on to the next call as they were written.
#pragma once
#include "base/result.h"
#include "matrix/json.h"

namespace troupe::assistant::schema {

/// As matrix::parse_json, but a whole number that 64 bits do not hold becomes the text of its digits: as a number it
/// would be another. Where a call wants a number for it, that is refused by its schema.
Result<matrix::Json> parse_exact(std::string_view text);

/// Whether it has a number that was whole, perhaps, and has lost digits: one outside 64 bits, read by another parser.
bool has_lost_digits(const matrix::Json& value);

}  // namespace troupe::assistant::schema
