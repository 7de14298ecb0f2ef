// The strict rule by which a text becomes a command on the host, where no shell ever reads it.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace troupe::runtime::sandbox {

/// Words apart by blanks; quotes (' or ") hold what is between them together, as it stands. Whatever a shell would
/// understand (; & | < > $ ` ( ) { } [ ] * ? ~ # ! \, a line's end) is refused outside of single quotes, where only
/// what ends a line is. Error: invalid_param.
Result<std::vector<std::string>> split_words(std::string_view text);

/// The program of an allowed name, as an absolute path: an entry of the list is an absolute path or a plain name, which
/// is looked for in /usr/local/bin, /usr/bin and /bin, and the name must be the entry. Errors: forbidden; not_found.
Result<std::string> allowed_program(const std::string& name, const std::vector<std::string>& allowed);

}  // namespace troupe::runtime::sandbox
