// An object that lives on the Rust side of the C ABI.
#pragma once
#include <memory>

namespace troupe::olm {

struct RawAccount;
struct RawSession;
struct RawGroupSession;
struct RawInboundGroupSession;

/// Frees the object where it was made; its secrets are overwritten there.
template <class Raw>
struct Release {
  void operator()(Raw* raw) const noexcept;
};
template <>
void Release<RawAccount>::operator()(RawAccount* raw) const noexcept;
template <>
void Release<RawSession>::operator()(RawSession* raw) const noexcept;
template <>
void Release<RawGroupSession>::operator()(RawGroupSession* raw) const noexcept;
template <>
void Release<RawInboundGroupSession>::operator()(RawInboundGroupSession* raw) const noexcept;

template <class Raw>
using Handle = std::unique_ptr<Raw, Release<Raw>>;

}  // namespace troupe::olm
