// What every process of the small program has in common: how it begins, and the descriptors that it is started with.
#pragma once

namespace troupe::runtime::shim {

/// Where whoever started the process listens: for one line or one record, as the process's own header says.
inline constexpr int kReadyDescriptor = 3;
/// The program's own descriptor, when it was started from memory.
inline constexpr int kProgramDescriptor = 4;

/// What every process of this program begins with: signals are read, never taken; files are its owner's; of descriptors
/// it keeps the standard ones and kReadyDescriptor, which no program that it starts inherits. `name`: as lists show it.
void become_shim(const char* name);

}  // namespace troupe::runtime::shim
