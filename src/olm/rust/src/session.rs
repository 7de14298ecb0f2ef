//! `troupe_olm_session_…`: a channel between two devices.

use vodozemac::olm::{Message, OlmMessage, PreKeyMessage, Session, SessionPickle};
use zeroize::Zeroizing;

use crate::border::{Sink, Text, certain, guarded};
use crate::pickle::pickled;
use crate::reason::Reason;

const PREKEY: i32 = 0;
const NORMAL: i32 = 1;

pickled! {
    Session, SessionPickle:
    troupe_olm_session_read, troupe_olm_session_write, troupe_olm_session_free
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_session_id(session: *const Session, id: Sink) -> Reason {
    guarded(|| {
        id.put(unsafe { &*session }.session_id());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_session_has_received(session: *const Session) -> bool {
    certain(|| unsafe { &*session }.has_received_message())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_session_encrypt(
    session: *mut Session,
    plaintext: Text,
    message_type: *mut i32,
    body: Sink,
) -> Reason {
    guarded(|| {
        let (number, encoded) = match unsafe { &mut *session }.encrypt(unsafe { plaintext.bytes() })? {
            OlmMessage::PreKey(message) => (PREKEY, message.to_base64()),
            OlmMessage::Normal(message) => (NORMAL, message.to_base64()),
        };
        unsafe { *message_type = number };
        body.put(encoded);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_session_decrypt(
    session: *mut Session,
    message_type: i32,
    body: Text,
    plaintext: Sink,
) -> Reason {
    guarded(|| {
        let body = unsafe { body.utf8(Reason::BadMessage) }?;
        let message = match message_type {
            PREKEY => OlmMessage::PreKey(PreKeyMessage::from_base64(body)?),
            NORMAL => OlmMessage::Normal(Message::from_base64(body)?),
            _ => return Err(Reason::BadMessage),
        };
        plaintext.put(&*Zeroizing::new(unsafe { &mut *session }.decrypt(&message)?));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_prekey_session_id(prekey_body: Text, id: Sink) -> Reason {
    guarded(|| {
        id.put(PreKeyMessage::from_base64(unsafe { prekey_body.utf8(Reason::BadMessage) }?)?.session_id());
        Ok(())
    })
}
