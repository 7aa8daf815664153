//! The one place that knows the crates for X.509: what a certificate says, and which key it belongs to.

use crate::blocks::ed25519;
use crate::language::date::Date;
use pkcs1::{RsaPrivateKey, RsaPublicKey};
use pkcs8::PrivateKeyInfoRef;
use sec1::EcPrivateKey;
use x509_cert::Certificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::der::asn1::{ObjectIdentifier, OctetStringRef, UintRef};
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};
use x509_cert::time::Time;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// The fields of a name, by what OpenSSL calls them.
const NAMES: [(ObjectIdentifier, &str); 9] = [
    (ObjectIdentifier::new_unwrap("2.5.4.3"), "CN"),
    (ObjectIdentifier::new_unwrap("2.5.4.6"), "C"),
    (ObjectIdentifier::new_unwrap("2.5.4.7"), "L"),
    (ObjectIdentifier::new_unwrap("2.5.4.8"), "ST"),
    (ObjectIdentifier::new_unwrap("2.5.4.10"), "O"),
    (ObjectIdentifier::new_unwrap("2.5.4.11"), "OU"),
    (ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25"), "DC"),
    (ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1"), "UID"),
    (ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1"), "emailAddress"),
];

/// A certificate.
pub(super) struct X509(Certificate);

/// Whether a certificate and a private key are a pair.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pair {
    Yes,
    No,
    /// Of a kind, or in a form, in which this cannot be seen.
    Unknown,
    /// The key is none.
    NoKey,
}

impl X509 {
    /// A certificate from its DER form.
    pub fn read(der: &[u8]) -> Option<Self> {
        Certificate::from_der(der).ok().map(Self)
    }

    /// The first and the last day on which it is valid.
    pub fn days(&self) -> (Option<Date>, Option<Date>) {
        let day = |time: &Time| {
            let time = time.to_date_time();
            Date::new(time.year(), time.month(), time.day())
        };
        let validity = self.0.tbs_certificate().validity();
        (day(&validity.not_before), day(&validity.not_after))
    }

    /// Whom it is for, as Globus and its kin write it: `/DC=org/DC=example/CN=Example CA`.
    pub fn subject(&self) -> String {
        let named = |oid: ObjectIdentifier| NAMES.iter().find(|(known, _)| *known == oid).map(|(_, name)| *name);
        let field = |field: &AttributeTypeAndValue| {
            let value = String::from_utf8_lossy(field.value.value()).into_owned();
            match named(field.oid) {
                Some(name) => format!("/{name}={value}"),
                None => format!("/{}={value}", field.oid),
            }
        };
        self.0.tbs_certificate().subject().iter().map(field).collect()
    }

    /// Whether it is an authority's: it says so, or nobody else has signed it, as in the days before there was a word for it.
    pub fn signs(&self) -> bool {
        let certificate = self.0.tbs_certificate();
        let says = certificate.get_extension::<BasicConstraints>().ok().flatten();
        says.is_some_and(|(_, constraints)| constraints.ca) || certificate.subject() == certificate.issuer()
    }

    /// The names of hosts that it is for: its alternative names, without any its common name.
    pub fn hosts(&self) -> Vec<String> {
        let found = self.0.tbs_certificate().get_extension::<SubjectAltName>().ok().flatten();
        let names = found.map(|(_, names)| names.0).unwrap_or_default().into_iter();
        let hosts: Vec<String> = names
            .filter_map(|name| match name {
                GeneralName::DnsName(name) => Some(name.as_str().to_owned()),
                _ => None,
            })
            .collect();
        if !hosts.is_empty() {
            return hosts;
        }
        let common = self.0.tbs_certificate().subject().common_name().ok().flatten();
        // Grid certificates may have the service before the host: `host/ce.example.org`.
        common.map(|name| name.value().rsplit('/').next().unwrap_or_default().to_owned()).into_iter().collect()
    }

    /// Whether a private key is this certificate's: the label and the bytes of its PEM block.
    pub fn pair(&self, label: &str, key: &[u8]) -> Pair {
        match label {
            "RSA PRIVATE KEY" => self.rsa(key),
            "EC PRIVATE KEY" => self.ec(key),
            "PRIVATE KEY" => match PrivateKeyInfoRef::from_der(key) {
                Err(_) => Pair::NoKey,
                Ok(info) => match info.algorithm.oid {
                    RSA => self.rsa(info.private_key.as_bytes()),
                    EC => self.ec(info.private_key.as_bytes()),
                    ED25519 => self.ed25519(info.private_key.as_bytes()),
                    _ => Pair::Unknown,
                },
            },
            _ => Pair::Unknown,
        }
    }

    /// The public key of the certificate, if it is of this kind.
    fn public(&self, kind: ObjectIdentifier) -> Option<&[u8]> {
        let info = self.0.tbs_certificate().subject_public_key_info();
        Some(info.subject_public_key.raw_bytes()).filter(|_| info.algorithm.oid == kind)
    }

    fn rsa(&self, key: &[u8]) -> Pair {
        let Ok(key) = RsaPrivateKey::<UintRef>::from_der(key) else { return Pair::NoKey };
        let public = RsaPublicKey { modulus: key.modulus, public_exponent: key.public_exponent };
        self.is(RSA, public.to_der().ok().as_deref())
    }

    fn ec(&self, key: &[u8]) -> Pair {
        match EcPrivateKey::from_der(key) {
            Err(_) => Pair::NoKey,
            Ok(key) if key.public_key.is_none() && self.public(EC).is_some() => Pair::Unknown,
            Ok(key) => self.is(EC, key.public_key),
        }
    }

    fn ed25519(&self, key: &[u8]) -> Pair {
        let seed = <&OctetStringRef>::from_der(key).ok().and_then(|seed| ed25519::public_of(seed.as_bytes()));
        match seed {
            None => Pair::NoKey,
            Some(public) => self.is(ED25519, Some(&public)),
        }
    }

    fn is(&self, kind: ObjectIdentifier, public: Option<&[u8]>) -> Pair {
        match public.is_some() && self.public(kind) == public {
            true => Pair::Yes,
            false => Pair::No,
        }
    }
}
