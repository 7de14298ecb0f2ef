// Makes what looks at pages.
#pragma once
#include "homeserver/media/media_removal.h"
#include "homeserver/media/media_service.h"
#include "host/module.h"

namespace troupe::homeserver::previews {

/// What stands below. All but the struct itself must outlive the context.
struct PreviewBasis {
  media::MediaService& media;
  media::MediaRemoval& removal;
};

/// Makes the service, which lives as long as the context, with its routes and its job.
void setup_previews(host::Context& context, const PreviewBasis& basis);

}  // namespace troupe::homeserver::previews
