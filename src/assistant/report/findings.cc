#include "assistant/report/findings.h"

#include <algorithm>

#include "base/field_errors.h"

namespace troupe::assistant::report {
namespace {

constexpr std::size_t kMaxQuotedBytes = 80;

/// Names of a document stand in both: none of them begins a line of its own.
void keep_on_line(std::string& text) {
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      break;
  }
  return "error";
}

void Findings::add(Finding finding) {
  keep_on_line(finding.pointer);
  keep_on_line(finding.message);
  if (finding.severity == Severity::error) ++errors_;
  if (finding.severity == Severity::warning) ++warnings_;
  // An error is never crowded out by notes: a pack that cannot be used says why.
  if (all_.size() >= kMaxFindings && (finding.severity != Severity::error || errors_ > kMaxFindings)) {
    ++left_out_;
    return;
  }
  all_.push_back(std::move(finding));
}

std::vector<Finding> Findings::sorted() const {
  std::vector<Finding> out;
  for (const auto severity : {Severity::error, Severity::warning, Severity::note}) {
    for (const auto& each : all_) {
      if (each.severity == severity) out.push_back(each);
    }
  }
  return out;
}

void InFile::error(std::string pointer, std::string message, std::string advice) const {
  findings_.add({Severity::error, file_, std::move(pointer), std::move(message), std::move(advice)});
}
void InFile::warn(std::string pointer, std::string message, std::string advice) const {
  findings_.add({Severity::warning, file_, std::move(pointer), std::move(message), std::move(advice)});
}
void InFile::note(std::string pointer, std::string message, std::string advice) const {
  findings_.add({Severity::note, file_, std::move(pointer), std::move(message), std::move(advice)});
}

std::string below(std::string_view pointer, std::string_view member) {
  return std::string(pointer) + base::pointer_to(member);
}

std::string below(std::string_view pointer, std::size_t index) {
  return std::string(pointer) + "/" + std::to_string(index);
}

matrix::JsonObject to_json(const Finding& finding) {
  return {{"severity", name_of(finding.severity)},
          {"file", finding.file},
          {"pointer", finding.pointer},
          {"message", finding.message},
          {"advice", finding.advice}};
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, kMaxQuotedBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  // A cut in the middle of a character would make the report itself unreadable.
  while (text.size() > kMaxQuotedBytes && (static_cast<unsigned char>(out.back()) & 0x80) != 0) out.pop_back();
  if (text.size() > kMaxQuotedBytes) out += "…";
  return out + "\"";
}

}  // namespace troupe::assistant::report
