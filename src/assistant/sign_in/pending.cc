#include "assistant/sign_in/pending.h"

#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "matrix/json.h"

namespace troupe::assistant::sign_in {

std::string hash_of_state(std::string_view state) {
  return base::base64url(base::sha256("service sign-in " + std::string(state)));
}

std::string seal(const base::SealingKey& key, const std::string& state_hash, const Begun& begun) {
  return key.seal(boost::json::serialize(matrix::JsonObject{{"state", state_hash},
                                                            {"verifier", begun.verifier},
                                                            {"redirect_uri", begun.redirect_uri},
                                                            {"address", begun.address},
                                                            {"client_id", begun.client_id}}));
}

Result<Begun> open(const base::SealingKey& key, const std::string& state_hash, std::string_view sealed) {
  TRY(const auto text, key.open(sealed));
  const auto parsed = matrix::parse_json(text);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  if (!object || matrix::find_string(*object, "state") != state_hash)
    return Error(Errc::internal, "A sign-in that was begun cannot be read.");
  const auto text_of = [object](std::string_view name) {
    return std::string(matrix::find_string(*object, name).value_or(""));
  };
  return Begun{.verifier = text_of("verifier"),
               .redirect_uri = text_of("redirect_uri"),
               .address = text_of("address"),
               .client_id = text_of("client_id")};
}

}  // namespace troupe::assistant::sign_in
