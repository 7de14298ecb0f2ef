// Whether an order can be taken as it is.
#pragma once
#include "base/result.h"
#include "runtime/sandbox/command_types.h"
#include "runtime/sandbox/settings.h"

namespace troupe::runtime::sandbox {

/// Everything that command_types.h promises of an order, whatever its mode. Error: invalid_param, naming the member.
Result<Unit> check_order(const CommandOrder& order);

/// What the host's mode asks beside: a folder, and no variables that change which code a program loads (PATH, LD_…).
/// Error: invalid_param.
Result<Unit> check_for_host(const CommandOrder& order);

/// The limits with the settings' in place of zeros. Error: invalid_param, naming the one that asks for too much.
Result<CommandLimits> limits_of(const CommandLimits& wanted, const CommandSettings& settings);

/// The order's mode, the settings' when it names none. Errors: invalid_param (no such mode); forbidden (HOST, and the
/// settings do not say so).
Result<Mode> mode_of(const CommandOrder& order, const CommandSettings& settings);

/// The working folder without links. Errors: invalid_param (it is none, or holds the data folder); "" for "".
Result<std::string> folder_of(const std::string& folder, const std::string& data_dir);

}  // namespace troupe::runtime::sandbox
