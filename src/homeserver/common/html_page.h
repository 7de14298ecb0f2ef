// The frame of the pages that people see on the Matrix listener: plain HTML that works without script.
#pragma once
#include <string>

#include "net/http/http.h"

namespace troupe::homeserver {

struct HtmlPage {
  std::string title;
  std::string body;  ///< HTML; whatever came from outside was escaped
  /// Where else a form may lead by a redirect, as a source of a Content-Security-Policy; empty: nowhere.
  std::string leads_to;
  int status = 200;
  std::string script = {};  ///< runs when the page is there; the page must do without it, too
};

/// The answer: not to be framed, and nothing in it but its own script runs or is loaded.
net::http::Response html_page(const HtmlPage& page);

/// The same for a page whose address is a secret, as a link in a mail: it goes neither into caches nor to where the
/// page leads.
net::http::Response secret_page(const HtmlPage& page);
/// A secret_page that says what went wrong, with the error's status.
net::http::Response secret_page(const Error& error);

}  // namespace troupe::homeserver
