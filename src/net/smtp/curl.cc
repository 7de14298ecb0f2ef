#include "net/smtp/curl.h"

#include <dlfcn.h>

namespace troupe::net::smtp {
namespace {

struct Loaded {
  Curl curl;
  bool usable = false;
};

Loaded load() {
  Loaded loaded;
  void* library = nullptr;
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4"})
    if (!library) library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!library) return loaded;
  const auto bind = [library](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
    return function != nullptr;
  };
  decltype(&curl_global_init) begin = nullptr;
  auto& curl = loaded.curl;
  loaded.usable = bind(begin, "curl_global_init") && bind(curl.init, "curl_easy_init") &&
                  bind(curl.setopt, "curl_easy_setopt") && bind(curl.perform, "curl_easy_perform") &&
                  bind(curl.getinfo, "curl_easy_getinfo") && bind(curl.strerror, "curl_easy_strerror") &&
                  bind(curl.cleanup, "curl_easy_cleanup") && bind(curl.append, "curl_slist_append") &&
                  bind(curl.free_all, "curl_slist_free_all") && begin(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return loaded;
}

}  // namespace

Result<const Curl*> Curl::get() {
  static const Loaded loaded = load();
  if (!loaded.usable) return Error(Errc::unavailable, "libcurl is not there: install the package libcurl4");
  return &loaded.curl;
}

}  // namespace troupe::net::smtp
