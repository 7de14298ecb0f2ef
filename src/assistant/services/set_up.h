// What makes services usable, one of each per program.
#pragma once
#include "host/module.h"

namespace troupe::assistant::services {

/// Of the platform listener, as this machine reaches it.
std::string own_address(const host::Settings& settings);

/// Makes and offers services::Services, services::PackServices, services::PackTester and calls::Caller. After
/// tasks::Secrets and tasks::Journal were offered.
void set_up_services(host::Context& context);

/// What `troupe doctor` looks at: packs that were added and cannot be used, keys of the environment that lack another.
std::vector<host::DoctorCheck> service_checks();
/// The folders of packs that were added.
host::BackupStep backup_of_packs();

}  // namespace troupe::assistant::services
