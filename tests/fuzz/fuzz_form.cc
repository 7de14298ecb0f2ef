// Bodies of HTML forms, in both encodings: what is read is text, and the same text written as a form reads the same.

// modules: net
#include <boost/json/object.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/encoding.h"
#include "net/http/form_body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // The first byte chooses: pairs, or parts with a boundary that the input cannot know by chance only.
  const bool parts = (data[0] & 1) != 0;
  troupe::net::http::Request request;
  request.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  request.headers.add("Content-Type", parts ? "multipart/form-data; boundary=XX" : "application/x-www-form-urlencoded");
  auto read = troupe::net::http::parse_form(request);
  if (!read) return 0;
  troupe::net::http::Request again;
  again.headers.add("Content-Type", "application/x-www-form-urlencoded");
  for (const auto& field : read->as_object()) {
    const std::string_view name(field.key().data(), field.key().size());
    const auto& text = field.value().as_string();
    const std::string_view value(text.data(), text.size());
    if (!troupe::base::is_utf8(name) || !troupe::base::is_utf8(value)) std::abort();
    again.body += "&" + troupe::base::percent_encode(name) + "=" + troupe::base::percent_encode(value);
  }
  auto same = troupe::net::http::parse_form(again);
  if (!same || *same != *read) std::abort();
  if (parts) {
    std::vector<troupe::net::http::FormFile> files;
    auto with_files = troupe::net::http::parse_multipart(request.headers.get("Content-Type"), request.body, &files);
    if (with_files) {
      std::size_t bytes = 0;
      for (const auto& file : files) {
        if (!troupe::base::is_utf8(file.name)) std::abort();
        bytes += file.bytes.size();
      }
      if (bytes > request.body.size()) std::abort();
    }
  }
  return 0;
}
