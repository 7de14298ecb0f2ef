// Reads what the engine answers. Members that are not there, or of another type, are empty.
#pragma once
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "net/client/client.h"
#include "runtime/engine/api.h"

namespace troupe::runtime::engine {

/// Nothing for 2xx and 304; else the error, with the engine's words. A 404 without an engine's words is unavailable: it
/// says nothing about a container.
Result<Unit> check_answer(const net::client::ClientResponse& answer);
Result<boost::json::object> read_object(std::string_view body);
std::string text_of(const boost::json::object& object, std::string_view key);

/// With the API version that this engine and we have in common: 1.41, or what is next to it. Error: unavailable.
Result<Version> read_version(const net::client::ClientResponse& answer);
/// Error: unavailable (it does not say how the container is).
Result<Container> read_container(const boost::json::object& found);
/// Only those that bear the labels: an engine that filters otherwise is not believed.
Result<std::vector<Listed>> read_list(std::string_view body, const Labels& wanted);
Event read_event(const boost::json::object& line);

}  // namespace troupe::runtime::engine
