#include "net/http/form_writer.h"

#include "base/crypto.h"

namespace troupe::net::http {
namespace {

constexpr std::size_t kBoundaryLetters = 40;

}  // namespace

FormWriter::FormWriter() : boundary_("troupe-" + base::random_alphanumeric(kBoundaryLetters)) {}

void FormWriter::field(std::string_view name, std::string_view value) { part(name, {}, value); }

void FormWriter::file(std::string_view name, std::string_view file_name, std::string_view content_type,
                      std::string_view bytes) {
  std::string more;
  more.append("; filename=\"").append(file_name).append("\"\r\nContent-Type: ").append(content_type);
  part(name, more, bytes);
}

void FormWriter::part(std::string_view name, std::string_view more, std::string_view value) {
  body_.append("--").append(boundary_).append("\r\nContent-Disposition: form-data; name=\"").append(name);
  body_.append("\"").append(more).append("\r\n\r\n").append(value).append("\r\n");
}

std::string FormWriter::finish() && {
  body_.append("--").append(boundary_).append("--\r\n");
  return std::move(body_);
}

}  // namespace troupe::net::http
