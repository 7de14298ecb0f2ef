// Answers of RESP2 as bytes.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace troupe::net::resp {

/// "+OK"; the text has no line break.
std::string simple(std::string_view text);
/// "-ERR …"; line breaks become blanks. The first word is the error's code.
std::string error(std::string_view text);
std::string integer(std::int64_t number);
std::string bulk(std::string_view bytes);
std::string nil();
/// The head of an array whose elements follow.
std::string array(std::size_t elements);
/// An array of bulk strings.
std::string bulks(std::span<const std::string_view> words);

}  // namespace troupe::net::resp
