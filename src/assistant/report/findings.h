// What a pack lacks, as a list that a person can work through: where it stands, what is wrong, what to do.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "matrix/json.h"

namespace troupe::assistant::report {

/// An error keeps a pack from being used; a warning takes something from it; a note is for whoever wrote it.
enum class Severity : std::uint8_t { note, warning, error };
std::string_view name_of(Severity severity);

struct Finding {
  Severity severity = Severity::note;
  std::string file;     ///< inside the pack's folder: "openapi.json"
  std::string pointer;  ///< RFC 6901 inside that file; "" is the whole
  std::string message;  ///< what is wrong
  std::string advice;   ///< what to do
};

/// Beyond so many, findings are only counted: a document with one mistake in each of a thousand places is told so.
inline constexpr std::size_t kMaxFindings = 200;

class Findings {
 public:
  void add(Finding finding);
  bool has_errors() const { return errors_ != 0; }
  std::size_t errors() const { return errors_; }
  std::size_t warnings() const { return warnings_; }
  std::size_t left_out() const { return left_out_; }
  /// Errors first, then warnings, then notes; otherwise as they were found.
  std::vector<Finding> sorted() const;
  const std::vector<Finding>& all() const { return all_; }

 private:
  std::vector<Finding> all_;
  std::size_t errors_ = 0, warnings_ = 0, left_out_ = 0;
};

/// Findings of one file. Refers to the list, which must outlive it.
class InFile {
 public:
  InFile(Findings& findings, std::string file) : findings_(findings), file_(std::move(file)) {}
  void error(std::string pointer, std::string message, std::string advice) const;
  void warn(std::string pointer, std::string message, std::string advice) const;
  void note(std::string pointer, std::string message, std::string advice) const;
  const std::string& file() const { return file_; }

 private:
  Findings& findings_;
  std::string file_;
};

/// The name of a member, as everything else reads texts.
inline std::string_view text(boost::json::string_view key) { return {key.data(), key.size()}; }

/// A pointer one step further: below("/paths", "/jobs") is "/paths/~1jobs".
std::string below(std::string_view pointer, std::string_view member);
std::string below(std::string_view pointer, std::size_t index);

/// {"severity", "file", "pointer", "message", "advice"}
matrix::JsonObject to_json(const Finding& finding);

/// A text from a file, fit to be repeated in a message: cut at 80 bytes, without control characters.
std::string quoted(std::string_view text);

}  // namespace troupe::assistant::report
