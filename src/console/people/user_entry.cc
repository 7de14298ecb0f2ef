#include "console/people/user_entry.h"

#include "matrix/ids.h"

namespace troupe::console::people {

std::string full_user_id(std::string_view user, std::string_view server_name) {
  if (user.starts_with('@')) {
    if (user.find(':') != user.npos) return std::string(user);
    user.remove_prefix(1);
  }
  return matrix::make_user_id(user, server_name);
}

std::string_view username(std::string_view user_id) {
  auto parts = matrix::parse_user_id(user_id);
  return parts ? parts->localpart : user_id;
}

}  // namespace troupe::console::people
