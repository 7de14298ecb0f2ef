#include "runtime/sandbox/command_types.h"

namespace troupe::runtime::sandbox {

std::string_view name_of(Mode mode) { return mode == Mode::host ? "HOST" : "SANDBOX"; }

std::string_view name_of(How how) {
  switch (how) {
    case How::exited:
      return "exited";
    case How::signalled:
      return "signalled";
    case How::timed_out:
      return "timed_out";
    case How::out_of_memory:
      return "out_of_memory";
    case How::too_many_processes:
      return "too_many_processes";
    case How::cancelled:
      return "cancelled";
    case How::not_started:
      return "not_started";
    case How::refused:
      break;
  }
  return "refused";
}

}  // namespace troupe::runtime::sandbox
