//! vodozemac through a C ABI. The other side is `../abi.h`: each function here has its declaration and its promises there.

mod account;
mod border;
mod group;
mod pickle;
mod reason;
mod session;
