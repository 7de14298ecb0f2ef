#include "store/connection.h"

#include <fmt/format.h>

#include <utility>

#include "store/columns.h"
#include "store/connection_impl.h"

namespace troupe::store {
namespace {

constexpr std::size_t kMaxTopicBytes = 64;
constexpr std::size_t kMaxAnnouncementBytes = 1U << 20;

}  // namespace

Error to_error(const SqlError& error) {
  if (error.transient()) {
    return Error(Errc::unavailable, "The database cannot do this right now; try again shortly.", error.what())
        .with_retry_after(std::chrono::seconds(1));
  }
  return Error(Errc::internal, "The database refused the operation.", error.what());
}

Connection::Connection() = default;
Connection::~Connection() = default;

std::int64_t Connection::run_values(std::string_view sql, std::span<const Value> values) {
  return impl_->run(sql, values);
}

Rows Connection::query_values(std::string_view sql, std::span<const Value> values) {
  return Rows(impl_->query(sql, values));
}

void Connection::script(std::string_view sql) { impl_->script(sql); }

Rows::Rows(Impl* impl) : impl_(impl), width_(impl->width()) {}

Rows::Rows(Rows&& other) noexcept
    : impl_(std::exchange(other.impl_, nullptr)), width_(other.width_), column_(other.column_) {}

Rows::~Rows() {
  if (impl_) impl_->release();
}

bool Rows::next() {
  column_ = 0;
  return impl_->next();
}

void Rows::past_the_end() const { throw SqlError(fmt::format("a row of {} columns was read further", width_), false); }

std::int64_t Rows::integer(int column) const { return impl_->integer(column); }
std::string_view Rows::text(int column) const { return impl_->text(column); }
std::string_view Rows::bytes(int column) const { return impl_->blob(column); }
bool Rows::is_null(int column) const { return impl_->is_null(column); }

void check_width(const Rows& rows, int wanted) {
  if (rows.width() == wanted) return;
  throw SqlError(fmt::format("a query of {} columns for a reader of {}", rows.width(), wanted), false);
}

StreamPos Tx::next_pos() {
  auto& state = *impl_->tx;
  if (state.last >= state.reserved) state.reserved += kReservedBlock;  // stored by the same commit
  return ++state.last;
}

StreamPos Tx::last_pos() const { return impl_->tx->last; }

void Tx::after_commit(std::function<void()> action) { impl_->tx->after_commit.push_back(std::move(action)); }

void Tx::schema_changed() { impl_->tx->schema_changed = true; }

void Tx::announce(std::string_view topic, std::string_view bytes) {
  if (topic.empty() || topic.size() > kMaxTopicBytes || bytes.size() > kMaxAnnouncementBytes) {
    throw SqlError(fmt::format("an announcement of {} bytes on a topic of {}", bytes.size(), topic.size()), false);
  }
  impl_->tx->announcer.announce(topic, bytes);
}

}  // namespace troupe::store
