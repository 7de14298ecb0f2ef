// Opening the link only shows what it is about, so that whoever looks at mails by machine confirms nothing; the button
// does. What the link carries is secret enough to stand for the person: the form needs nothing besides.
#include "homeserver/mail/mail_pages.h"

#include "base/encoding.h"
#include "base/html.h"
#include "homeserver/common/client_route.h"
#include "homeserver/common/html_page.h"
#include "net/http/url.h"

namespace troupe::homeserver::mail {
namespace {

using base::html_escape;
using net::http::Response;

constexpr std::size_t kMaxFormBytes = 4UL * 1024;
constexpr std::size_t kMaxTokenBytes = 255;
constexpr std::size_t kMaxLinkBytes = 2048;

std::string_view wish(Purpose purpose) {
  switch (purpose) {
    case Purpose::registration:
      return "Somebody makes an account with this e-mail address:";
    case Purpose::reset:
      return "Somebody sets a new password for the account with this e-mail address. Press the button only if you have "
             "asked for it:";
    case Purpose::addition:
      break;
  }
  return "Somebody adds this e-mail address to an account:";
}

struct Carried {
  std::string sid;
  std::string token;
};

Result<Carried> read(std::optional<std::string_view> sid, std::optional<std::string_view> token) {
  const auto fits = [](const auto& value, std::size_t most) {
    return value && !value->empty() && value->size() <= most;
  };
  if (!fits(sid, Proofs::kMaxSidBytes) || !fits(token, kMaxTokenBytes))
    return Error(Errc::invalid_param, "The link is not complete: copy all of it from the mail.");
  return Carried{std::string(*sid), std::string(*token)};
}

Task<Response> ask(MailPageApi& api, net::route::Call& call) {
  CO_TRY(const auto sent, read(call.request.query_value("sid"), call.request.query_value("token")));
  CO_TRY(const auto proof, co_await api.proofs.look(sent.sid, sent.token));
  const auto hidden = [](std::string_view name, std::string_view value) {
    return "<input type=\"hidden\" name=\"" + std::string(name) + "\" value=\"" + html_escape(value) + "\">";
  };
  co_return secret_page({.title = "Confirm for " + api.settings.server_name,
                         .body = "<p>" + std::string(wish(proof.purpose)) + "</p><p><strong>" +
                                 html_escape(proof.address) + "</strong></p><form method=\"post\" action=\"confirm\">" +
                                 hidden("sid", sent.sid) + hidden("token", sent.token) +
                                 "<button>Confirm</button></form><p>If it was not you, close this page: then nothing "
                                 "happens.</p>",
                         .leads_to = {}});
}

/// Whether the address may be one of the APIs' pages, however a browser would tidy it up: clients choose where a link
/// leads, and there a mere visit would begin something.
bool is_of_the_apis(const net::http::Url& url) {
  const auto path = base::percent_decode(url.target.substr(0, url.target.find_first_of("?#")), false);
  return !path || path->contains("_matrix") || path->contains("_synapse");
}

/// A page of this server is gone to at once; to any other a link leads, which says where.
Response show_done(const host::Settings& settings, const OpenProof& proof) {
  const auto next = net::http::Url::parse(proof.next_link);
  const auto own = net::http::Url::parse(settings.public_base_url);
  if (next && own && next->same_origin(*own) && !is_of_the_apis(*next)) {
    auto response = Response::empty(303);
    response.headers.add("Location", next->origin() + next->target);
    response.headers.add("Cache-Control", "no-store");
    response.headers.add("Referrer-Policy", "no-referrer");
    return response;
  }
  auto body = "<p><strong>" + html_escape(proof.address) + "</strong> is confirmed. Go back to your app now.</p>";
  if (next)
    body += "<p><a rel=\"noreferrer\" href=\"" + html_escape(proof.next_link) + "\">Go on to " +
            html_escape(next->authority()) + "</a></p>";
  return secret_page({.title = "Confirmed", .body = std::move(body), .leads_to = {}});
}

Task<Response> confirm(MailPageApi& api, net::route::Call& call) {
  const auto& form = net::route::body_object(call);
  CO_TRY(auto sent, read(matrix::find_string(form, "sid"), matrix::find_string(form, "token")));
  CO_TRY(const auto proof, co_await api.proofs.confirm(std::move(sent.sid), std::move(sent.token)));
  co_return show_done(api.settings, proof);
}

Task<Response> get_confirm(MailPageApi& api, net::route::Call& call) {
  auto answered = co_await ask(api, call);
  if (!answered) co_return secret_page(answered.error());
  co_return answered;
}

Task<Response> post_confirm(MailPageApi& api, net::route::Call& call) {
  auto answered = co_await confirm(api, call);
  if (!answered) co_return secret_page(answered.error());
  co_return answered;
}

}  // namespace

bool is_next_link(std::string_view text) { return text.size() <= kMaxLinkBytes && net::http::Url::parse(text); }

void add_mail_pages(net::route::Router& router, MailPageApi& api) {
  const auto group = matrix_group(router, {.prefix = std::string(kConfirmPath),
                                           .needs = net::route::Access::open,
                                           .rate = net::route::Rate::login,
                                           .max_body_bytes = kMaxFormBytes});
  group.add({.method = "GET", .reply_type = "text/html", .run = api::bind(get_confirm, api)});
  group.add({.method = "POST",
             .takes = net::route::Body::form,
             .reply_type = "text/html",
             .run = api::bind(post_confirm, api)});
}

}  // namespace troupe::homeserver::mail
