#include "host/listeners.h"

namespace troupe::host {

net::route::Listener platform_listener() {
  return {.name = std::string(net::route::kPlatformListener),
          .dialect = net::route::Dialect::problem,
          .scheme = std::string(kSessionScheme),
          .aliases = {},
          .fallbacks = {{"/_matrix/", net::route::Dialect::matrix}, {"/_synapse/", net::route::Dialect::matrix}},
          .cors = false,
          .not_found_page =
              "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
              "content=\"width=device-width\"><title>Not found</title><style>body{font:16px/1.5 "
              "system-ui,sans-serif;max-width:36em;margin:3em auto;padding:0 "
              "1em;color:#222;background:#fff}@media(prefers-color-"
              "scheme:dark){body{color:#ddd;background:#181818}a{color:#8bf}}</style><h1>There is nothing at this "
              "address</h1>"
              "<p>The dashboard is <a href=\"/\">here</a>, the description of the API <a "
              "href=\"/docs\">there</a>.</p></html>"
              "\n"};
}

net::route::Listener matrix_listener() {
  return {.name = std::string(kMatrixListener),
          .dialect = net::route::Dialect::matrix,
          .scheme = std::string(kMatrixScheme),
          .aliases = {{"/_matrix/client/r0/", "/_matrix/client/v3/"},
                      {"/_matrix/client/unstable/", "/_matrix/client/v3/"},
                      {"/_matrix/client/api/v1/", "/_matrix/client/v3/"},
                      {"/_matrix/media/r0/", "/_matrix/media/v3/"},
                      {"/_matrix/media/v1/", "/_matrix/media/v3/"}},
          .fallbacks = {},
          .cors = true,
          .not_found_page = {}};
}

}  // namespace troupe::host
