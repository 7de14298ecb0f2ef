// Whether an address is of this machine alone.
#pragma once
#include <string_view>

namespace troupe::host {

/// "localhost", 127.…, or ::1, that in brackets, too.
bool is_this_machine(std::string_view host);

}  // namespace troupe::host
