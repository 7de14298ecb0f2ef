// Pieces of JSON appended to a text: what is written many times a second needs no values made for it first.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::base {

/// As boost::json::serialize writes it, quotation marks included. It has to set itself up for each text.
void append_json_text(std::string& out, std::string_view text);
/// In decimal.
void append_number(std::string& out, std::int64_t number);

}  // namespace troupe::base
