// The functions of libcurl that are used here, from the library as it is found when the first mail goes out: a server
// that sends none does not carry it and what it brings along.
#pragma once
#include <curl/curl.h>

#include "base/result.h"

namespace troupe::net::smtp {

struct Curl {
  decltype(&curl_easy_init) init = nullptr;
  decltype(&curl_easy_setopt) setopt = nullptr;
  decltype(&curl_easy_perform) perform = nullptr;
  decltype(&curl_easy_getinfo) getinfo = nullptr;
  decltype(&curl_easy_strerror) strerror = nullptr;
  decltype(&curl_easy_cleanup) cleanup = nullptr;
  decltype(&curl_slist_append) append = nullptr;
  decltype(&curl_slist_free_all) free_all = nullptr;

  /// Loaded and begun once; it stays until the program ends. Any thread. Error: unavailable (not installed, or without
  /// SMTP).
  static Result<const Curl*> get();
};

}  // namespace troupe::net::smtp
