// troupe user …, troupe tenant …
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <boost/json.hpp>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <thread>

#include "app/cli_line.h"
#include "base/encoding.h"

namespace troupe::app {
namespace {

namespace json = boost::json;
constexpr std::size_t kMaxImportBytes = 4UL * 1024 * 1024;
constexpr std::chrono::milliseconds kLookEvery{150};
constexpr int kBarWidth = 30;

/// Ctrl-C during an import. Before the import was asked for there is nothing to go on with: the command ends.
std::atomic<bool> begun{false};
std::atomic<bool> import_interrupted{false};

void note_interrupt(int) {
  import_interrupted = true;
  if (begun) return;
  constexpr std::string_view kSentence = "\ntroupe: nothing was imported\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kSentence.data(), kSentence.size());
  ::_exit(kFailed);
}

std::int64_t number(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_number() ? value->to_number<std::int64_t>() : 0;
}

std::string text(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// One line that is written over, on a terminal only.
class ProgressBar {
 public:
  explicit ProgressBar(bool wanted) : on_(wanted && ::isatty(STDERR_FILENO) == 1) {}
  void show(const json::object& status) {
    if (!on_) return;
    const auto total = std::max<std::int64_t>(number(status, "total"), 1), done = number(status, "done");
    const auto full = static_cast<int>(done * kBarWidth / total);
    fmt::print(stderr, "\r[{:#<{}}{:.<{}}] {}/{}  made {}, there already {}, failed {} ", "", full, "",
               kBarWidth - full, done, number(status, "total"), number(status, "created"), number(status, "existed"),
               number(status, "failed"));
    std::fflush(stderr);
    shown_ = true;
  }
  void end() const {
    if (shown_) fmt::print(stderr, "\n");
  }

 private:
  bool on_;
  bool shown_ = false;
};

int report(const json::object& status, bool as_json) {
  const bool fine = text(status, "state") == "done" && number(status, "failed") == 0;
  if (as_json) {
    fmt::print("{}\n", json::serialize(status));
    return fine ? kDone : kFailed;
  }
  const auto* dry = status.if_contains("dry_run");
  const bool dry_run = dry != nullptr && dry->is_bool() && dry->get_bool();
  fmt::print("{} {}, there already {}, failed {}", dry_run ? "Would make" : "Made", number(status, "created"),
             number(status, "existed"), number(status, "failed"));
  if (status.contains("room_id") && !dry_run) fmt::print(", in the room {}", number(status, "joined"));
  fmt::print(".\n");
  if (const auto* errors = status.if_contains("errors"); errors != nullptr && errors->is_array()) {
    for (const auto& error : errors->get_array()) {
      fmt::print(stderr, "line {}: {}\n", number(error.as_object(), "line"),
                 for_terminal(text(error.as_object(), "message")));
    }
  }
  if (auto error = text(status, "error"); !error.empty()) fmt::print(stderr, "troupe: {}\n", for_terminal(error));
  return fine ? kDone : kFailed;
}

void print_made_user(const json::object& answer, bool quiet) {
  const auto password = text_at(answer, "/generated_password"), user_id = text_at(answer, "/user/user_id");
  if (quiet) {
    fmt::print("{}\n", password.empty() ? user_id : password);
    return;
  }
  fmt::print("{} is made, role {}.\n", user_id, text_at(answer, "/user/role"));
  if (!password.empty()) fmt::print("The password, shown once: {}\n", password);
}

void print_new_password(const json::object& answer, bool quiet) {
  fmt::print("{}{}\n", quiet ? "" : "The password, shown once: ", text_at(answer, "/password"));
}

/// Ctrl-C ends the watching, not the work of a server.
void say_how_it_goes_on(const json::object& status, const std::string& passwords_to) {
  const auto id = text(status, "import_id");
  fmt::print(stderr,
             "The import goes on in the server ({} of {} lines are done).\n"
             "  troupe user import-status {}   how far it is\n"
             "  troupe user import-cancel {}   end it\n",
             number(status, "done"), number(status, "total"), id, id);
  if (passwords_to.empty()) return;
  fmt::print(stderr, "  troupe user import-passwords {} {}   when it has ended: the passwords that it made, once\n", id,
             passwords_to);
}

/// A new file that only its owner reads; gone again when nothing was written.
class PrivateFile {
 public:
  explicit PrivateFile(std::string path) : path_(std::move(path)) {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd_ < 0) fmt::print(stderr, "troupe: {} cannot be made: {}\n", path_, std::strerror(errno));
  }
  ~PrivateFile() {
    if (fd_ < 0) return;
    ::close(fd_);
    if (!written_) ::unlink(path_.c_str());
  }
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;
  bool is_open() const { return fd_ >= 0; }
  const std::string& path() const { return path_; }
  bool write(std::string_view text) {
    written_ = true;  // also half of it: nobody else has it
    while (!text.empty()) {
      const auto count = ::write(fd_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return ::fsync(fd_) == 0;
  }

 private:
  std::string path_;
  int fd_ = -1;
  bool written_ = false;
};

/// False: they are not in the file, and the reason was printed.
bool take_passwords(Asker& asker, const std::string& look, PrivateFile& file, bool json) {
  auto taken = asker.ask({.method = "POST", .target = look + "/passwords", .body = {}});
  if (!taken || taken->status != 200) {
    fmt::print(stderr, "troupe: the passwords could not be taken: {}\n", taken ? taken->body : taken.error().message());
    return false;
  }
  if (file.write(taken->body)) {
    if (!json) fmt::print("The passwords are in {}. Nobody else has them.\n", file.path());
    return true;
  }
  // Better on the terminal than nowhere.
  fmt::print(stderr, "troupe: {} could not be written: {}. The passwords:\n{}", file.path(), std::strerror(errno),
             taken->body);
  return false;
}

}  // namespace

int CommandLine::import_users() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  // First of all: once the server has been asked, Ctrl-C is answered with how the import goes on.
  std::signal(SIGINT, note_interrupt);
  auto csv = read_input(args_.file, kMaxImportBytes);
  if (!csv) return kWrongUse;
  Asker asker(config->settings, modules_);
  std::optional<PrivateFile> passwords;
  if (!args_.out.empty()) {
    passwords.emplace(args_.out);
    if (!passwords->is_open()) return kWrongUse;
  }
  auto target = fmt::format("/api/v1/users/import?dry_run={}&join={}&generate={}", args_.dry_run,
                            base::percent_encode(args_.room), passwords.has_value());
  begun = true;
  auto started = asker.object({.method = "POST", .target = target, .body = *std::move(csv)}, options_.output.json);
  if (!started) return kFailed;
  const auto look = "/api/v1/users/import/" + text(*started, "import_id");
  ProgressBar bar(!options_.output.json);
  for (;;) {
    auto status = asker.object({.method = "GET", .target = look, .body = {}}, options_.output.json);
    if (!status) return kFailed;
    if (import_interrupted.exchange(false) && text(*status, "state") == "running") {
      bar.end();
      if (!asker.is_own()) {
        say_how_it_goes_on(*status, args_.out);
        return kFailed;
      }
      // It runs in this very process: it ends after its present step, and the report below says how far it came. A
      // refusal means that it has ended already.
      static_cast<void>(asker.ask({.method = "DELETE", .target = look, .body = {}}));
    }
    bar.show(*status);
    if (text(*status, "state") != "running") {
      bar.end();
      const bool handed_out = !passwords || number(*status, "passwords") == 0 ||
                              take_passwords(asker, look, *passwords, options_.output.json);
      const int code = report(*status, options_.output.json);
      return handed_out ? code : kFailed;
    }
    std::this_thread::sleep_for(kLookEvery);
  }
}

int CommandLine::import_passwords() {
  auto config = load(options_, modules_);
  if (!config) return kWrongUse;
  PrivateFile file(args_.out);
  if (!file.is_open()) return kWrongUse;
  Asker asker(config->settings, modules_);
  const auto look = "/api/v1/users/import/" + base::percent_encode(args_.text);
  return take_passwords(asker, look, file, options_.output.json) ? kDone : kFailed;
}

void CommandLine::add_user_commands() {
  auto* user = group("user", "People and their accounts");
  auto* add_user =
      add(user, "add", "Make an account; the password is asked for, generated, or read from standard input", [this] {
        boost::json::object body{{"username", args_.name}, {"role", args_.role}};
        if (!args_.display_name.empty()) body["display_name"] = args_.display_name;
        if (!args_.generate) {
          auto password = args_.password.empty() ? read_new_password("Password for " + args_.name) : args_.password;
          if (password.empty()) return kWrongUse;
          body["password"] = password;
        }
        return call("POST", "/api/v1/users", body, print_made_user);
      });
  add_user->add_option("name", args_.name, "Local part, e.g. anna")->required();
  add_user->add_option("--password", args_.password, "The password (visible in process lists: prefer standard input)");
  add_user->add_flag("--generate", args_.generate, "Make a random password and print it");
  add_user->add_option("--display-name", args_.display_name, "Name that others see");
  add_user->add_option("--role", args_.role, "member, operator or admin")
      ->check(one_of({"member", "operator", "admin"}));
  add_user->add_flag_callback("--admin", [this] { args_.role = "admin"; }, "The same as --role admin");

  auto* list = add(user, "list", "List accounts", [this] {
    auto target = fmt::format("/api/v1/users?limit={}&from={}&search={}&kind={}&role={}&state={}&sort={}", args_.limit,
                              args_.number, base::percent_encode(args_.search), args_.kind, args_.text, args_.state,
                              base::percent_encode(args_.sort));
    return call("GET", target, {}, Show::table);
  });
  list->add_option("--search", args_.search, "Part of the name");
  list->add_option("--kind", args_.kind, "person, bot or service")->check(one_of({"person", "bot", "service"}));
  list->add_option("--role", args_.text, "member, operator or admin")->check(one_of({"member", "operator", "admin"}));
  list->add_option("--state", args_.state, "active, locked or deactivated")
      ->check(one_of({"active", "locked", "deactivated"}));
  list->add_option("--sort", args_.sort, "name, created_at or display_name; with - in front downwards");
  list->add_option("--limit", args_.limit, "At most this many (1 to 1000)")->check(CLI::Range(1, 1000));
  list->add_option("--from", args_.number, "Pass over so many")->check(CLI::Range(0LL, 1'000'000'000LL));

  auto* import = add(user, "import", "Make many accounts from a CSV file, and let them join a room",
                     [this] { return import_users(); });
  import->add_option("file", args_.file, "username,password,display_name,role; - reads standard input")->required();
  import->add_option("--join", args_.room, "Room id or alias that all of them join");
  import->add_option("--generate", args_.out,
                     "Make a password for each account without one, and write them into this new file");
  import->add_flag("--dry-run", args_.dry_run, "Only say what would be done");
  import->footer(
      "Without passwords 10,000 accounts take seconds; each password takes a core some 15 ms or more.\n"
      "Exit code 1 when any line failed. The same file may be given again: what exists is left as it is.\n"
      "Ctrl-C ends the watching only; a running server goes on with the work, and\n"
      "`troupe user import-passwords` fetches what --generate made.");
  auto* import_status = add(user, "import-status", "How far an import is; without an id: the last ten", [this] {
    if (args_.text.empty()) return call("GET", "/api/v1/users/import", {}, Show::table);
    return call("GET", "/api/v1/users/import/" + base::percent_encode(args_.text));
  });
  import_status->add_option("id", args_.text, "Its id");
  auto* passwords = add(user, "import-passwords",
                        "Write the passwords that an import made into a new file: once, when it has ended, and within "
                        "a day of it",
                        [this] { return import_passwords(); });
  passwords->add_option("id", args_.text, "Its id")->required();
  passwords->add_option("out", args_.out, "A new file, readable by its owner only; one that is there is left alone")
      ->required();
  auto* cancel = add(user, "import-cancel", "End a running import after its present step; what was made stays",
                     [this] { return call("DELETE", "/api/v1/users/import/" + base::percent_encode(args_.text)); });
  cancel->add_option("id", args_.text, "Its id")->required();
  add_user_changes(user);
}

void CommandLine::add_user_changes(CLI::App* user) {
  auto one = [this, user](const std::string& name, const std::string& help, std::function<int()> action) {
    auto* command = add(user, name, help, std::move(action));
    command->add_option("name", args_.name, "Local part or full user id")->required();
    return command;
  };
  one("show", "Show one account", [this] { return call("GET", user_path()); });
  auto* sessions = one("sessions", "Where an account is signed in; --end signs it out", [this] {
    if (args_.all) return call("DELETE", user_path("/sessions"));
    if (!args_.device.empty()) return call("DELETE", user_path("/sessions/" + base::percent_encode(args_.device)));
    return call("GET", user_path("/sessions"), {}, Show::table);
  });
  sessions->add_option("--end", args_.device, "End the session of this device");
  sessions->add_flag("--end-all", args_.all, "End all of them");
  one("lock", "Lock an account: it can do nothing until it is unlocked",
      [this] { return call("POST", user_path("/lock")); });
  one("unlock", "Unlock an account", [this] { return call("POST", user_path("/unlock")); });
  auto* reset = one("reset-password", "Set a password: asked for, generated, or read from standard input", [this] {
    boost::json::object body{{"logout_devices", !args_.all}};
    if (args_.generate) {
      body["generate"] = true;
      return call("POST", user_path("/password"), body, print_new_password);
    }
    auto password = read_new_password("New password for " + args_.name);
    if (password.empty()) return kWrongUse;
    body["password"] = password;
    return call("POST", user_path("/password"), body);
  });
  reset->add_flag("--generate", args_.generate, "Make a random password and print it");
  reset->add_flag("--keep-sessions", args_.all, "Leave the account signed in where it is");
  auto* deactivate = one("deactivate", "Close an account for ever; its name stays taken", [this] {
    if (!args_.yes) {
      fmt::print(stderr, "troupe: this cannot be undone; say --yes to close {}\n", args_.name);
      return kWrongUse;
    }
    return call("POST", user_path("/deactivate"), {{"confirm", args_.name}});
  });
  deactivate->add_flag("--yes", args_.yes, "Do it");
  auto* role =
      one("role", "Give an account a role", [this] { return call("PATCH", user_path(), {{"role", args_.role}}); });
  role->add_option("role", args_.role, "member, operator or admin")
      ->required()
      ->check(one_of({"member", "operator", "admin"}));
}

void CommandLine::add_tenant_commands() {
  auto* tenant = group("tenant", "Tenants: separate houses under one roof");
  add(tenant, "list", "List tenants", [this] { return call("GET", "/api/v1/tenants", {}, Show::table); });
  auto* make =
      add(tenant, "add", "Make a tenant", [this] { return call("POST", "/api/v1/tenants", {{"name", args_.name}}); });
  make->add_option("name", args_.name, "Its name")->required();
  auto* rename = add(tenant, "rename", "Rename a tenant", [this] {
    return call("PATCH", fmt::format("/api/v1/tenants/{}", args_.number), {{"name", args_.name}});
  });
  rename->add_option("id", args_.number, "Its number")->required();
  rename->add_option("name", args_.name, "The new name")->required();
  auto* move = add(tenant, "move", "Move an account to a tenant; its console sessions end",
                   [this] { return call("PATCH", user_path(), {{"tenant_id", args_.number}}); });
  move->add_option("name", args_.name, "The account")->required();
  move->add_option("id", args_.number, "The tenant's number")->required();
}

}  // namespace troupe::app
