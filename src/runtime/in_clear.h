// Whether what is sent to an engine can be read on the way.
#pragma once
#include <string_view>

namespace troupe::runtime {

/// For an http(s) URL: no TLS, and more than this machine hears it. False for what is no URL.
bool is_in_clear(std::string_view url);

}  // namespace troupe::runtime
