// The configuration values that several modules read, and the place where each module finds its own. The modules' rows
// (host/setting.h) fill them in from troupe.toml, the environment and flags.
#pragma once
#include <any>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <typeindex>
#include <vector>

namespace troupe::host {

/// One line of the configuration in force, for people: secrets are not in it.
struct SettingLine {
  std::string key;
  std::string value;
  std::string source;
  std::string help;
  bool secret = false;
};

struct Settings {
  std::filesystem::path data_dir = "data";
  std::string server_name = "localhost";
  std::string public_base_url;  ///< of the Matrix listener as clients see it; empty: derived from the listener
  std::string version;          ///< of the program

  std::string listen_platform = "127.0.0.1:8001";
  std::string listen_matrix = "127.0.0.1:8008";
  std::size_t io_threads = 2;
  std::string tls_certificate;  ///< PEM chain; with tls_key the listeners speak TLS
  std::string tls_key;
  /// How long browsers insist on TLS for this host once they came by it; 0: not said.
  std::uint64_t hsts_s = 15'552'000;
  std::vector<std::string> allowed_private_addresses;
  std::vector<std::string> trusted_proxies;
  bool rate_limits = true;

  std::string database_url;  ///< postgres://…, holds a password; empty: SQLite in the data folder
  std::string redis_url;     ///< redis://…: doorbells between the processes of one server; empty: none

  std::string local_token;           ///< made anew at each start: what the command line shows over the local socket
  std::vector<SettingLine> listing;  ///< all keys as they were configured

  /// A module's own settings: as its rows filled them in, its defaults where nothing was said. The reference holds
  /// until the next edit() of the same.
  template <class T>
  const T& of() const {
    if constexpr (std::same_as<T, Settings>) {
      return *this;
    } else {
      static const T kDefaults{};
      const auto found = parts.find(typeid(T));
      return found == parts.end() ? kDefaults : *std::any_cast<T>(&found->second);
    }
  }
  /// The same to fill in, before the program starts.
  template <class T>
  T& edit() {
    if constexpr (std::same_as<T, Settings>) {
      return *this;
    } else {
      return *std::any_cast<T>(&parts.try_emplace(typeid(T), T{}).first->second);
    }
  }
  std::map<std::type_index, std::any> parts{};  ///< use of() and edit()
};

}  // namespace troupe::host
