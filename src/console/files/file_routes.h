// Routes of files: the web console, and the API document.
#pragma once
#include "host/settings.h"
#include "net/route/router.h"

namespace troupe::console::files {

void add_document_routes(net::route::Router& routes, const host::Settings& settings);
void add_web_routes(net::route::Router& routes, const host::Settings& settings);

}  // namespace troupe::console::files
