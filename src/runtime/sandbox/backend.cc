#include "runtime/sandbox/backend.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>

namespace troupe::runtime::sandbox {

// It only tries: nothing is written where it should not be possible.
const char* const kProbeScript = R"sh(
echo "user=$(id -u)"
while read -r name value rest; do
  case $name in NoNewPrivs:|Seccomp:|CapEff:|CapBnd:) echo "$name=$value";; esac
done < /proc/self/status
routes=-1
while read -r line; do routes=$((routes+1)); done < /proc/net/route
echo "routes=$routes"
set -- /proc/[0-9]*
echo "processes=$#"
if (: > /troupe-probe) 2> /dev/null; then rm -f /troupe-probe; echo root=open; else echo root=closed; fi
if (: > /proc/sys/kernel/core_uses_pid) 2> /dev/null; then echo kernel=open; else echo kernel=closed; fi
if chmod u+rw /dev/null 2> /dev/null; then echo devices=open; else echo devices=closed; fi
files=closed
if [ -e "$SEEN_FROM_OUTSIDE" ] && [ ! -r "$SEEN_FROM_OUTSIDE" ]; then files=open; fi
for file in "$SEEN_FROM_OUTSIDE"/* "$SEEN_FROM_OUTSIDE"/.[!.]*; do
  if [ -e "$file" ]; then files=open; fi
done
echo files=$files
)sh";

std::vector<Backend> find_backends(const CommandSettings& settings, const std::vector<std::string>& folders) {
  struct Known {
    const char* name;
    const char* program;
    bool container;
  };
  constexpr Known kKnown[] = {{"bubblewrap", "bwrap", false}, {"podman", "podman", true}, {"docker", "docker", true}};
  std::vector<Backend> found;
  for (const auto& known : kKnown) {
    if (settings.backend != "auto" && settings.backend != known.name) continue;
    if (known.container && settings.image.empty()) continue;
    for (const auto& folder : folders) {
      auto path = folder + "/" + known.program;
      if (::access(path.c_str(), X_OK) != 0) continue;
      found.push_back({known.name, std::move(path)});
      break;
    }
  }
  return found;
}

std::optional<std::string> find_hole(const std::string& said) {
  std::map<std::string, std::string, std::less<>> values;
  for (std::string_view rest(said); !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) values[std::string(line.substr(0, equals))] = line.substr(equals + 1);
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  struct Wanted {
    const char* name;
    const char* value;
    const char* otherwise;
  };
  constexpr Wanted kWanted[] = {{"user", "65534", "a command has another user than it should"},
                                {"NoNewPrivs:", "1", "a command may gain privileges"},
                                {"CapEff:", "0000000000000000", "a command has capabilities"},
                                {"Seccomp:", "2", "a command's system calls are not filtered"},
                                {"routes", "0", "a command has a network"},
                                {"root", "closed", "a command may write to the root folder"},
                                {"kernel", "closed", "a command may write to the kernel's settings"},
                                {"devices", "closed", "a command may change the machine's device nodes"},
                                {"files", "closed", "a command sees Troupe's data folder"}};
  for (const auto& wanted : kWanted) {
    if (values[wanted.name] != wanted.value) return wanted.otherwise;
  }
  constexpr int kFewProcesses = 8;
  int processes = 0;
  const auto& text = values["processes"];
  std::from_chars(text.data(), text.data() + text.size(), processes);
  if (processes < 1 || processes > kFewProcesses) return "a command sees other processes";
  return std::nullopt;
}

}  // namespace troupe::runtime::sandbox
