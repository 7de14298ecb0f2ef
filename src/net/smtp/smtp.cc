#include "net/smtp/smtp.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include "net/smtp/curl.h"

namespace troupe::net::smtp {
namespace {

constexpr std::string_view kAllowed = "smtp,smtps";

/// What libcurl reads the mail from.
struct Source {
  std::string_view left;
};

std::size_t give(char* into, std::size_t size, std::size_t count, void* source) {
  auto& left = static_cast<Source*>(source)->left;
  const auto taken = std::min(size * count, left.size());
  std::memcpy(into, left.data(), taken);
  left.remove_prefix(taken);
  return taken;
}

std::size_t drop(char*, std::size_t size, std::size_t count, void*) { return size * count; }

int look_at_stop(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
}

/// One dialogue with a relay.
class Session {
 public:
  Session(const Curl& curl, const Relay& relay, const Patience& patience)
      : curl_(curl), easy_(curl.init(), curl.cleanup), recipients_(nullptr, curl.free_all) {
    if (!easy_) return;
    const bool tls = relay.security == Security::tls;
    const bool literal = relay.host.find(':') != std::string::npos;
    const auto host = literal ? "[" + relay.host + "]" : relay.host;
    set(CURLOPT_URL, (tls ? "smtps://" : "smtp://") + host + ":" + std::to_string(relay.port) + "/" + relay.greeting);
    set(CURLOPT_PROTOCOLS_STR, std::string(kAllowed));
    set(CURLOPT_PROXY, std::string());  // none, whatever the environment says
    set(CURLOPT_NETRC, CURL_NETRC_IGNORED);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_USE_SSL, relay.security == Security::none ? CURLUSESSL_NONE : CURLUSESSL_ALL);
    set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    if (!relay.ca_file.empty()) set(CURLOPT_CAINFO, relay.ca_file);
    if (!relay.user.empty()) {
      set(CURLOPT_USERNAME, relay.user);
      set(CURLOPT_PASSWORD, relay.password);
    }
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(patience.connect.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(patience.total.count()));
    const auto silence = std::chrono::ceil<std::chrono::seconds>(patience.silence);
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(silence.count()));
    set(CURLOPT_ERRORBUFFER, why_.data());
    set(CURLOPT_WRITEFUNCTION, &drop);
    if (!patience.stop) return;
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, &look_at_stop);
    set(CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(patience.stop));
  }

  void prepare(const Mail& mail) {
    source_.left = mail.text;
    recipients_.reset(curl_.append(nullptr, ("<" + mail.to + ">").c_str()));
    set(CURLOPT_MAIL_FROM, "<" + mail.from + ">");
    set(CURLOPT_MAIL_RCPT, recipients_.get());
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_READFUNCTION, &give);
    set(CURLOPT_READDATA, &source_);
  }

  void only_connect() { set(CURLOPT_CONNECT_ONLY, 1L); }

  Result<Unit> run() {
    if (!easy_ || wrong_ != CURLE_OK) return Error(Errc::unavailable, "libcurl does not take the settings of SMTP");
    const auto outcome = curl_.perform(easy_.get());
    if (outcome == CURLE_OK) return Unit{};
    long code = 0;
    curl_.getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &code);
    return error_of(outcome, code);
  }

 private:
  template <class Value>
  void set(CURLoption option, const Value& value) {
    if (!easy_) return;
    auto outcome = CURLE_OK;
    if constexpr (std::is_same_v<Value, std::string>) {
      outcome = curl_.setopt(easy_.get(), option, value.c_str());
    } else {
      outcome =
          curl_.setopt(easy_.get(), option, static_cast<std::conditional_t<std::is_enum_v<Value>, long, Value>>(value));
    }
    if (outcome != CURLE_OK) wrong_ = outcome;
  }

  Error error_of(CURLcode outcome, long code) const {
    const std::string_view why = why_[0] ? why_.data() : curl_.strerror(outcome);
    auto said = std::string(why);
    // What the relay answered to the recipient and the text; the end of the text has no words in libcurl.
    const bool of_mail = why.starts_with("RCPT failed") || why.starts_with("DATA failed") ||
                         (outcome == CURLE_WEIRD_SERVER_REPLY && !why_[0]);
    if (of_mail && code >= 500) return Error(Errc::invalid_param, std::move(said));
    if (of_mail && code >= 400) return Error(Errc::limit_exceeded, std::move(said));
    return Error(Errc::unavailable, std::move(said));
  }

  const Curl& curl_;
  std::unique_ptr<CURL, decltype(Curl::cleanup)> easy_;
  std::unique_ptr<curl_slist, decltype(Curl::free_all)> recipients_;
  std::array<char, CURL_ERROR_SIZE> why_{};
  Source source_;
  CURLcode wrong_ = CURLE_OK;
};

}  // namespace

Result<Unit> send(const Relay& relay, const Mail& mail, const Patience& patience) {
  TRY(const auto* curl, Curl::get());
  Session session(*curl, relay, patience);
  session.prepare(mail);
  return session.run();
}

Result<Unit> probe(const Relay& relay, const Patience& patience) {
  TRY(const auto* curl, Curl::get());
  Session session(*curl, relay, patience);
  session.only_connect();
  return session.run();
}

}  // namespace troupe::net::smtp
