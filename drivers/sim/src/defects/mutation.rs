//! The mutation language: what can be changed on a card, its issuer, its chip or its link.

use time::{Duration, OffsetDateTime};

use super::edit::Edit;
use super::given::Given;
use crate::authority::certificate::{CertificatePlan, Extension, extension};
use crate::authority::inspection::KeyFamily;
use crate::authority::lists::KnownDefect;
use crate::authority::signer::{Hash, Scheme};
use crate::authority::{self, BatchKind, Csca};
use crate::card::faults::{ChipFault, LinkMishap};
use crate::card::pace::Offer;
use crate::crypto::curve::{Curve, Parameters};
use crate::crypto::dh::DhForm;
use crate::crypto::suite::Suite;
use crate::lds::sod::{Attribute, SignatureFault, SignerId};

/// One change. A defect is a list of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mutation {
    /// Characters of the MRZ from a position on; then the check digits are put right, or not.
    Mrz {
        /// Position among the 90 characters, from 0.
        at: usize,
        /// What stands there.
        text: &'static str,
        /// Whether the check digits are computed anew.
        checked: bool,
    },
    /// Digits of the personal number, wherever the chip has them: DG13, the optional data of DG1 and,
    /// from the fourth digit on, its document number. What opens the chip stays.
    Number {
        /// Position among the 12 digits, from 0.
        at: usize,
        /// What stands there.
        digits: &'static str,
    },
    /// The issuer put the data on another chip, with keys of its own.
    OtherChip(&'static str),
    /// The chip is the persona's own, whatever number it holds.
    SameChip,
    /// A field of DG13.
    Field(u8, FieldChange),
    /// The card expired, or expires, so many days from today.
    Expires(i64),
    /// The portrait.
    Portrait(PortraitChange),
    /// The list in EF.COM alone.
    Com(ListChange),
    /// The hashes in EF.SOD alone.
    Lds(ListChange),
    /// A data group that the issuer leaves out everywhere.
    Without(u8),
    /// The chip does not have this file, whatever the lists say.
    Missing(&'static str),
    /// LDS version in EF.COM.
    LdsVersion(&'static str),
    /// A file before it is hashed; EF.COM and EF.SOD are not.
    Issued(&'static str, Edit),
    /// A file after the SOD was signed.
    Stale(&'static str, Edit),
    /// The document security object.
    Sod(SodChange),
    /// The document signer's certificate.
    Dsc(CertificateChange),
    /// The document signer's key.
    DscKey(DscKey),
    /// The document signer's batch.
    DscBatch(BatchKind),
    /// Who issues the document signer's certificate.
    DscIssuer(Csca),
    /// Whose key signs it, whatever the certificate says.
    DscSignedBy(Csca),
    /// The CSCA's certificate in the trust folder.
    Csca(CertificateChange),
    /// The CRL in the trust folder.
    Crl(CrlChange),
    /// The trust folder.
    Trust(TrustChange),
    /// Active authentication: keys.
    Active(ActiveChange),
    /// What the chip does.
    Chip(ChipFault),
    /// What happens on the link.
    Link(LinkMishap),
    /// How the chip is opened.
    Access(AccessChange),
    /// PACE: what the chip offers and what files say of it.
    Pace(PaceChange),
    /// Chip authentication: keys and infos.
    ChipKeys(ChipKeysChange),
    /// Terminal authentication: the keys of the authority that the chip trusts, if it knows any.
    Inspection(Option<KeyFamily>),
    /// Lengths of the chip: extended, chained.
    Lengths(bool, bool),
    /// Status word to SELECT of the application.
    ApplicationRefused(u16),
    /// Once the card has been taken away, this other card comes back, which the same key opens.
    ComesBackAs(&'static [Mutation]),
    /// The desk's clock shows this, in seconds since 1970.
    DeskClock(i64),
    /// What is given to the desk besides card and trust folder.
    Given(Given),
}

/// What happens to a field of DG13.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldChange {
    /// Another text.
    Text(&'static str),
    /// Another encoded value.
    Value(&'static [u8]),
    /// The entry is gone.
    Gone,
}

/// What happens to the portrait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortraitChange {
    /// There is none.
    None,
    /// A second one, of somebody else.
    Second,
    /// The picture has no bytes.
    Empty,
    /// The record calls it so.
    Kind(u8),
    /// A JPEG that declares this size.
    Declares(u16, u16),
    /// A JPEG 2000 picture.
    Jpeg2000,
    /// A JPEG 2000 picture cut in the middle.
    Jpeg2000Cut,
    /// A JPEG 2000 picture of 30,000 by 30,000 in tiles of one pixel.
    Jpeg2000Tiles,
    /// Zero bytes after the picture, up to this length.
    Padded(usize),
}

/// What happens to a list of data groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListChange {
    /// This group is not listed.
    Drop(u8),
    /// This group is listed too.
    Add(u8),
    /// The number of the group, as bytes of an INTEGER, is listed too (EF.SOD).
    AddNumber(&'static [u8]),
    /// This group is listed twice.
    Twice(u8),
}

/// What happens to the document security object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SodChange {
    /// eContentType.
    ContentType(&'static str),
    /// eContent is left out.
    Detached,
    /// SignedData's version.
    Version(Option<u8>),
    /// digestAlgorithms is empty.
    NoDigestAlgorithms,
    /// The hash over the content.
    Digest(Hash),
    /// The hash over data groups.
    GroupHash(Hash),
    /// How it is signed.
    Scheme(Scheme),
    /// What signatureAlgorithm says in place of that.
    StatedScheme(Scheme),
    /// The signed attributes.
    Attributes(&'static [Attribute]),
    /// When it was signed.
    SigningTime(Moment),
    /// How the signer is named.
    SignerId(SignerId),
    /// What is wrong with the signature's value.
    Signature(SignatureFault),
    /// No certificate is enclosed.
    NoCertificate,
    /// This CSCA's certificate is enclosed too.
    EncloseCsca(Csca),
    /// Another key signs.
    OtherKey,
    /// A second signer whose signature is wrong.
    SecondSigner,
    /// A change to the ContentInfo.
    Edit(Edit),
}

/// The document signer's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DscKey {
    /// The batch's own: brainpoolP384r1, explicit parameters.
    Batch,
    /// brainpoolP256r1, explicit parameters.
    BrainpoolP256,
    /// A curve that no passport uses, explicit parameters.
    CustomCurve,
    /// The pinned CSCA's public point under a generator of the forger's choice.
    ForgedGenerator,
    /// RSA 2048.
    Rsa2048,
    /// RSA 1024.
    Rsa1024,
    /// RSA 2048 with e = 3.
    RsaThree,
}

/// A moment relative to another, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// From now.
    Now(i64),
    /// From the day on which the card was signed.
    Signing(i64),
}

impl Moment {
    /// The moment itself.
    #[must_use]
    pub fn at(self, now: OffsetDateTime, signing: OffsetDateTime) -> OffsetDateTime {
        let (from, days) = match self {
            Self::Now(days) => (now, days),
            Self::Signing(days) => (signing, days),
        };
        from.checked_add(Duration::days(days)).unwrap_or(from)
    }
}

/// What happens to a certificate before it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateChange {
    /// Its version; `None` says version 1.
    Version(Option<u8>),
    /// Content bytes of its serial number.
    Serial(&'static [u8]),
    /// The issuer's common name.
    IssuerName(&'static str),
    /// Start of validity.
    NotBefore(Moment),
    /// End of validity.
    NotAfter(Moment),
    /// Start and end of privateKeyUsagePeriod.
    UsagePeriod(Moment, Moment),
    /// An extension is left out.
    Without(&'static str),
    /// An extension is critical, or not.
    Critical(&'static str, bool),
    /// An extension's value.
    Value(&'static str, &'static [u8]),
    /// One more extension.
    Add(&'static str, bool, &'static [u8]),
    /// documentTypeList.
    DocumentTypes(&'static [&'static str]),
    /// Country of issuer and subject.
    Country(&'static str, bool),
    /// Country of the issuer alone.
    IssuerCountry(&'static str),
    /// Any other change to TBSCertificate.
    Edit(Edit),
    /// A bit of its signature is wrong.
    SignatureFlipped,
}

impl CertificateChange {
    /// Applies it.
    pub(crate) fn apply(
        self,
        plan: &mut CertificatePlan,
        now: OffsetDateTime,
        signing: OffsetDateTime,
    ) {
        match self {
            Self::Version(version) => plan.version = version,
            Self::Serial(serial) => plan.serial = serial.to_vec(),
            Self::IssuerName(name) => plan.issuer.common = name.to_owned(),
            Self::NotBefore(moment) => plan.not_before = moment.at(now, signing),
            Self::NotAfter(moment) => plan.not_after = moment.at(now, signing),
            Self::UsagePeriod(from, to) => replace(
                plan,
                authority::usage_period(from.at(now, signing), to.at(now, signing)),
            ),
            Self::Without(oid) => plan.extensions.retain(|extension| extension.oid != oid),
            Self::Critical(oid, critical) => {
                for extension in plan.extensions.iter_mut().filter(|known| known.oid == oid) {
                    extension.critical = critical;
                }
            }
            Self::Value(oid, value) => {
                for extension in plan.extensions.iter_mut().filter(|known| known.oid == oid) {
                    extension.value = value.to_vec();
                }
            }
            Self::Add(oid, critical, value) => plan.extensions.push(Extension {
                oid: oid.to_owned(),
                critical,
                value: value.to_vec(),
            }),
            Self::DocumentTypes(types) => replace(plan, authority::document_types(types)),
            Self::Country(country, utf8) => {
                for name in [&mut plan.issuer, &mut plan.subject] {
                    name.country = country.to_owned();
                    name.country_utf8 = utf8;
                }
            }
            Self::IssuerCountry(country) => plan.issuer.country = country.to_owned(),
            Self::Edit(edit) => plan.edits.push(edit),
            Self::SignatureFlipped => plan.signature_flipped = true,
        }
    }
}

fn replace(plan: &mut CertificatePlan, with: Extension) {
    match plan
        .extensions
        .iter_mut()
        .find(|known| known.oid == with.oid)
    {
        Some(known) => known.value = with.value,
        None => plan.extensions.push(with),
    }
}

/// What happens to the CRL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrlChange {
    /// thisUpdate and nextUpdate, in days from now.
    Period(i64, i64),
    /// Every signer of every persona is on it.
    EverySigner,
    /// A bit of its signature is wrong.
    SignatureFlipped,
    /// One more extension.
    Add(&'static str, bool, &'static [u8]),
    /// One more extension of every entry.
    EntryExtension(&'static str, bool, &'static [u8]),
    /// The country of its issuer.
    IssuerCountry(&'static str),
    /// It is not there.
    Absent,
}

/// What happens to the trust folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustChange {
    /// This CSCA stands in place of the pinned one.
    Instead(Csca),
    /// No CSCA at all.
    NoCsca,
    /// The CSCA's file is no certificate.
    Unreadable,
    /// The signers' certificates are there too.
    Signers,
    /// A link certificate to the successor, signed by the pinned key.
    Link,
    /// A link certificate to the successor, signed by the successor alone.
    ForgedLink,
    /// A defect list that says this of the signer of every persona.
    Defects(&'static [KnownDefect]),
    /// The CSCA's certificate stands in a master list instead of a file of its own.
    MasterList,
    /// A list of lost cards that names every persona's.
    EveryCardLost,
}

/// What happens to the keys of active authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActiveChange {
    /// The kind of key.
    Kind(ActiveKind),
    /// The chip has no key.
    NoKey,
    /// The chip has another key than DG15 says.
    OtherKey,
    /// DG15 is replaced after signing by that of the chip's other key.
    ReplacedKey,
    /// DG14 names this signature algorithm.
    Algorithm(&'static str),
}

/// A kind of key for active authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActiveKind {
    /// RSA 2048, SHA-1, trailer BC: the citizen card's.
    Rsa2048Sha1,
    /// RSA 1024, SHA-1, trailer BC.
    Rsa1024Sha1,
    /// RSA 2048, SHA-256, trailer 34CC.
    Rsa2048Sha256,
    /// RSA 2048 with e = 3, SHA-1.
    RsaThree,
    /// ECDSA on P-256 with SHA-256, announced in DG14.
    Ecdsa,
}

/// What happens to PACE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaceChange {
    /// There is none: no EF.CardAccess, nothing in DG14, a chip that does not know it.
    Absent,
    /// The chip does not know it, and EF.CardAccess is gone; DG14 goes on saying that it does.
    Stripped,
    /// The chip and both files offer this.
    Offers(&'static [Offer]),
    /// EF.CardAccess lists this; DG14 and the chip stay as they are.
    Listed(&'static [Offer]),
    /// DG14 says nothing of PACE.
    Unsigned,
    /// EF.CardSecurity alone signs the offers.
    SecuredAlone,
    /// One more info in EF.CardAccess.
    Extra(&'static [u8]),
    /// This info in place of every PACEInfo in EF.CardAccess.
    Instead(&'static [u8]),
    /// A curve that is brainpoolP256r1 but for its generator, in both files.
    ForgedDomain,
    /// EF.CardSecurity.
    CardSecurity(CardSecurityChange),
    /// The chip proves another key than EF.CardSecurity says.
    OtherChipKey,
    /// The card access number does not open the chip.
    NoCan,
    /// After so many wrong tokens in a row the password is blocked.
    Tries(u8),
}

/// What happens to EF.CardSecurity, which a chip with chip authentication mapping has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardSecurityChange {
    /// It holds another key, put in after it was signed.
    OtherKey,
    /// It is signed by another key than its certificate's.
    OtherSigner,
    /// One bit of its signature is wrong.
    Flipped,
}

/// What happens to the keys of chip authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipKeysChange {
    /// There are none, and no file says otherwise.
    None,
    /// These keys.
    Keys(&'static [KeyPlan]),
    /// The chip has other keys than DG14 says.
    OtherKey,
    /// DG14 is replaced after signing by that of the chip's other keys.
    ReplacedKey,
    /// ChipAuthenticationInfo says that it is of this version.
    Version(u8),
    /// ChipAuthenticationInfo names a key of this number.
    Reference(u8),
    /// What is wrong with the public keys.
    PublicKey(KeyFault),
    /// The chip understands MSE:Set KAT alone.
    TemplateOnly,
}

/// A key of chip authentication before it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPlan {
    /// The kind of key.
    pub kind: KeyKind,
    /// The cipher of the session that it opens.
    pub suite: Suite,
    /// Its number, where it has one.
    pub id: Option<u8>,
}

/// A kind of key for chip authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// On a curve.
    Ec(Curve, Parameters),
    /// In a group of RFC 5114, by its number among the standardised domain parameters.
    Dh(u8, DhForm),
}

/// What is wrong with a public key in DG14.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFault {
    /// The point is not on its curve.
    OffCurve,
    /// The value is p − 1.
    SmallOrder,
    /// The value is not of the subgroup.
    OutsideSubgroup,
}

/// How the chip is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessChange {
    /// By another key than the printed one.
    OtherKey,
    /// By PACE alone.
    NoBasic,
    /// Not at all: it has no access control.
    None,
}

/// Extensions by short names, for the tables.
pub(crate) mod names {
    pub(crate) use super::extension::{AUTHORITY_KEY, BASIC_CONSTRAINTS, KEY_USAGE};
}
