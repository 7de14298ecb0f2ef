#include "assistant/calls/files.h"

#include <algorithm>

#include "base/crypto.h"

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

}  // namespace

Task<Sendable> sendable(Files& files, std::string person, openapi::Request request) {
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
    co_return out;
  }
  const auto boundary = "troupe-" + base::random_alphanumeric(40);
  out.content_type = "multipart/form-data; boundary=" + boundary;
  for (const auto& part : request.parts) {
    Blob blob{.name = {}, .content_type = {}, .bytes = part.value};
    if (part.file) {
      if (!files.is_reference(part.value))
        co_return Error(Errc::invalid_param, part.name + " is no file that was posted here");
      CO_TRY(blob,
             co_await files.read(person, part.value, kMaxUploadBytes - std::min(kMaxUploadBytes, out.body.size())));
    }
    if (out.body.size() + blob.bytes.size() > kMaxUploadBytes) co_return too_large();
    out.shown += quotable(part.name) + "=" + part.value + "\n";
    out.body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + quotable(part.name) + "\"";
    if (part.file) {
      const auto name = blob.name.empty() ? std::string("file") : quotable(blob.name);
      out.body += "; filename=\"" + name + "\"\r\nContent-Type: " + media_type(blob.content_type);
    }
    out.body += "\r\n\r\n";
    out.body += blob.bytes;
    out.body += "\r\n";
  }
  out.body += "--" + boundary + "--\r\n";
  co_return out;
}

}  // namespace troupe::assistant::calls
