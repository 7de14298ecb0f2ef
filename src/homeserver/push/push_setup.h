// Makes what sends pushes.
#pragma once
#include "homeserver/gateway/push_gateway.h"
#include "homeserver/missed_mail/missed_mails.h"
#include "homeserver/sync/sync_setup.h"
#include "host/module.h"

namespace troupe::homeserver::push {

/// What stands below. All but the struct itself must outlive the context.
struct PushBasis {
  memory::Rooms& rooms;
  const sync::SyncParts& sync;
  gateway::PushGateway* gateway;     ///< our own; nullptr: there is none
  missed_mail::MissedMails* missed;  ///< nullptr: no mails tell of messages
};

/// Makes the service, which lives as long as the context, with its job.
void setup_push(host::Context& context, const PushBasis& basis);

}  // namespace troupe::homeserver::push
