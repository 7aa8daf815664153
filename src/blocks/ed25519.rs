//! The one place that knows the curve: the public half of an Ed25519 key.

/// The public key of a 32-byte seed; `None` where the seed is none.
pub(super) fn public_of(seed: &[u8]) -> Option<[u8; 32]> {
    let seed = ed25519_compact::Seed::from_slice(seed).ok()?;
    ed25519_compact::KeyPair::try_from_seed(seed).ok().map(|pair| *pair.pk)
}
