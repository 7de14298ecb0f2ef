// Which calls fail or wait, and how far the wall clock is off: read from the control file whenever its number is
// another.
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "disk_shim.h"

namespace disk_shim {

std::atomic<bool> any_rules{false};
std::atomic<std::int64_t> clock_ms{0};

namespace {

const volatile char* control = nullptr;
pthread_mutex_t rules_lock = PTHREAD_MUTEX_INITIALIZER;
std::uint64_t rules_number = 0;

constexpr std::pair<const char*, unsigned> kOperations[] = {
    {"write", op_write},
    {"sync", op_sync},
    {"open", op_open},
    {"create", op_create},
    {"truncate", op_truncate},
    {"allocate", op_allocate},
    {"rename", op_rename},
    {"unlink", op_unlink},
    {"mkdir", op_mkdir},
    {"read", op_read},
    {"map", op_map},
    {"space", op_write | op_create | op_truncate | op_allocate | op_mkdir},
    {"all", ~0U}};

int error_of(std::string_view name) {
  constexpr std::pair<std::string_view, int> kNames[] = {
      {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EDQUOT", EDQUOT}, {"EROFS", EROFS}, {"EACCES", EACCES}};
  for (auto [known, code] : kNames)
    if (name == known) return code;
  return EIO;
}

unsigned operations_of(const std::string& names) {
  unsigned found = 0;
  for (std::size_t from = 0; from <= names.size();) {
    auto to = std::min(names.find(',', from), names.size());
    for (auto [name, bit] : kOperations)
      if (names.compare(from, to - from, name) == 0) found |= bit;
    from = to + 1;
  }
  return found;
}

/// Each line is one of these. The pattern is fnmatch's, on the path below the root; the rule holds for `times` calls
/// (-1: for ever) after the first `after` ones.
///
///   fail PATTERN OPERATION,… ERRNO TIMES AFTER
///   slow PATTERN OPERATION,… MILLISECONDS TIMES AFTER
///   clock MILLISECONDS
void read_rules() {
  std::string text(const_cast<const char*>(control) + 8,
                   strnlen(const_cast<const char*>(control) + 8, kControlBytes - 8));
  state->rules.clear();
  std::int64_t clock = 0;
  for (std::size_t from = 0; from < text.size();) {
    auto to = std::min(text.find('\n', from), text.size());
    auto line = text.substr(from, to - from);
    from = to + 1;
    char what[16] = "", pattern[512] = "", operations[256] = "", value[32] = "";
    long times = -1, after = 0;
    if (sscanf(line.c_str(), "clock %ld", &clock) == 1) continue;
    if (sscanf(line.c_str(), "%15s %511s %255s %31s %ld %ld", what, pattern, operations, value, &times, &after) < 4)
      continue;
    bool slow = strcmp(what, "slow") == 0;
    state->rules.push_back(
        {pattern, operations_of(operations), slow ? 0 : error_of(value), slow ? atol(value) : 0, times, after});
  }
  clock_ms = clock;
  any_rules = !state->rules.empty();
}

/// Until the time is over, or the disk is healed: tests wait for what they look at, and end the trouble themselves.
void wait_in_trouble(long wait_ms) {
  constexpr long kSliceMs = 20;
  for (; wait_ms > 0 && any_rules; wait_ms -= kSliceMs) {
    timespec time{0, std::min(wait_ms, kSliceMs) * 1'000'000};
    nanosleep(&time, nullptr);
    look_at_control();
  }
}

}  // namespace

void set_control(const volatile char* at) { control = at; }

void look_at_control() {
  if (!control) return;
  std::uint64_t number =
      __atomic_load_n(reinterpret_cast<const std::uint64_t*>(const_cast<const char*>(control)), __ATOMIC_ACQUIRE);
  if (number == __atomic_load_n(&rules_number, __ATOMIC_ACQUIRE)) return;
  pthread_mutex_lock(&rules_lock);
  if (number != rules_number) {
    read_rules();
    __atomic_store_n(&rules_number, number, __ATOMIC_RELEASE);
  }
  pthread_mutex_unlock(&rules_lock);
}

int fault(const std::string& path, unsigned operation) {
  look_at_control();
  if (!any_rules) return 0;
  int code = 0;
  long wait_ms = 0;
  pthread_mutex_lock(&rules_lock);
  for (auto& rule : state->rules) {
    if ((rule.operations & operation) == 0 || rule.times == 0 || fnmatch(rule.pattern.c_str(), path.c_str(), 0) != 0)
      continue;
    if (rule.after > 0) {
      --rule.after;
      continue;
    }
    if (rule.times > 0) --rule.times;
    if (rule.code) code = rule.code;
    wait_ms = std::max(wait_ms, rule.wait_ms);
  }
  pthread_mutex_unlock(&rules_lock);
  wait_in_trouble(wait_ms);
  return code;
}

}  // namespace disk_shim
