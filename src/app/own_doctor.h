// The doctor's checks and the backup steps of what belongs to the program itself: the data folder, its keys, the
// clock, the listeners, the ledger.
#pragma once
#include <vector>

#include "host/backup.h"
#include "host/doctor.h"

namespace troupe::app {

std::vector<host::DoctorCheck> own_checks();
std::vector<host::BackupStep> own_backup();

}  // namespace troupe::app
