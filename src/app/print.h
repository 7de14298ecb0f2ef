// What commands print: for people in a terminal, or JSON for programs.
#pragma once
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace troupe::app {

/// What was asked for by --json and --quiet.
struct Output {
  bool json = false;   ///< the answer as it came
  bool quiet = false;  ///< only what the next command needs: the id of what was made, a secret that is shown once
};

/// How an answer is printed without --json.
enum class Show {
  object,  ///< one `name: value` line for each member
  table,   ///< the `items` (or the bare array) as columns
  raw,     ///< as it came
};

/// Prints one answer for a person. Not called with --json.
using Print = std::function<void(const boost::json::object& answer, bool quiet)>;

/// Prints the body of a good answer: JSON as it came, or by `show` or `print`. An empty body: "Done.".
void print_answer(const std::string& body, Output output, Show show);
void print_answer(const std::string& body, Output output, const Print& print);
/// Prints an error answer (problem+json) to standard error, as text or as it came.
void print_error(const std::string& body, bool json);

/// One column of a table: its title, and where its value is in a row ("/turns/answered").
struct Column {
  std::string_view title;
  std::string_view pointer;
};
/// A header and one line for each row; "Nothing yet." without rows.
void print_columns(const boost::json::array& rows, std::span<const Column> columns);

/// A value below a pointer as text: strings bare, others as JSON; empty when it is not there or null.
std::string text_at(const boost::json::value& value, std::string_view pointer);

/// Nothing that a terminal would take for a command, and nothing that turns the direction of the text around: such
/// characters become '?', line breaks spaces.
std::string for_terminal(std::string_view text);
/// The same of each line; lines after the first begin with `indent`.
std::string lines_for_terminal(std::string_view text, std::string_view indent);

/// The same of what the assistant says: its bold type, escapes and fences of code are not for a terminal.
std::string markdown_for_terminal(std::string_view text);

/// "2026-11-20T20:43:26.123Z" as "2026-11-20 21:43:26" in the time zone of this machine; others as they came.
std::string local_time(std::string_view rfc3339);
/// The same with the zone, for lines that are kept and sent around: "2026-11-20 21:43:26+01:00".
std::string zoned_time(std::string_view rfc3339);

/// A word in the colour of a log's level, where standard output is a terminal that wants colours (NO_COLOR unset).
std::string in_colour(std::string_view level, std::string text);

}  // namespace troupe::app
