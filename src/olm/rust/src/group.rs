//! `troupe_olm_group_…`, `troupe_olm_inbound_group_…`: both ends of a Megolm session.

use vodozemac::megolm::{
    ExportedSessionKey, GroupSession, GroupSessionPickle, InboundGroupSession, InboundGroupSessionPickle, MegolmMessage,
    SessionConfig, SessionKey,
};
use zeroize::Zeroizing;

use crate::border::{Sink, Text, certain, give, guarded};
use crate::pickle::pickled;
use crate::reason::Reason;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_group_create(out: *mut *mut GroupSession) -> Reason {
    guarded(|| {
        unsafe { give(GroupSession::new(SessionConfig::version_1()), out) };
        Ok(())
    })
}

pickled! {
    GroupSession, GroupSessionPickle:
    troupe_olm_group_read, troupe_olm_group_write, troupe_olm_group_free
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_group_id(session: *const GroupSession, id: Sink) -> Reason {
    guarded(|| {
        id.put(unsafe { &*session }.session_id());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_group_message_index(session: *const GroupSession) -> u32 {
    certain(|| unsafe { &*session }.message_index())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_group_session_key(session: *const GroupSession, key: Sink) -> Reason {
    guarded(|| {
        key.put(&*Zeroizing::new(unsafe { &*session }.session_key().to_base64()));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_group_encrypt(session: *mut GroupSession, plaintext: Text, ciphertext: Sink) -> Reason {
    guarded(|| {
        ciphertext.put(unsafe { &mut *session }.encrypt(unsafe { plaintext.bytes() }).to_base64());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_inbound_group_create(session_key: Text, out: *mut *mut InboundGroupSession) -> Reason {
    guarded(|| {
        let key = SessionKey::from_base64(unsafe { session_key.utf8(Reason::BadKey) }?)?;
        unsafe { give(InboundGroupSession::new(&key, SessionConfig::version_1()), out) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_inbound_group_import(exported_key: Text, out: *mut *mut InboundGroupSession) -> Reason {
    guarded(|| {
        let key = ExportedSessionKey::from_base64(unsafe { exported_key.utf8(Reason::BadKey) }?)?;
        unsafe { give(InboundGroupSession::import(&key, SessionConfig::version_1()), out) };
        Ok(())
    })
}

pickled! {
    InboundGroupSession, InboundGroupSessionPickle:
    troupe_olm_inbound_group_read, troupe_olm_inbound_group_write, troupe_olm_inbound_group_free
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_inbound_group_id(session: *const InboundGroupSession, id: Sink) -> Reason {
    guarded(|| {
        id.put(unsafe { &*session }.session_id());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_inbound_group_first_known_index(session: *const InboundGroupSession) -> u32 {
    certain(|| unsafe { &*session }.first_known_index())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_inbound_group_decrypt(
    session: *mut InboundGroupSession,
    ciphertext: Text,
    plaintext: Sink,
    index: *mut u32,
) -> Reason {
    guarded(|| {
        let message = MegolmMessage::from_base64(unsafe { ciphertext.utf8(Reason::BadMessage) }?)?;
        let decrypted = unsafe { &mut *session }.decrypt(&message)?;
        unsafe { *index = decrypted.message_index };
        plaintext.put(&*Zeroizing::new(decrypted.plaintext));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_inbound_group_export(
    session: *mut InboundGroupSession,
    index: u32,
    key: Sink,
) -> Reason {
    guarded(|| {
        let exported = unsafe { &mut *session }.export_at(index).ok_or(Reason::UnknownIndex)?;
        key.put(&*Zeroizing::new(exported.to_base64()));
        Ok(())
    })
}
