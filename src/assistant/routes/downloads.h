// Files as answers: always a download, whatever somebody sent or posted.
#pragma once
#include <string>
#include <string_view>

#include "assistant/routes/upload_seats.h"
#include "net/http/http.h"

namespace troupe::assistant::routes {

inline constexpr std::string_view kUnknownType = "application/octet-stream";

/// A file on its way out.
struct Download {
  std::string content;
  std::string type;                        ///< media type; empty: kUnknownType
  std::string disposition = "attachment";  ///< RFC 6266
};

/// Kept by nobody, and run by no browser as a page of ours. The seat is held until the last byte has left.
net::http::Response download(Download file, UploadSeats::Seat seat);

}  // namespace troupe::assistant::routes
