// JSON as Matrix wants it: strict parsing with limits, and the canonical form that hashes and signatures rest on.
// Client-Server API appendices #canonical-json.
#pragma once
#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace troupe::matrix {

using Json = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

inline constexpr std::size_t kMaxJsonDepth = 64;
inline constexpr std::int64_t kMaxCanonicalInteger = (std::int64_t{1} << 53) - 1;

/// Parses one whole JSON text. Errors: not_json (syntax, bad UTF-8, deeper than kMaxJsonDepth, duplicate keys, trailing
/// bytes).
Result<Json> parse_json(std::string_view text);

/// Which numbers an event may hold: canonical JSON knows integers within ±(2^53−1) alone, a float with an integral
/// value (1.0, 1e3) is none. Room versions before 6 take any.
enum class Numbers : std::uint8_t { canonical, any };

/// Whether the value may be part of an event: its numbers, and no lone surrogates. Error: bad_json, naming the
/// offending path.
Result<Unit> check_canonical(const Json& value, Numbers numbers = Numbers::canonical);
Result<Unit> check_canonical(const JsonObject& object, Numbers numbers = Numbers::canonical);
/// The value with each number that canonical JSON does not know brought to the nearest integer towards zero that it
/// does: what an event of an old room version becomes in a newer one.
Json with_canonical_numbers(Json value);

/// The canonical form. The value must have passed check_canonical; of a value that has not, fractions are written in
/// their shortest form, which is valid JSON and reads back to the same number, but not canonical.
std::string canonical_json(const Json& value);
std::string canonical_json(const JsonObject& object);
/// The same without some top-level keys, without copying the value.
std::string canonical_json_without(const JsonObject& object, std::initializer_list<std::string_view> keys);

// The same, written behind what `out` holds.
void append_canonical(std::string& out, const Json& value);
void append_canonical(std::string& out, const JsonObject& object);
/// A string with its quotes, in the shortest escapes.
void append_json_string(std::string& out, std::string_view text);

// Reading members without exceptions; nullptr or empty when absent or of another type.
const Json* find(const JsonObject& object, std::string_view key);
std::optional<std::string_view> find_string(const JsonObject& object, std::string_view key);
std::optional<std::int64_t> find_integer(const JsonObject& object, std::string_view key);
std::optional<bool> find_bool(const JsonObject& object, std::string_view key);
const JsonObject* find_object(const JsonObject& object, std::string_view key);
const JsonArray* find_array(const JsonObject& object, std::string_view key);
inline std::string_view view(const boost::json::string& s) { return {s.data(), s.size()}; }
/// Of keys. Without it one would be copied into a string that is gone with the statement.
inline std::string_view view(boost::json::string_view s) { return {s.data(), s.size()}; }
std::string_view view(boost::json::string&&) = delete;

}  // namespace troupe::matrix
