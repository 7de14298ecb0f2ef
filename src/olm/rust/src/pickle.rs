//! An object as bytes and back. They are in the clear: the other side seals them at once.

use std::io::{self, Write};

use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::reason::Reason;

/// Counts what is written, so that the real buffer never grows and leaves no copy of a secret behind.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub fn write(object: &impl Serialize) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let mut counter = Counter(0);
    serde_json::to_writer(&mut counter, object).map_err(|_| Reason::Internal)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(counter.0));
    serde_json::to_writer(&mut *bytes, object).map_err(|_| Reason::Internal)?;
    Ok(bytes)
}

pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Reason> {
    serde_json::from_slice(bytes).map_err(|_| Reason::BadPickle)
}

/// What each kind of object can: be read from its pickle, be written as one, and be freed.
macro_rules! pickled {
    ($object:ty, $pickle:ty: $read:ident, $write:ident, $free:ident) => {
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $read(pickled: crate::border::Text, out: *mut *mut $object) -> crate::reason::Reason {
            crate::border::guarded(|| {
                let pickle: $pickle = crate::pickle::read(unsafe { pickled.bytes() })?;
                unsafe { crate::border::give(<$object>::from_pickle(pickle), out) };
                Ok(())
            })
        }

        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $write(object: *const $object, pickled: crate::border::Sink) -> crate::reason::Reason {
            crate::border::guarded(|| {
                pickled.put(&*crate::pickle::write(&unsafe { &*object }.pickle())?);
                Ok(())
            })
        }

        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $free(object: *mut $object) {
            unsafe { crate::border::free(object) }
        }
    };
}
pub(crate) use pickled;
