// The child process that decodes pictures, so that a malicious one harms nobody but this process.
#pragma once

namespace troupe::homeserver::media {

/// Reads a picture from standard input and writes a smaller one to standard output; the environment variable
/// kThumbnailOrder (thumbnailer.h) says which. Limits its own memory, time and files, and shuts itself in
/// (thumbnail_walls.h), before it looks at the first byte; what the kernel refuses of that it says in a first line.
/// The program runs it as `troupe thumbnail-worker`. Returns the exit code: 0 done, 1 the picture cannot be used (a
/// line on standard output says why).
int thumbnail_worker_main();

/// Whether libvips is installed. Loads it into this process: for the doctor, not for the server.
bool can_make_thumbnails();

}  // namespace troupe::homeserver::media
