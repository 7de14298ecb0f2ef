#include "api/group.h"

namespace troupe::api {

Group::Group(net::route::Router& routes, Shared shared) : routes_(routes), shared_(std::move(shared)) {
  routes_.add_tag(shared_.tag);
}

void Group::add(Operation row) const {
  net::route::Route route;
  route.method = row.method;
  route.path = shared_.prefix;
  route.path += row.path;
  route.listener = shared_.listener;
  route.scheme = shared_.scheme;
  route.dialect = shared_.dialect;
  route.needs = row.needs.value_or(shared_.needs).access();
  route.scope = row.scope.value_or(shared_.scope);
  route.tag = row.tag.value_or(shared_.tag.name);
  const auto usual = row.method == "GET" ? net::route::Rate::read : net::route::Rate::write;
  route.rate = row.rate ? *row.rate : shared_.rate.value_or(usual);
  route.body = row.takes == net::route::Body::none && !row.body.empty() ? net::route::Body::json_required : row.takes;
  route.body_schema = row.body;
  route.body_type = row.body_type;
  route.max_body_bytes = row.max_body_bytes.value_or(shared_.max_body_bytes);
  if (row.deadline) route.deadline = *row.deadline;
  route.waits = row.waits;
  route.summary = row.summary;
  route.reply_schema = row.reply;
  route.reply_type = row.reply_type;
  route.query = std::move(row.query);
  route.good_status = row.status;
  route.run = std::move(row.run);
  routes_.add(std::move(route));
}

}  // namespace troupe::api
