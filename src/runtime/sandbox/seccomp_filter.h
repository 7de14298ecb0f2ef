// What the kernel refuses to a sandboxed command, beside what namespaces keep from it.
#pragma once
#include <string>

#include "base/result.h"

namespace troupe::runtime::sandbox {

/// A program for seccomp(2) as bubblewrap takes it (--seccomp): no mounts and namespaces, no tracing, no kernel
/// keyrings, no eBPF, io_uring and modules, no input for terminals, no
/// files that lend their owner's rights (setuid, setgid), and sockets of this machine's and internet
/// addresses alone: what no network namespace holds back (AF_VSOCK and the like) is not there. Other architectures'
/// system calls kill. Error: unavailable.
Result<std::string> seccomp_filter();

}  // namespace troupe::runtime::sandbox
