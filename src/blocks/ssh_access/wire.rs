//! Keys in the binary form of SSH (RFC 4253, section 6.6; RFC 5656, section 3.1).

/// What is left to read of a sequence of fields.
pub(super) struct Wire<'a>(pub &'a [u8]);

impl<'a> Wire<'a> {
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn number(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// A field with its length before it.
    pub fn field(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(usize::try_from(length).ok()?)
    }
}

/// A public key, known to be whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PublicKey {
    pub kind: &'static str,
    /// Of an RSA key the length of its modulus.
    pub bits: Option<usize>,
}

/// What the fields of a public key hold after its type.
enum Shape {
    Ed25519,
    Rsa,
    /// The name of the curve, and the length of a point on it.
    Ecdsa(&'static str, usize),
    Dsa,
}

/// The types of keys, with their fields; the `sk-` ones have one more, the application.
const KINDS: &[(&str, Shape)] = &[
    ("ssh-ed25519", Shape::Ed25519),
    ("ssh-rsa", Shape::Rsa),
    ("ecdsa-sha2-nistp256", Shape::Ecdsa("nistp256", 65)),
    ("ecdsa-sha2-nistp384", Shape::Ecdsa("nistp384", 97)),
    ("ecdsa-sha2-nistp521", Shape::Ecdsa("nistp521", 133)),
    ("sk-ssh-ed25519@openssh.com", Shape::Ed25519),
    ("sk-ecdsa-sha2-nistp256@openssh.com", Shape::Ecdsa("nistp256", 65)),
    ("ssh-dss", Shape::Dsa),
];

/// The names of the types of keys.
pub(crate) fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(name, _)| *name)
}

/// A public key; `None` where it is cut off, too long, or not of its type.
pub(super) fn public(blob: &[u8]) -> Option<PublicKey> {
    let mut wire = Wire(blob);
    let kind = wire.field()?;
    let (kind, shape) = KINDS.iter().find(|(name, _)| name.as_bytes() == kind)?;
    let mut bits = None;
    match shape {
        Shape::Ed25519 => wire.field().filter(|key| key.len() == 32).map(drop)?,
        Shape::Rsa => {
            wire.field()?;
            bits = Some(length_of(wire.field()?)?);
        }
        Shape::Ecdsa(curve, length) => {
            wire.field().filter(|name| *name == curve.as_bytes())?;
            wire.field().filter(|point| point.len() == *length && point.first() == Some(&4))?;
        }
        Shape::Dsa => (0..4).try_for_each(|_| wire.field().map(drop))?,
    }
    if kind.starts_with("sk-") {
        wire.field()?;
    }
    wire.0.is_empty().then_some(PublicKey { kind, bits })
}

/// The bits of a positive number.
fn length_of(number: &[u8]) -> Option<usize> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros)?;
    Some((number.len() - zeros) * 8 - first.leading_zeros() as usize)
}

/// Why a private key cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    Encrypted,
    /// Cut off, changed, or with a public half that is another's.
    Damaged,
}

/// The public half of what `-----BEGIN OPENSSH PRIVATE KEY-----` holds (PROTOCOL.key of OpenSSH).
pub(super) fn public_half(key: &[u8]) -> Result<Vec<u8>, Unusable> {
    let mut wire = Wire(key.strip_prefix(b"openssh-key-v1\0").ok_or(Unusable::Damaged)?);
    let mut field = || wire.field().ok_or(Unusable::Damaged);
    let (cipher, _kdf, _options) = (field()?, field()?, field()?);
    if cipher != b"none" {
        return Err(Unusable::Encrypted);
    }
    halves(wire).map(<[u8]>::to_vec).ok_or(Unusable::Damaged)
}

fn halves(mut wire: Wire<'_>) -> Option<&[u8]> {
    let _one = wire.number().filter(|keys| *keys == 1)?;
    let public_half = wire.field()?;
    let mut private = Wire(wire.field()?);
    // The same number twice: so OpenSSH knows that a key has been decrypted.
    private.number().filter(|check| private.number() == Some(*check))?;
    match public(public_half)?.kind {
        "ssh-rsa" => rsa_belongs(public_half, private)?,
        kind => {
            // The private half begins with all fields of the public one.
            let mut rest = Wire(private.0.strip_prefix(public_half)?);
            let secret = rest.field()?;
            if kind == "ssh-ed25519" {
                let derived = super::super::ed25519::public_of(secret.get(..32)?)?;
                public_half.ends_with(&derived).then_some(())?;
            }
        }
    }
    Some(public_half)
}

/// The modulus and the exponent stand in another order there.
fn rsa_belongs(public_half: &[u8], mut private: Wire) -> Option<()> {
    let mut known = Wire(public_half);
    let (kind, exponent, modulus) = (known.field()?, known.field()?, known.field()?);
    let same = private.field()? == kind && private.field()? == modulus && private.field()? == exponent;
    // What makes it private is there too: d, the inverse, p and q.
    (same && (0..4).all(|_| private.field().is_some_and(|field| !field.is_empty()))).then_some(())
}
