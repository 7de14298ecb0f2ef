// The keys of the configuration that the driver for Nomad reads.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "host/module.h"
#include "host/setting.h"

namespace troupe::runtime::nomad {

struct NomadSettings {
  std::string address{};  ///< empty: there is no such driver
  std::string token{};
  std::string name_space = "default";
  std::string region{};
  std::string ca_file{};  ///< PEM; empty: the system's
  std::string job = "troupe";
  std::string instance{};  ///< empty: the data folder's
  std::int64_t start_s = 120;
};

std::vector<host::Setting> nomad_settings();

/// Warns of a Nomad that is spoken to in the clear.
void review_nomad(const host::Settings& settings, host::Review& review);

}  // namespace troupe::runtime::nomad
