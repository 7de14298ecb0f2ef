// The pages that people see: plain HTML that works without script.
#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/html.h"
#include "homeserver/common/html_page.h"
#include "homeserver/oauth/visits.h"
#include "net/http/http.h"

namespace troupe::homeserver::oauth {

/// Names and values of a form, in order.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// The first of that name; empty: there is none.
std::string_view value_of(const Fields& fields, std::string_view name);
/// "a=1&b=2", percent-encoded.
std::string encoded(const Fields& fields);
/// What a form has sent.
Fields fields_of(const boost::json::object& form);

/// Text between tags and in attributes.
inline std::string text(std::string_view plain) { return base::html_escape(plain); }

/// The same of what somebody has chosen freely: its direction of writing ends with it, so that it disguises nothing.
inline std::string name(std::string_view chosen) { return "<bdi>" + base::html_escape(chosen) + "</bdi>"; }

using Page = HtmlPage;

/// The answer: not to be kept, not to be framed, and nothing in it runs or is loaded.
net::http::Response show(const Page& page, const Visit& visit);
/// Sends the browser on with GET; where it came with GET, 302 says the same.
net::http::Response lead(const std::string& where, const Visit& visit, int status = 303);

/// A form that posts to `path`: what is hidden in it, then `inside` (HTML).
std::string form(std::string_view path, const Fields& hidden, const Visit& visit, std::string_view inside);
/// A button of a form: it sends step=<step>.
std::string button(std::string_view step, std::string_view label, bool main = true);
/// What was wrong with what a person has typed; empty: nothing.
std::string complaint(std::string_view sentence);
/// Says that the session of this name, which is there already, gives way to the one that is asked for.
std::string takes_over(std::string_view session);
/// Name, password and button of a sign-in.
std::string sign_in_fields(std::string_view user);

/// The page from which a browser goes to a provider and comes back to another page.
inline constexpr std::string_view kElsewhere = "elsewhere";
/// Links to the providers that may vouch for somebody who then comes back to `page`; empty: there are none.
std::string sign_in_elsewhere(const Visit& visit, std::string_view page);

/// "account?action=…": a page of this folder with what it is asked for.
std::string page_with(std::string_view path, const Fields& fields);
/// The page on which a person signs in before they go on to `path`. `why` is HTML; `wrong`: what was wrong with the
/// last try, or nullptr.
net::http::Response sign_in_page(std::string_view path, std::string_view why, const Fields& fields, const Visit& visit,
                                 std::string_view user, const Error* wrong);

/// Where a redirect to this URI leads, as a source of a Content-Security-Policy.
std::string policy_source(std::string_view uri);

/// The status of a page that says this.
int page_status(const Error& error);
/// Says when to try again, where the error knows.
void add_patience(net::http::Response& response, const Error& error);
/// Says what went wrong, to a person. `way_back`: HTML of where they can go on; empty: only the app knows.
net::http::Response show_error(const Error& error, const Visit& visit, std::string_view way_back = {});

}  // namespace troupe::homeserver::oauth
