#include "base/result.h"

namespace troupe::base {

void Error::Forget::operator()(Facts* facts) const { delete facts; }

Error::Error(Errc code) : Error(code, std::string(info(code).title)) {}

Error::Error(Errc code, std::string message, std::string detail)
    : code_(code),
      facts_(new Facts{.message = std::move(message),
                       .detail = std::move(detail),
                       .wire_code = {},
                       .http_status = 0,
                       .retry_after = std::chrono::milliseconds(0),
                       .members = {}}) {}

Error::Error(const Error& other) : code_(other.code_), facts_(new Facts(other.facts())) {}

Error& Error::operator=(const Error& other) {
  if (this != &other) *this = Error(other);
  return *this;
}

const Error::Facts& Error::facts() const {
  static const Facts none;
  return facts_ ? *facts_ : none;
}

Error::Facts& Error::own_facts() {
  if (!facts_) facts_.reset(new Facts);
  return *facts_;
}

Error&& Error::with_wire_code(std::string_view wire_code) && {
  own_facts().wire_code = wire_code;
  return std::move(*this);
}

Error&& Error::with_status(int http_status) && {
  own_facts().http_status = http_status;
  return std::move(*this);
}

Error&& Error::with_retry_after(std::chrono::milliseconds wait) && {
  own_facts().retry_after = wait;
  return std::move(*this);
}

Error&& Error::with_member(std::string_view key, boost::json::value value) && {
  own_facts().members[key] = std::move(value);
  return std::move(*this);
}

}  // namespace troupe::base
