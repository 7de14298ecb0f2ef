// Shapes of the fleet that are tables: schema, writer and reader in one (api/shape.h).
#pragma once
#include "api/shape.h"
#include "fleet/own_accord/hook_service.h"
#include "fleet/types.h"

namespace troupe::api {

template <>
struct Words<fleet::RestartPolicy::Mode> {
  using Mode = fleet::RestartPolicy::Mode;
  static constexpr std::string_view name = {};
  static constexpr std::pair<Mode, std::string_view> rows[] = {
      {Mode::always, "always"}, {Mode::on_failure, "on_failure"}, {Mode::never, "never"}};
};

template <>
const Shape<fleet::RestartPolicy>& shape_of<fleet::RestartPolicy>();
template <>
const Shape<fleet::Hook>& shape_of<fleet::Hook>();
template <>
const Shape<fleet::NewHook>& shape_of<fleet::NewHook>();

}  // namespace troupe::api
