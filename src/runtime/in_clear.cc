#include "runtime/in_clear.h"

#include "host/endpoint.h"
#include "net/http/url.h"

namespace troupe::runtime {

bool is_in_clear(std::string_view url) {
  const auto read = net::http::Url::parse(url);
  return read && !read->tls && read->host != "localhost" && !host::is_loopback(read->host);
}

}  // namespace troupe::runtime
