#include "runtime/shim/shim_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace troupe::runtime::shim {

void become_shim(const char* name) {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);  // those of the signalfd are read, the others change nothing
  ::signal(SIGPIPE, SIG_IGN);
  ::prctl(PR_SET_NAME, name);
  ::umask(0077);
  ::close_range(kProgramDescriptor, ~0U, 0);
  ::fcntl(kReadyDescriptor, F_SETFD, FD_CLOEXEC);
}

}  // namespace troupe::runtime::shim
