//! Why something is refused; the numbers are those of `enum class Reason` in `../../reason.h`.

use vodozemac::megolm::{DecryptionError as GroupDecryptionError, SessionKeyDecodeError};
use vodozemac::olm::{DecryptionError, EncryptionError, SessionCreationError};
use vodozemac::{DecodeError, KeyError};

#[repr(i32)]
#[derive(Clone, Copy)]
pub enum Reason {
    None = 0,
    BadKey = 1,
    BadMessage = 2,
    BadPickle = 3,
    BadMac = 4,
    BadSignature = 5,
    UnknownIndex = 6,
    UsedMessage = 7,
    GapTooBig = 8,
    UnknownOneTimeKey = 9,
    WrongSender = 10,
    InsecureKey = 11,
    Internal = 13,
}

impl From<KeyError> for Reason {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::NonContributoryKey => Self::InsecureKey,
            _ => Self::BadKey,
        }
    }
}

impl From<DecodeError> for Reason {
    fn from(_: DecodeError) -> Self {
        Self::BadMessage
    }
}

impl From<EncryptionError> for Reason {
    fn from(error: EncryptionError) -> Self {
        match error {
            EncryptionError::NonContributoryKey => Self::InsecureKey,
        }
    }
}

impl From<DecryptionError> for Reason {
    fn from(error: DecryptionError) -> Self {
        match error {
            DecryptionError::InvalidMAC(_) | DecryptionError::InvalidMACLength(..) => Self::BadMac,
            DecryptionError::InvalidPadding(_) => Self::BadMessage,
            DecryptionError::NonContributoryKey => Self::InsecureKey,
            DecryptionError::MissingMessageKey(_) => Self::UsedMessage,
            DecryptionError::TooBigMessageGap(..) => Self::GapTooBig,
        }
    }
}

impl From<SessionCreationError> for Reason {
    fn from(error: SessionCreationError) -> Self {
        match error {
            SessionCreationError::MissingOneTimeKey(_) => Self::UnknownOneTimeKey,
            SessionCreationError::MismatchedIdentityKey(..) => Self::WrongSender,
            SessionCreationError::MismatchedSessionConfig { .. } => Self::BadMessage,
            SessionCreationError::Decryption(inner) => inner.into(),
            SessionCreationError::NonContributoryKey => Self::InsecureKey,
        }
    }
}

impl From<GroupDecryptionError> for Reason {
    fn from(error: GroupDecryptionError) -> Self {
        match error {
            GroupDecryptionError::Signature(_) => Self::BadSignature,
            GroupDecryptionError::InvalidMAC(_) | GroupDecryptionError::InvalidMACLength(..) => Self::BadMac,
            GroupDecryptionError::InvalidPadding(_) => Self::BadMessage,
            GroupDecryptionError::UnknownMessageIndex(..) => Self::UnknownIndex,
        }
    }
}

impl From<SessionKeyDecodeError> for Reason {
    fn from(error: SessionKeyDecodeError) -> Self {
        match error {
            SessionKeyDecodeError::Signature(_) => Self::BadSignature,
            _ => Self::BadKey,
        }
    }
}
