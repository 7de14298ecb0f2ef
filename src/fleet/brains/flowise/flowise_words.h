// What the Flowise brain says itself, in English and Russian.
#pragma once
#include <string>
#include <string_view>

namespace troupe::fleet::brains {

enum class FlowiseWord {
  help,
  unknown_command,
  session,  ///< argument: the session
  status_up,
  status_down,
  streams,
  streams_not,
  no_files_to_index,
  bad_index_arguments,
  indexed,  ///< arguments: added, updated
  index_failed,
  heard,  ///< argument: what was said
};

/// A `%` becomes the next argument.
std::string flowise_word(FlowiseWord which, std::string_view language, std::string_view first = {},
                         std::string_view second = {});

}  // namespace troupe::fleet::brains
