#include "net/http/form_body.h"

#include <boost/json/object.hpp>

#include "base/encoding.h"

namespace troupe::net::http {
namespace {

constexpr std::string_view kPairs = "application/x-www-form-urlencoded";
constexpr std::string_view kParts = "multipart/form-data";
constexpr int kUnsupportedMediaType = 415;
constexpr std::size_t kMaxParts = 256;
constexpr std::size_t kMaxBoundaryBytes = 70;
constexpr std::size_t kMaxPartHeadBytes = 8'192;

Error broken(std::string_view what) { return Error(Errc::invalid_param, "The form is broken: " + std::string(what)); }

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// One of a part's header fields; empty: it is not there.
std::string_view part_field(std::string_view head, std::string_view name) {
  while (!head.empty()) {
    const auto line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(std::min(head.size(), line.size() + 2));
    const auto colon = line.find(':');
    if (colon != line.npos && equals_ignoring_case(line.substr(0, colon), name)) return line.substr(colon + 1);
  }
  return {};
}

}  // namespace

std::optional<std::string> header_param(std::string_view field, std::string_view name) {
  auto at = field.find(';');
  while (at != field.npos) {
    field.remove_prefix(at + 1);
    const auto equal = field.find('=');
    if (equal == field.npos) return std::nullopt;
    const auto key = trimmed(field.substr(0, equal));
    field.remove_prefix(equal + 1);
    std::string value;
    if (field.starts_with('"')) {
      std::size_t i = 1;
      for (; i < field.size() && field[i] != '"'; ++i) {
        if (field[i] == '\\' && i + 1 < field.size() && (field[i + 1] == '"' || field[i + 1] == '\\')) ++i;
        value += field[i];
      }
      field.remove_prefix(std::min(i + 1, field.size()));
    } else {
      value = trimmed(field.substr(0, field.find(';')));
    }
    if (equals_ignoring_case(key, name)) return value;
    at = field.find(';');
  }
  return std::nullopt;
}

Result<QueryParams> parse_multipart(std::string_view content_type, std::string_view body,
                                    std::vector<FormFile>* files) {
  const auto boundary = header_param(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kMaxBoundaryBytes) return broken("it names no boundary.");
  const std::string first = "--" + *boundary;
  const std::string next = "\r\n" + first;
  auto at = body.starts_with(first) ? std::size_t{0} : body.find(next);
  if (at == body.npos) return broken("its boundary is not there.");
  body.remove_prefix(at == 0 ? first.size() : at + next.size());
  QueryParams parts;
  for (std::size_t count = 0;; ++count) {
    if (body.starts_with("--")) return parts;
    if (!body.starts_with("\r\n")) return broken("text after a boundary.");
    if (count == kMaxParts) return broken("it has more than 256 parts.");
    const auto end = body.find(next, 0);
    // The head ends with an empty line; a part may have an empty head only in theory.
    const auto blank = body.find("\r\n\r\n");
    if (end == body.npos || blank == body.npos || blank > end || blank > kMaxPartHeadBytes) {
      return broken("a part is not closed.");
    }
    const auto head = body.substr(2, blank - 2);
    const auto about = part_field(head, "content-disposition");
    const auto content = body.substr(blank + 4, end < blank + 4 ? 0 : end - blank - 4);
    auto name = header_param(about, "name");
    if (!name) return broken("a part has no name.");
    if (auto filename = header_param(about, "filename")) {
      if (files != nullptr) {
        if (!base::is_utf8(*name) || !base::is_utf8(*filename)) return broken("a part's name is not UTF-8.");
        files->push_back({.field = *std::move(name),
                          .name = *std::move(filename),
                          .content_type = std::string(trimmed(part_field(head, "content-type"))),
                          .bytes = std::string(content)});
      }
    } else {
      if (!base::is_utf8(*name) || !base::is_utf8(content)) return broken("a part is not UTF-8.");
      parts.emplace_back(*std::move(name), std::string(content));
    }
    body.remove_prefix(end + next.size());
  }
}

Result<boost::json::value> parse_form(const Request& request) {
  boost::json::object fields;
  if (request.body.empty()) return boost::json::value(std::move(fields));
  const auto type = request.headers.get("Content-Type");
  const auto media = trimmed(type.substr(0, type.find(';')));
  QueryParams pairs;
  if (equals_ignoring_case(media, kPairs)) {
    TRY(pairs, parse_pairs(request.body));
  } else if (equals_ignoring_case(media, kParts)) {
    TRY(pairs, parse_multipart(type, request.body));
  } else {
    return Error(Errc::invalid_param, "The body must be a form: " + std::string(kPairs) + " or " + std::string(kParts))
        .with_status(kUnsupportedMediaType);
  }
  for (auto& [name, value] : pairs) fields.emplace(name, value);
  return boost::json::value(std::move(fields));
}

}  // namespace troupe::net::http
