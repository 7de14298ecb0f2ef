// What the assistant says of files that services answered with. All pure.
#pragma once
#include <string>
#include <vector>

#include "assistant/tasks/types.h"

namespace troupe::assistant::dialogue {

/// A result without what it says of files: they are told by file_words().
matrix::Json without_files(const matrix::Json& result);
/// The files by name and size, behind the words for a task's end; empty: there are none.
std::string file_words(const std::vector<tasks::FileRecord>& files);

}  // namespace troupe::assistant::dialogue
