//! `troupe_olm_account_…`: the keys of a device.

use std::collections::BTreeMap;

use vodozemac::olm::{Account, AccountPickle, PreKeyMessage, Session, SessionConfig};
use vodozemac::{Curve25519PublicKey, KeyId};
use zeroize::Zeroizing;

use crate::border::{Sink, Text, certain, give, guarded};
use crate::pickle::pickled;
use crate::reason::Reason;

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_account_create(out: *mut *mut Account) -> Reason {
    guarded(|| {
        unsafe { give(Account::new(), out) };
        Ok(())
    })
}

pickled! {
    Account, AccountPickle:
    troupe_olm_account_read, troupe_olm_account_write, troupe_olm_account_free
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_account_identity_keys(
    account: *const Account,
    curve25519: Sink,
    ed25519: Sink,
) -> Reason {
    guarded(|| {
        let keys = unsafe { &*account }.identity_keys();
        curve25519.put(keys.curve25519.to_base64());
        ed25519.put(keys.ed25519.to_base64());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_account_sign(account: *const Account, text: Text, signature: Sink) -> Reason {
    guarded(|| {
        signature.put(unsafe { &*account }.sign(unsafe { text.bytes() }).to_base64());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_account_generate_one_time_keys(account: *mut Account, count: usize) -> Reason {
    guarded(|| {
        let account = unsafe { &mut *account };
        account.generate_one_time_keys(count.min(account.max_number_of_one_time_keys()));
        Ok(())
    })
}

/// Puts an id, then its key, for each key in the order they were made.
fn put_keys(keys: impl IntoIterator<Item = (KeyId, Curve25519PublicKey)>, ids_and_keys: Sink) {
    for (id, key) in keys.into_iter().collect::<BTreeMap<_, _>>() {
        ids_and_keys.put(id.to_base64());
        ids_and_keys.put(key.to_base64());
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_account_one_time_keys(account: *const Account, ids_and_keys: Sink) -> Reason {
    guarded(|| {
        put_keys(unsafe { &*account }.one_time_keys(), ids_and_keys);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_account_generate_fallback_key(account: *mut Account) -> Reason {
    guarded(|| {
        unsafe { &mut *account }.generate_fallback_key();
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_account_fallback_key(account: *const Account, ids_and_keys: Sink) -> Reason {
    guarded(|| {
        put_keys(unsafe { &*account }.fallback_key(), ids_and_keys);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_account_forget_fallback_key(account: *mut Account) -> bool {
    certain(|| unsafe { &mut *account }.forget_fallback_key())
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_account_mark_published(account: *mut Account) -> Reason {
    guarded(|| {
        unsafe { &mut *account }.mark_keys_as_published();
        Ok(())
    })
}

fn read_key(key: Text) -> Result<Curve25519PublicKey, Reason> {
    Ok(Curve25519PublicKey::from_base64(unsafe { key.utf8(Reason::BadKey) }?)?)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_account_outbound(
    account: *const Account,
    identity_key: Text,
    one_time_key: Text,
    out: *mut *mut Session,
) -> Reason {
    guarded(|| {
        let (identity_key, one_time_key) = (read_key(identity_key)?, read_key(one_time_key)?);
        let account = unsafe { &*account };
        let session = account.create_outbound_session(SessionConfig::version_1(), identity_key, one_time_key)?;
        unsafe { give(session, out) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn troupe_olm_account_inbound(
    account: *mut Account,
    identity_key: Text,
    prekey_body: Text,
    plaintext: Sink,
    out: *mut *mut Session,
) -> Reason {
    guarded(|| {
        let identity_key = read_key(identity_key)?;
        let message = PreKeyMessage::from_base64(unsafe { prekey_body.utf8(Reason::BadMessage) }?)?;
        let account = unsafe { &mut *account };
        let made = account.create_inbound_session(SessionConfig::version_1(), identity_key, &message)?;
        plaintext.put(&*Zeroizing::new(made.plaintext));
        unsafe { give(made.session, out) };
        Ok(())
    })
}
