//! Countries: the three letters of a machine readable zone and the two of a certificate
//! (ISO 3166-1; ICAO 9303-3, 5).

/// ISO 3166-1 as pairs.
const PAIRS: &str = "AFGAF ALAAX ALBAL DZADZ ASMAS ANDAD AGOAO AIAAI ATAAQ ATGAG ARGAR ARMAM ABWAW AUSAU AUTAT AZEAZ \
BHSBS BHRBH BGDBD BRBBB BLRBY BELBE BLZBZ BENBJ BMUBM BTNBT BOLBO BESBQ BIHBA BWABW BRABR BRNBN BGRBG BFABF BDIBI \
CPVCV KHMKH CMRCM CANCA CYMKY CAFCF TCDTD CHLCL CHNCN COLCO COMKM COGCG CODCD CRICR CIVCI HRVHR CUBCU CUWCW CYPCY \
CZECZ DNKDK DJIDJ DMADM DOMDO ECUEC EGYEG SLVSV GNQGQ ERIER ESTEE SWZSZ ETHET FJIFJ FINFI FRAFR GABGA GMBGM GEOGE \
DEUDE GHAGH GIBGI GRCGR GRLGL GRDGD GTMGT GGYGG GINGN GNBGW GUYGY HTIHT VATVA HNDHN HKGHK HUNHU ISLIS INDIN \
IDNID IRNIR IRQIQ IRLIE IMNIM ISRIL ITAIT JAMJM JPNJP JEYJE JORJO KAZKZ KENKE KIRKI PRKKP KORKR KWTKW KGZKG LAOLA \
LVALV LBNLB LSOLS LBRLR LBYLY LIELI LTULT LUXLU MACMO MDGMG MWIMW MYSMY MDVMV MLIML MLTMT MHLMH MRTMR MUSMU MEXMX \
FSMFM MDAMD MCOMC MNGMN MNEME MSRMS MARMA MOZMZ MMRMM NAMNA NRUNR NPLNP NLDNL NZLNZ NICNI NERNE NGANG MKDMK NORNO \
OMNOM PAKPK PLWPW PSEPS PANPA PNGPG PRYPY PERPE PHLPH POLPL PRTPT QATQA ROURO RUSRU RWARW KNAKN LCALC VCTVC WSMWS \
SMRSM STPST SAUSA SENSN SRBRS SYCSC SLESL SGPSG SXMSX SVKSK SVNSI SLBSB SOMSO ZAFZA SSDSS ESPES LKALK SDNSD SURSR \
SWESE CHECH SYRSY TWNTW TJKTJ TZATZ THATH TLSTL TGOTG TONTO TTOTT TUNTN TURTR TKMTM TCATC TUVTV UGAUG UKRUA AREAE \
GBRGB USAUS URYUY UZBUZ VUTVU VENVE VNMVN YEMYE ZMBZM ZWEZW \
BVTBV IOTIO CXRCX CCKCC COKCK FLKFK FROFO GUFGF PYFPF ATFTF GLPGP GUMGU HMDHM MTQMQ MYTYT NCLNC NIUNU NFKNF MNPMP \
PCNPN PRIPR REURE BLMBL SHNSH MAFMF SPMPM SGSGS SJMSJ TKLTK UMIUM VGBVG VIRVI WLFWF ESHEH";

/// The codes that ICAO adds to ISO 3166-1 and those under which one authority signs for several
/// (ICAO 9303-3, 5), with the countries of their certificates. Codes that are nationalities alone
/// (XXA, XXB, XXC, XXX) issue nothing; organisations without a certificate's two letters that are
/// known stay out, and so does Utopia.
const OTHERS: &[(&str, &[&str])] = &[
    // Germany writes one letter.
    ("D", &["DE"]),
    // One state with several authorities.
    ("CHN", &["CN", "HK", "MO"]),
    // British passports of other kinds and places, signed by one authority.
    ("GBD", &["GB"]),
    ("GBN", &["GB"]),
    ("GBO", &["GB"]),
    ("GBP", &["GB"]),
    ("GBS", &["GB"]),
    ("GGY", &["GG", "GB"]),
    ("IMN", &["IM", "GB"]),
    ("JEY", &["JE", "GB"]),
    ("GIB", &["GI", "GB"]),
    // ISO 3166-1 has none for it; both are in use.
    ("RKS", &["KS", "XK"]),
    // Organisations.
    ("EUE", &["EU"]),
    ("UNO", &["UN"]),
    ("UNA", &["UN"]),
    ("UNK", &["UN"]),
    ("XCC", &["XC"]),
    ("XOM", &["XO"]),
    ("XPO", &["XP"]),
];

/// The countries that certificates may name for a zone of that issuing state, without fillers.
/// Nothing where none is known.
#[must_use]
pub fn of_zone(code: &str) -> Option<Vec<&'static str>> {
    if let Some((_, countries)) = OTHERS.iter().find(|(three, _)| *three == code) {
        return Some(countries.to_vec());
    }
    PAIRS
        .split_ascii_whitespace()
        .filter_map(|pair| pair.split_at_checked(3))
        .find_map(|(three, two)| (three == code).then(|| vec![two]))
}

/// Whether a certificate's country is that of two letters: case is folded, and the three letters of
/// the zone are understood, for issuers have written both (ICAO 9303-12, table 5).
#[must_use]
pub fn is(met: &str, two: &str) -> bool {
    let met = met.to_ascii_uppercase();
    let of_three = || of_zone(&met).is_some_and(|known| known.contains(&two));
    met == two || (met.len() == 3 && of_three())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{OTHERS, PAIRS, is, of_zone};

    #[test]
    fn a_country_is_the_same_however_it_is_written() {
        for (met, same) in [
            ("VN", true),
            ("vn", true),
            ("VNM", true),
            ("LA", false),
            ("VNX", false),
            ("", false),
            ("V", false),
        ] {
            assert_eq!(is(met, "VN"), same, "{met}");
        }
    }

    #[test]
    fn zones_and_certificates_name_the_same_countries() {
        for (three, two) in [
            ("VNM", "VN"),
            ("LAO", "LA"),
            ("THA", "TH"),
            ("D", "DE"),
            ("DEU", "DE"),
            ("EUE", "EU"),
            ("UNO", "UN"),
            ("UNK", "UN"),
            ("GBD", "GB"),
            ("XOM", "XO"),
            ("CHN", "CN HK MO"),
            ("RKS", "KS XK"),
        ] {
            assert_eq!(of_zone(three).unwrap().join(" "), two, "{three}");
        }
        for unknown in ["", "D<<", "UTO", "XYZ", "XXA", "XXX", "VN", "vnm", "VNMVN"] {
            assert_eq!(of_zone(unknown), None, "{unknown}");
        }
    }

    /// ISO 3166-1 has 249 countries.
    #[test]
    fn every_country_stands_once() {
        let mut codes: Vec<&str> = Vec::new();
        let mut countries: Vec<&str> = Vec::new();
        for pair in PAIRS.split_ascii_whitespace() {
            assert_eq!(pair.len(), 5, "{pair}");
            assert!(pair.bytes().all(|byte| byte.is_ascii_uppercase()), "{pair}");
            let (three, two) = pair.split_at(3);
            assert!(
                !codes.contains(&three) && !countries.contains(&two),
                "{pair}"
            );
            codes.push(three);
            countries.push(two);
        }
        assert_eq!(codes.len(), 249, "{codes:?}");
        assert!(OTHERS.iter().all(|(_, countries)| !countries.is_empty()));
    }
}
