#include "homeserver/media/thumbnail_walls.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace troupe::homeserver::media {
namespace {

// Bits of <linux/landlock.h>; older headers do not name the newer ones.
constexpr std::uint64_t kExecute = 1 << 0;
constexpr std::uint64_t kReadFile = 1 << 2;
constexpr std::uint64_t kReadDir = 1 << 3;

/// Every access to files that this version of Landlock knows to forbid.
std::uint64_t all_accesses(long version) {
  const int bits = version >= 3 ? 15 : version == 2 ? 14 : 13;
  return (std::uint64_t{1} << bits) - 1;
}

/// False: the kernel has no Landlock, or an answer that we do not understand.
bool forbid_files() {
  const auto version = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return false;
  landlock_ruleset_attr rules{};
  rules.handled_access_fs = all_accesses(version);
  const int ruleset = static_cast<int>(syscall(SYS_landlock_create_ruleset, &rules, sizeof rules.handled_access_fs, 0));
  if (ruleset < 0) return false;
  // Decoders load libraries when they first need them.
  struct Open {
    const char* path;
    std::uint64_t access;
  };
  constexpr std::array<Open, 4> kLibraries{{{"/usr", kExecute | kReadFile | kReadDir},
                                            {"/lib", kExecute | kReadFile | kReadDir},
                                            {"/lib64", kExecute | kReadFile | kReadDir},
                                            {"/etc/ld.so.cache", kReadFile}}};
  for (const auto& open_path : kLibraries) {
    const int folder = open(open_path.path, O_PATH | O_CLOEXEC);
    if (folder < 0) continue;  // not on every machine
    landlock_path_beneath_attr rule{};
    rule.allowed_access = open_path.access;
    rule.parent_fd = folder;
    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(folder);
  }
  const bool done = syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  close(ruleset);
  return done;
}

#if defined(__x86_64__)
#define TROUPE_AUDIT_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define TROUPE_AUDIT_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef TROUPE_AUDIT_ARCH

/// What nobody who decodes a picture needs.
constexpr int kForbidden[] = {
    // the network
    SYS_socket,
    SYS_socketpair,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_sendto,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_recvmsg,
    SYS_recvmmsg,
    // other processes, and new ones
    SYS_execve,
    SYS_execveat,
    SYS_kill,
    SYS_tkill,
    SYS_tgkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_pidfd_open,
    SYS_pidfd_send_signal,
    SYS_pidfd_getfd,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_process_madvise,
    SYS_kcmp,
    SYS_migrate_pages,
    SYS_move_pages,
    SYS_setns,
    SYS_unshare,
    SYS_shmget,
    SYS_shmat,
    SYS_msgget,
    SYS_semget,
    // changes of files
    SYS_mkdirat,
    SYS_mknodat,
    SYS_unlinkat,
    SYS_renameat2,
    SYS_linkat,
    SYS_symlinkat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_truncate,
    SYS_ftruncate,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_openat2,
    SYS_open_by_handle_at,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsmount,
    // the kernel's larger surfaces
    SYS_bpf,
    SYS_perf_event_open,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_userfaultfd,
    SYS_fanotify_init,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_personality,
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setgroups,
    SYS_capset,
    SYS_seccomp,
#ifdef SYS_fork
    SYS_fork,
    SYS_vfork,
#endif
#ifdef SYS_unlink
    SYS_unlink,
    SYS_rename,
    SYS_renameat,
    SYS_link,
    SYS_symlink,
    SYS_mkdir,
    SYS_rmdir,
    SYS_mknod,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_creat,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
#endif
};

class Filter {
 public:
  Filter() {
    load(offsetof(seccomp_data, arch));
    when_not(TROUPE_AUDIT_ARCH, SECCOMP_RET_KILL_PROCESS);
    load(offsetof(seccomp_data, nr));
#ifdef __x86_64__
    // The other calling convention has other numbers.
    add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), BPF_JMP | BPF_JGE | BPF_K, 0x40000000, true);
#endif
    for (const int number : kForbidden) when(number, SECCOMP_RET_ERRNO | EPERM);
    when(SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);  // its arguments lie in memory; the C library takes clone() then
    when_argument(SYS_clone, 0, CLONE_THREAD, false);
    constexpr std::uint32_t kChanges = O_ACCMODE | O_CREAT | O_TRUNC;
    when_argument(SYS_openat, 2, kChanges, true);
#ifdef SYS_open
    when_argument(SYS_open, 1, kChanges, true);
#endif
    when_argument(SYS_prlimit64, 0, ~0U, true);  // of other processes
    program_.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }

  bool install() {
    sock_fprog program{.len = static_cast<unsigned short>(program_.size()), .filter = program_.data()};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
  }

 private:
  void load(std::size_t offset) {
    program_.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }
  /// `then` when the comparison of the loaded word comes out as `wanted`.
  void add(sock_filter then, std::uint16_t comparison, std::uint32_t value, bool wanted) {
    program_.push_back(BPF_JUMP(comparison, value, static_cast<std::uint8_t>(wanted ? 0 : 1),
                                static_cast<std::uint8_t>(wanted ? 1 : 0)));
    program_.push_back(then);
  }
  void when(int number, std::uint32_t outcome) {
    add(BPF_STMT(BPF_RET | BPF_K, outcome), BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), true);
  }
  void when_not(std::uint32_t value, std::uint32_t outcome) {
    add(BPF_STMT(BPF_RET | BPF_K, outcome), BPF_JMP | BPF_JEQ | BPF_K, value, false);
  }
  /// EPERM when the lower half of an argument has any of these bits (`any`), or none of them.
  void when_argument(int number, std::size_t argument, std::uint32_t bits, bool any) {
    constexpr std::uint8_t kSkipped = 4;  // the load, the test, the refusal, the load of the number
    program_.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, kSkipped));
    load(offsetof(seccomp_data, args) + argument * sizeof(std::uint64_t));  // little-endian: the lower half is first
    add(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM), BPF_JMP | BPF_JSET | BPF_K, bits, any);
    load(offsetof(seccomp_data, nr));
  }

  std::vector<sock_filter> program_;
};

bool forbid_calls() { return Filter().install(); }

#else
bool forbid_calls() { return false; }  // the numbers of calls are known for two kinds of machine
#endif

}  // namespace

std::string wall_in() {
  std::string missing;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return "no-new-privileges landlock seccomp";
  if (!forbid_files()) missing = "landlock";
  if (!forbid_calls()) missing += missing.empty() ? "seccomp" : " seccomp";
  return missing;
}

}  // namespace troupe::homeserver::media
