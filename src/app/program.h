// The running program: opens the data folder, wires the modules, listens, stops.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "host/module.h"
#include "net/http/http.h"

namespace troupe::app {

/// With or without listeners: the command line runs commands in process when no server runs.
enum class Mode {
  serve,    ///< founds the server where there is none
  found,    ///< the same without listeners
  offline,  ///< only where there is one: what merely looks or changes never makes a server
};

class Program {
 public:
  /// Takes the lock file, opens or makes the database, sets the modules up. No listener is open yet.
  /// Errors: conflict (another process has the data folder; the server name differs), unavailable, invalid_param,
  /// not_found (Mode::offline: nobody has founded a server here).
  static Result<std::unique_ptr<Program>> open(host::Settings settings, Mode mode,
                                               const std::vector<host::Module>& every_module);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// The password made for the account `admin`, when this start made the account and none was given.
  const std::optional<std::string>& new_admin_password() const;
  const host::Settings& settings() const;

  /// Takes the addresses, makes the account `admin` at the first start, opens the listeners and starts the modules'
  /// work. In this order: a start that fails for its address spends no password. Errors: conflict (address in use).
  Result<Unit> listen();
  /// SIGTERM and SIGINT end the program at once no more: they are for run_until_signal(), which may come later.
  void catch_signals();
  /// Blocks until SIGTERM or SIGINT; then drains and stops. catch_signals() came before.
  void run_until_signal();
  /// Answers one platform request as the local administrator; blocks. For the command line.
  net::http::Response handle(net::http::Request request);

 private:
  struct Impl;
  explicit Program(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace troupe::app
