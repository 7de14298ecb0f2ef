#include "runtime/sandbox/seccomp_filter.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "runtime/shim/folder.h"

namespace troupe::runtime::sandbox {
namespace {

constexpr std::size_t kMostFilterBytes = 64 * 1024;
constexpr unsigned kNewNamespaces =
    CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
constexpr int kLastFamily = 45;  ///< beyond the last address family of today's kernels

/// By name: one that this machine's library does not know yet is left out.
constexpr const char* kRefusedCalls[] = {
    // files and namespaces
    "mount", "umount", "umount2", "pivot_root", "chroot", "unshare", "setns", "fsopen", "fsconfig", "fsmount", "fspick",
    "move_mount", "open_tree", "mount_setattr", "open_by_handle_at", "name_to_handle_at", "quotactl", "quotactl_fd",
    "swapon", "swapoff",
    // other processes
    "ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd", "process_madvise",
    // memory that no limit counts
    "memfd_create", "memfd_secret", "shmget", "msgget", "semget",
    // the kernel
    "add_key", "request_key", "keyctl", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot",
    "acct", "syslog", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname",
    "iopl", "ioperm", "vhangup", "lookup_dcookie", "nfsservctl", "move_pages", "migrate_pages", "mbind",
    "set_mempolicy"};

/// A call that gives a file its mode, and which argument that is; `flags`: the argument that must ask for a new file.
struct ModeCall {
  const char* name;
  unsigned mode;
  int flags;
};
constexpr ModeCall kModeCalls[] = {{"chmod", 1, -1},     {"fchmod", 1, -1}, {"fchmodat", 2, -1},
                                   {"fchmodat2", 2, -1}, {"creat", 1, -1},  {"open", 2, 1},
                                   {"openat", 3, 2},     {"mknod", 1, -1},  {"mknodat", 2, -1}};
constexpr int kTmpFile = 020000000;  ///< of open(2)'s O_TMPFILE, which also holds O_DIRECTORY

/// A file in the working folder belongs to Troupe's user outside: with the setuid bit it would lend that user's rights.
bool add_mode_rules(scmp_filter_ctx context) {
  bool added = true;
  for (const auto& call : kModeCalls) {
    const int number = seccomp_syscall_resolve_name(call.name);
    if (number == __NR_SCMP_ERROR) continue;
    for (const scmp_datum_t bit : {S_ISUID, S_ISGID}) {
      const scmp_arg_cmp has_bit{.arg = call.mode, .op = SCMP_CMP_MASKED_EQ, .datum_a = bit, .datum_b = bit};
      if (call.flags < 0) {
        added = added && seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), number, 1, has_bit) == 0;
        continue;
      }
      for (const scmp_datum_t flag : {O_CREAT, kTmpFile}) {
        const scmp_arg_cmp makes{
            .arg = static_cast<unsigned>(call.flags), .op = SCMP_CMP_MASKED_EQ, .datum_a = flag, .datum_b = flag};
        added = added && seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), number, 2, makes, has_bit) == 0;
      }
    }
  }
  // Its mode is in memory, where no filter looks: programs fall back to openat.
  return added && seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0) == 0;
}

struct Releases {
  void operator()(void* context) const { seccomp_release(context); }
};
using Context = std::unique_ptr<void, Releases>;

bool add_rules(scmp_filter_ctx context) {
  const auto refused = SCMP_ACT_ERRNO(EPERM);
  bool added = true;
  for (const auto* name : kRefusedCalls) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number != __NR_SCMP_ERROR) added = added && seccomp_rule_add(context, refused, number, 0) == 0;
  }
  // Its flags are in memory, where no filter looks: programs fall back to clone.
  added = added && seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
  for (unsigned flag = 1; flag != 0; flag <<= 1U) {
    if ((kNewNamespaces & flag) == 0) continue;
    const scmp_arg_cmp has_flag{.arg = 0, .op = SCMP_CMP_MASKED_EQ, .datum_a = flag, .datum_b = flag};
    added = added && seccomp_rule_add(context, refused, SCMP_SYS(clone), 1, has_flag) == 0;
  }
  for (const unsigned long input : {TIOCSTI, TIOCLINUX}) {
    const scmp_arg_cmp is_input{.arg = 1, .op = SCMP_CMP_MASKED_EQ, .datum_a = 0xffffffffU, .datum_b = input};
    added = added && seccomp_rule_add(context, refused, SCMP_SYS(ioctl), 1, is_input) == 0;
  }
  const auto no_family = SCMP_ACT_ERRNO(EAFNOSUPPORT);
  for (int family = 0; family <= kLastFamily; ++family) {
    if (family == AF_UNIX || family == AF_INET || family == AF_INET6) continue;
    const scmp_arg_cmp is_family{
        .arg = 0, .op = SCMP_CMP_EQ, .datum_a = static_cast<scmp_datum_t>(family), .datum_b = 0};
    added = added && seccomp_rule_add(context, no_family, SCMP_SYS(socket), 1, is_family) == 0 &&
            seccomp_rule_add(context, no_family, SCMP_SYS(socketpair), 1, is_family) == 0;
  }
  const scmp_arg_cmp is_later{.arg = 0, .op = SCMP_CMP_GT, .datum_a = kLastFamily, .datum_b = 0};
  return added && seccomp_rule_add(context, no_family, SCMP_SYS(socket), 1, is_later) == 0 &&
         seccomp_rule_add(context, no_family, SCMP_SYS(socketpair), 1, is_later) == 0;
}

}  // namespace

Result<std::string> seccomp_filter() {
  const auto failed = [](const char* what) {
    return Error(Errc::unavailable, "The sandbox's filter of system calls cannot be made.", what);
  };
  const Context context(seccomp_init(SCMP_ACT_ALLOW));
  if (!context) return failed("seccomp_init");
  if (!add_rules(context.get()) || !add_mode_rules(context.get())) return failed("seccomp_rule_add");
  const shim::Descriptor file(::memfd_create("troupe-filter", MFD_CLOEXEC));
  if (!file || seccomp_export_bpf(context.get(), file.get()) != 0) return failed("seccomp_export_bpf");
  std::string bytes(kMostFilterBytes, '\0');
  const auto count = ::pread(file.get(), bytes.data(), bytes.size(), 0);
  if (count <= 0 || static_cast<std::size_t>(count) == bytes.size()) return failed("read");
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

}  // namespace troupe::runtime::sandbox
