//! What crosses the C ABI: texts in, bytes out, objects by pointer. Nothing unwinds over it.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::reason::Reason;

/// Bytes that the caller owns; they live as long as the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    data: *const u8,
    size: usize,
}

impl Text {
    /// # Safety
    /// The caller of the C function promises that the bytes are there.
    pub unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.size == 0 {
            return &[];
        }
        unsafe { std::slice::from_raw_parts(self.data, self.size) }
    }

    /// # Safety
    /// As `bytes`.
    pub unsafe fn utf8<'a>(self, otherwise: Reason) -> Result<&'a str, Reason> {
        std::str::from_utf8(unsafe { self.bytes() }).map_err(|_| otherwise)
    }
}

/// Where results go: they are copied by the caller's function before it returns, so whoever made them overwrites them.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Sink {
    into: *mut c_void,
    put: extern "C" fn(*mut c_void, *const u8, usize),
}

impl Sink {
    pub fn put(&self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        (self.put)(self.into, bytes.as_ptr(), bytes.len());
    }
}

/// Runs what may be refused. A panic is a defect, and is told as one.
pub fn guarded(run: impl FnOnce() -> Result<(), Reason>) -> Reason {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => Reason::None,
        Ok(Err(reason)) => reason,
        Err(_) => Reason::Internal,
    }
}

/// Runs what cannot be refused; on a panic the result is what an empty value is.
pub fn certain<T: Default>(run: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_default()
}

/// Hands an object over; `free` takes it back.
///
/// # Safety
/// `out` points to a pointer of the caller's.
pub unsafe fn give<T>(object: T, out: *mut *mut T) {
    unsafe { *out = Box::into_raw(Box::new(object)) }
}

/// # Safety
/// The pointer came from `give`, and is not used again.
pub unsafe fn free<T>(object: *mut T) {
    guarded(|| {
        if !object.is_null() {
            drop(unsafe { Box::from_raw(object) });
        }
        Ok(())
    });
}
