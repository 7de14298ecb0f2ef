#include "assistant/calls/files.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "matrix/json.h"
#include "net/http/form_writer.h"

namespace troupe::assistant::calls {
namespace {

/// As browsers write names inside quotes (HTML, multipart/form-data encoding algorithm).
std::string quotable(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, 255)) {
    if (c == '"') {
      out += "%22";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
      out += c;
    }
  }
  return out;
}

/// A media type that a header can hold; what is none is sent as bytes.
std::string media_type(const std::string& type) {
  const bool plain = !type.empty() && type.size() <= 200 && type.contains('/') && std::ranges::all_of(type, [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f;
  });
  return plain ? type : "application/octet-stream";
}

Error too_large() { return Error(Errc::too_large, "the files are larger than 32 MiB together"); }

bool is_text(std::string_view content_type) {
  return content_type.starts_with("text/") || content_type.contains("json") || content_type.contains("xml");
}

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxLinks = 20;  ///< of one request

/// The texts of a value that name a file, wherever they stand.
void find_references(const Files& files, matrix::Json& value, std::vector<matrix::Json*>& found, int depth = 0) {
  if (depth > kMaxDepth) return;
  if (value.is_string() && files.is_reference(matrix::view(value.get_string()))) found.push_back(&value);
  if (auto* list = value.if_array()) {
    for (auto& each : *list) find_references(files, each, found, depth + 1);
  }
  if (auto* object = value.if_object()) {
    for (auto& member : *object) find_references(files, member.value(), found, depth + 1);
  }
}

/// Services fetch a file that stands in JSON by its address: ours says nothing to them.
Task<std::vector<std::string>> link_files(Files& files, std::string person, std::string& body,
                                          std::string service_url) {
  std::vector<std::string> links;
  auto parsed = matrix::parse_json(body);
  if (!parsed) co_return links;
  std::vector<matrix::Json*> found;
  find_references(files, *parsed, found);
  if (found.empty()) co_return links;
  if (found.size() > kMaxLinks) co_return Error(Errc::too_large, "the request names more than 20 files");
  for (auto* each : found) {
    CO_TRY(auto link, co_await files.link(person, std::string(matrix::view(each->get_string())), service_url));
    *each = link;
    links.push_back(std::move(link));
  }
  body = boost::json::serialize(*parsed);
  co_return links;
}

}  // namespace

Task<std::string> Files::link(std::string /*person*/, std::string /*reference*/, std::string /*service_url*/) {
  co_return Error(Errc::unavailable, "the service wants an address of the file, and it has none");
}

Task<Sendable> sendable(Files& files, std::string person, openapi::Request request, std::string service_url) {
  Sendable out{.body = std::move(request.body), .content_type = std::move(request.content_type), .shown = {}};
  const bool may_be_file = request.body_kind == openapi::BodyKind::raw && !is_text(out.content_type);
  if (may_be_file && files.is_reference(out.body)) {
    CO_TRY(auto blob, co_await files.read(person, out.body, kMaxUploadBytes));
    if (blob.bytes.size() > kMaxUploadBytes) co_return too_large();
    out.shown = out.body;
    if (out.content_type.contains('*')) out.content_type = media_type(blob.content_type);
    out.body = std::move(blob.bytes);
    co_return out;
  }
  if (request.body_kind != openapi::BodyKind::multipart) {
    out.shown = out.body;
    if (request.body_kind == openapi::BodyKind::json && !service_url.empty()) {
      CO_TRY(out.links, co_await link_files(files, std::move(person), out.body, std::move(service_url)));
    }
    co_return out;
  }
  net::http::FormWriter form;
  for (const auto& part : request.parts) {
    Blob blob{.name = {}, .content_type = {}, .bytes = part.value};
    if (part.file) {
      if (!files.is_reference(part.value))
        co_return Error(Errc::invalid_param, part.name + " is no file that was posted here");
      CO_TRY(blob, co_await files.read(person, part.value, kMaxUploadBytes - std::min(kMaxUploadBytes, form.size())));
    }
    if (form.size() + blob.bytes.size() > kMaxUploadBytes) co_return too_large();
    const auto name = quotable(part.name);
    out.shown += name + "=" + part.value + "\n";
    if (part.file) {
      form.file(name, blob.name.empty() ? "file" : quotable(blob.name), media_type(blob.content_type), blob.bytes);
    } else {
      form.field(name, blob.bytes);
    }
  }
  out.content_type = form.content_type();
  out.body = std::move(form).finish();
  co_return out;
}

}  // namespace troupe::assistant::calls
