#include "identity/anchors/time_stamp.h"

#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <ctime>

#include "base/crypto.h"
#include "base/openssl.h"

namespace troupe::identity::anchors {
namespace {

constexpr std::size_t kDigestBytes = 32;
constexpr int kNonceBytes = 16;

template <class T, auto Free>
using Owned = std::unique_ptr<T, base::openssl::Freed<Free>>;
using Request = Owned<TS_REQ, TS_REQ_free>;
using Response = Owned<TS_RESP, TS_RESP_free>;
using Context = Owned<TS_VERIFY_CTX, TS_VERIFY_CTX_free>;

/// The library's last word; what else it had to say is forgotten.
Error refused(std::string_view otherwise) {
  std::array<char, 256> text{};
  const auto code = ERR_peek_last_error();
  if (code != 0) ERR_error_string_n(code, text.data(), text.size());
  ERR_clear_error();
  std::string reason(code != 0 ? ERR_reason_error_string(code) ? ERR_reason_error_string(code) : text.data() : "");
  return Error(Errc::forbidden, std::string(otherwise) + (reason.empty() ? "" : ": " + reason));
}

std::string der_of(TS_REQ* request) {
  unsigned char* bytes = nullptr;
  const auto size = i2d_TS_REQ(request, &bytes);
  std::string out(reinterpret_cast<const char*>(bytes), size > 0 ? static_cast<std::size_t>(size) : 0);
  OPENSSL_free(bytes);
  return out;
}

bool add_imprint(TS_REQ* request, std::string_view digest) {
  const Owned<X509_ALGOR, X509_ALGOR_free> algorithm(X509_ALGOR_new());
  const Owned<TS_MSG_IMPRINT, TS_MSG_IMPRINT_free> imprint(TS_MSG_IMPRINT_new());
  std::string bytes(digest);
  return digest.size() == kDigestBytes && algorithm && imprint &&
         X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1 &&
         TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) == 1 &&
         TS_MSG_IMPRINT_set_msg(imprint.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                static_cast<int>(bytes.size())) == 1 &&
         TS_REQ_set_msg_imprint(request, imprint.get()) == 1;
}

bool add_nonce(TS_REQ* request) {
  const auto bytes = base::random_bytes(kNonceBytes);
  const base::openssl::Number number(BN_bin2bn(base::openssl::octets(bytes), kNonceBytes, nullptr));
  const Owned<ASN1_INTEGER, ASN1_INTEGER_free> nonce(number ? BN_to_ASN1_INTEGER(number.get(), nullptr) : nullptr);
  return nonce && TS_REQ_set_nonce(request, nonce.get()) == 1;
}

/// Nothing when there is no memory, or no digest.
Request request_of(std::string_view digest, bool nonce) {
  Request request(TS_REQ_new());
  if (!request || TS_REQ_set_version(request.get(), 1) != 1 || !add_imprint(request.get(), digest) ||
      TS_REQ_set_cert_req(request.get(), 1) != 1 || (nonce && !add_nonce(request.get())))
    return nullptr;
  return request;
}

/// When the authority says that it was. Nothing: it does not, or the answer has no stamp.
std::optional<std::time_t> time_of(TS_RESP* response) {
  auto* info = TS_RESP_get_tst_info(response);
  const auto* time = info ? TS_TST_INFO_get_time(info) : nullptr;
  std::tm parts{};
  if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return ::timegm(&parts);
}

/// The certificates have to be good at the time that is stamped: stamps outlive them.
Result<base::UnixMs> checked(TS_REQ* request, std::string_view bytes, X509_STORE* store) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  const Response response(d2i_TS_RESP(nullptr, &at, static_cast<long>(bytes.size())));
  if (!response) return refused("the answer is no time stamp");
  const auto* status = TS_RESP_get_status_info(response.get());
  const auto granted = status ? ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status)) : -1;
  if (granted != TS_STATUS_GRANTED && granted != TS_STATUS_GRANTED_WITH_MODS)
    return refused("the authority grants no time stamp");
  const auto time = time_of(response.get());
  if (!time) return refused("the answer has no time");
  const Context context(TS_REQ_to_TS_VERIFY_CTX(request, nullptr));
  if (!context) return refused("the answer cannot be checked");
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), *time);
  X509_STORE_up_ref(store);
  TS_VERIFY_CTX_set_store(context.get(), store);
  TS_VERIFY_CTX_add_flags(context.get(), TS_VFY_SIGNATURE);
  if (TS_RESP_verify_response(context.get(), response.get()) != 1) return refused("the time stamp does not hold");
  return static_cast<base::UnixMs>(*time) * 1'000;
}

}  // namespace

struct StampChecker::Store {
  Owned<X509_STORE, X509_STORE_free> certificates;
};

StampChecker::StampChecker(std::unique_ptr<Store> store) : store_(std::move(store)) {}
StampChecker::~StampChecker() = default;

std::string time_stamp_request(std::string_view digest) {
  const auto request = request_of(digest, true);
  return request ? der_of(request.get()) : std::string();
}

Result<std::unique_ptr<StampChecker>> StampChecker::make(const std::string& ca_file) {
  auto store = std::make_unique<Store>();
  store->certificates.reset(X509_STORE_new());
  const bool read =
      store->certificates && (ca_file.empty() ? X509_STORE_set_default_paths(store->certificates.get())
                                              : X509_STORE_load_file(store->certificates.get(), ca_file.c_str())) == 1;
  ERR_clear_error();
  if (!read) return Error(Errc::invalid_param, ca_file + " has no certificates that can be read");
  return std::unique_ptr<StampChecker>(new StampChecker(std::move(store)));
}

Result<base::UnixMs> StampChecker::check_answer(std::string_view request, std::string_view response) const {
  const auto* at = reinterpret_cast<const unsigned char*>(request.data());
  const Request asked(d2i_TS_REQ(nullptr, &at, static_cast<long>(request.size())));
  if (!asked) return refused("the request is none");
  const base::Lock lock(mutex_);
  return checked(asked.get(), response, store_->certificates.get());
}

Result<base::UnixMs> StampChecker::check_kept(std::string_view digest, std::string_view response) const {
  const auto asked = request_of(digest, false);
  if (!asked) return refused("the hash is none");
  const base::Lock lock(mutex_);
  return checked(asked.get(), response, store_->certificates.get());
}

}  // namespace troupe::identity::anchors
