// What a process that decodes pictures from outside cannot reach, beyond the limits that it sets itself.
#pragma once
#include <string>

namespace troupe::homeserver::media {

/// Shuts this process in for good, its later threads included: no network, no other process, no new one, no file but
/// libraries under /usr and /lib, and those for reading only (Landlock and seccomp). What is open already stays usable.
/// A kernel that refuses a wall costs that wall, not the picture: yields the names of those that are missing, separated
/// by spaces; empty: all hold.
std::string wall_in();

}  // namespace troupe::homeserver::media
