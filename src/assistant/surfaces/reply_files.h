// Files that services answered with, for a message to the person who asked.
#pragma once
#include <string>
#include <vector>

#include "assistant/dialogue/assistant.h"
#include "fleet/types/reply.h"

namespace troupe::assistant::surfaces {

inline constexpr std::size_t kMaxFilesShown = 10;
inline constexpr std::size_t kMaxFileBytesShown = 25'000'000;  ///< all of them together

/// The first files of a task that has ended, with their bytes; none for whoever is not its owner, and none of what
/// cannot be read now.
Task<std::vector<fleet::Upload>> uploads_of(tasks::Tasks& tasks, tasks::Who who, const dialogue::Reply& reply);
/// Where the files are that stand in the words and of which `shown` are with them; empty: all are, or there are none.
std::string where_files_are(const dialogue::Reply& reply, std::size_t shown);

}  // namespace troupe::assistant::surfaces
