#include "runtime/launch/embedded_shim.h"

// Not #embed: ccache would not see a new shim, but it knows of this directive.
asm(".section .rodata\n"
    ".global troupe_embedded_shim_begin\n"
    ".global troupe_embedded_shim_end\n"
    "troupe_embedded_shim_begin:\n"
    ".incbin \"" TROUPE_TASK_SHIM
    "\"\n"
    "troupe_embedded_shim_end:\n"
    ".byte 0\n"
    ".previous\n");

extern "C" {
extern const char troupe_embedded_shim_begin[];
extern const char troupe_embedded_shim_end[];
}

namespace troupe::runtime::launch {

std::string_view embedded_shim() {
  return {troupe_embedded_shim_begin, static_cast<std::size_t>(troupe_embedded_shim_end - troupe_embedded_shim_begin)};
}

}  // namespace troupe::runtime::launch
