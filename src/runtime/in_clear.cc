#include "runtime/in_clear.h"

#include "host/this_machine.h"
#include "net/http/url.h"

namespace troupe::runtime {

bool is_in_clear(std::string_view url) {
  const auto read = net::http::Url::parse(url);
  return read && !read->tls && !host::is_this_machine(read->host);
}

}  // namespace troupe::runtime
