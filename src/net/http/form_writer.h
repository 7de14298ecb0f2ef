// Writing what an HTML form with files sends: multipart/form-data (RFC 7578).
#pragma once
#include <string>
#include <string_view>

namespace troupe::net::http {

/// Names, file names and types stand between quotes or in a header as they are given: without line breaks and quotes.
class FormWriter {
 public:
  /// Draws a boundary.
  FormWriter();
  void field(std::string_view name, std::string_view value);
  void file(std::string_view name, std::string_view file_name, std::string_view content_type, std::string_view bytes);
  /// So far.
  std::size_t size() const { return body_.size(); }
  std::string content_type() const { return "multipart/form-data; boundary=" + boundary_; }
  /// The whole; nothing comes after it.
  std::string finish() &&;

 private:
  void part(std::string_view name, std::string_view more, std::string_view value);

  std::string boundary_;
  std::string body_;
};

}  // namespace troupe::net::http
