// The page that a browser comes back to from a service: plain HTML, without script.
#pragma once
#include <string>

#include "net/http/http.h"

namespace troupe::assistant::sign_in {

struct Page {
  std::string title;
  std::string text;          ///< a paragraph; plain
  bool bad = false;          ///< it says what went wrong
  std::string service = {};  ///< a link leads to its page in the console; empty: none
};

/// With status 200, whatever it says: it is for people. Not to be kept, not to be framed, and where it leads nobody
/// learns its address, which has a code.
net::http::Response show(const Page& page);

}  // namespace troupe::assistant::sign_in
