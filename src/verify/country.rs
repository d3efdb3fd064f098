//! Countries: the three letters of a machine readable zone and the two of a certificate
//! (ISO 3166-1; ICAO 9303-3, 5).

/// ISO 3166-1 as pairs, and the codes that ICAO adds.
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
GBRGB USAUS URYUY UZBUZ VUTVU VENVE VNMVN YEMYE ZMBZM ZWEZW EUEEU UNOUN RKSKS";

/// The two letters of a certificate for the three letters of a zone.
#[must_use]
pub fn of_zone(code: &str) -> Option<&'static str> {
    PAIRS
        .split_ascii_whitespace()
        .find_map(|pair| match pair.split_at_checked(3) {
            Some((three, two)) if three == code => Some(two),
            // Germany writes one letter.
            _ => (code == "D").then_some("DE"),
        })
}

/// Whether a certificate's country is that of two letters: case is folded, and the three letters of
/// the zone are understood, for issuers have written both (ICAO 9303-12, table 5).
#[must_use]
pub fn is(met: &str, two: &str) -> bool {
    let met = met.to_ascii_uppercase();
    met == two || (met.len() == 3 && of_zone(&met) == Some(two))
}

#[cfg(test)]
mod tests {
    use super::{is, of_zone};

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
            ("VNM", Some("VN")),
            ("LAO", Some("LA")),
            ("THA", Some("TH")),
            ("D", Some("DE")),
            ("EUE", Some("EU")),
            ("XYZ", None),
            ("", None),
        ] {
            assert_eq!(of_zone(three), two);
        }
    }
}
