//! ICAO 9303-11, appendices G, H and I, from the chip's side: given its nonce and private keys, the
//! chip produces the published responses byte for byte.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use cccd_sim::card::messaging::SessionKeys;
use cccd_sim::card::pace::{Mapping, Offer, PaceAccess};
use cccd_sim::crypto::domain::Domain;
use cccd_sim::crypto::pad::pad;
use cccd_sim::crypto::suite::Suite;
use cccd_sim::der;
use cccd_sim::tlv::{constructed, object};
use cccd_sim::{Chip, FixedRandom, Reply, SimCard};

/// Document number, birth date and expiry date of appendices G and H, with their check digits.
const MRZ: &str = "T22000129364081251010318";

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.replace(char::is_whitespace, "")).unwrap()
}

/// Random bytes from which the chip makes exactly this private key: the number less one, after
/// the eight bytes that it draws beyond the order's length.
fn drawn(private: &str) -> Vec<u8> {
    let mut number = bytes(private);
    for byte in number.iter_mut().rev() {
        *byte = byte.wrapping_sub(1);
        if *byte != 0xFF {
            break;
        }
    }
    [vec![0; 8], number].concat()
}

fn chip(offer: Offer, random: &[Vec<u8>]) -> SimCard {
    SimCard::from_chip(
        Chip {
            pace: Some(PaceAccess::new(&[offer], MRZ, "")),
            ..Chip::default()
        },
        Box::new(FixedRandom::new(random.concat())),
    )
}

fn play(card: &mut SimCard, script: &[(&str, &str)]) {
    for (command, response) in script {
        let Reply::Answer(answer) = card.handle(&bytes(command)) else {
            panic!()
        };
        assert_eq!(
            hex::encode_upper(answer),
            response.replace(char::is_whitespace, ""),
            "{command}"
        );
    }
}

#[test]
fn icao_9303_11_appendix_g_1() {
    let mut card = chip(
        Offer {
            mapping: Mapping::Generic,
            suite: Suite::Aes128,
            parameters: 13,
        },
        &[
            bytes("3F00C4D39D153F2B2A214A078D899B22"),
            drawn("498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560"),
            drawn("107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A"),
        ],
    );
    play(
        &mut card,
        &[
            ("0022C1A40F800A04007F00070202040202830101", "9000"),
            (
                "10860000027C0000",
                "7C12801095A3A016522EE98D01E76CB6B98B42C39000",
            ),
            (
                "10860000457C438141047ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2
                 CC5E544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D00",
                "7C43824104824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F5730D8C8
                 79AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C549000",
            ),
            (
                "10860000457C438341042DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD
                 301C3556F3B3B186DF10B857B58F6A7EB80F20BA5DC7BE1D43D9BF850149FBB3646200",
                "7C438441049E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB7764B2
                 2277A2EDDC3C265A9F018F9CB852E111B768B326904B59A0193776F0949000",
            ),
            (
                "008600000C7C0A8508C2B0BD78D94BA86600",
                "7C0A86083ABB9674BCE93C089000",
            ),
        ],
    );
}

#[test]
fn icao_9303_11_appendix_g_2() {
    let mut card = chip(
        Offer {
            mapping: Mapping::Generic,
            suite: Suite::Aes128,
            parameters: 0,
        },
        &[
            bytes("FA5B7E3E49753A0DB9178B7B9BD898C8"),
            drawn("66DDAFEAC1609CB5B963BB0CB3FF8B3E047F336C"),
            drawn("A5B780126B7C980E9FCEA1D4539DA1D27C342DFA"),
        ],
    );
    play(
        &mut card,
        &[
            ("0022C1A40F800A04007F00070202040102830101", "9000"),
            (
                "10860000027C0000",
                "7C128010854D8DF5827FA6852D1A4FA701CDDDCA9000",
            ),
        ],
    );
    let mapping = "10860000867C818381818023FB3749EA030D2A25B278D2A562047ADE3F01B74F17A15402CB7352CA
                   7D2B3EB71C343DB13D1DEBCE9A3666DBCFC920B49174A602CB47965CAA73DC702489A44D41DB914D
                   E9613DC5E98C94160551C0DF86274B9359BC0490D01B03AD54022DCB4F57FAD6322497D7A1E28D46
                   710F461AFE710FBBBC5F8BA166F4311975EC6C00";
    let Reply::Answer(answer) = card.handle(&bytes(mapping)) else {
        panic!()
    };
    assert_eq!(answer.len(), 6 + 128 + 2);
    let agreement = "10860000867C8183838180907D89E2D425A178AA81AF4A7774EC8E388C115CAE67031E85EECE52
                     0BD911551B9AE4D04369F29A02626C86FBC6747CC7BC352645B6161A2A42D44EDA80A08FA8D61B
                     76D3A154AD8A5A51786B0BC07147057871A922212C5F67F43173172236B7747D1671E6D692A3C7
                     D40A0C3C5CE397545D015C175EB5130551EDBC2EE5D400";
    let Reply::Answer(answer) = card.handle(&bytes(agreement)) else {
        panic!()
    };
    assert_eq!(answer.len(), 6 + 128 + 2);
    play(
        &mut card,
        &[(
            "008600000C7C0A8508B46DD9BD4D98381F00",
            "7C0A8608917F37B5C0E6D8D19000",
        )],
    );
}

fn token(protocol: &str, tag: u32, public: &[u8], keys: &SessionKeys) -> String {
    let data = [der::oid(protocol), object(tag, public)];
    let token = keys.authentication().token(&constructed(0x7F49, &data));
    hex::encode_upper(token.unwrap())
}

/// The page gives the password's key, not the password that it would follow from: nonce, mapping,
/// session keys and tokens are tested below the commands.
#[test]
fn icao_9303_11_appendix_h_1() {
    use cccd_sim::crypto::suite::SecretKey;
    let password = SecretKey::new(Suite::Aes128, &bytes("591468CDA83D65219CCCB8560233600F"));
    let nonce = bytes("2923BE84E16CD6AE529049F1F1BBE9EB");
    assert_eq!(
        password.encrypt(&[0; 16], &nonce).unwrap(),
        bytes("143DC40C08C8E891FBED7DEDB92B64AD")
    );
    let standard = Domain::standardized(13).unwrap().unwrap();
    let theirs = bytes("5DD4CBFC96F5453B130D890A1CDBAE32");
    let mapped = standard
        .map_integrated(&nonce, &theirs, Suite::Aes128)
        .unwrap();
    let private = bytes("107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A");
    let chip = bytes(
        "0467F78E5F7F7686082B293E8D087E056916D0F74BC01A5F8957D0DE45691E51E8
         932B69A962B52A0985AD2C0A271EE6A13A8ADDDCD1A3A994B9DED257F4D22753",
    );
    let terminal = bytes(
        "0489CBA23FFE96AA18D824627C3E934E54A9FD0B87A95D1471DC1C0ABFDCD640D4
         6755DE9B7B778280B6BEBD57439ADFEB0E21FD4ED6DF42578C13418A59B34C37",
    );
    assert_eq!(mapped.public_key(&private).unwrap(), chip);
    let keys = SessionKeys::derive(Suite::Aes128, &mapped.agree(&private, &terminal).unwrap());
    assert_eq!(
        keys.encryption().bytes(),
        bytes("0D3FEB33251A6370893D62AE8DAAF51B")
    );
    assert_eq!(
        keys.authentication().bytes(),
        bytes("B01E89E3D9E8719E586B50B4A7506E0B")
    );
    let protocol = "0.4.0.127.0.7.2.2.4.4.2";
    assert_eq!(token(protocol, 0x86, &chip, &keys), "450F02B86F6A0909");
    assert_eq!(token(protocol, 0x86, &terminal, &keys), "75D4D96E8D5B0308");
}

#[test]
fn icao_9303_11_appendix_h_2() {
    use cccd_sim::crypto::suite::SecretKey;
    let password = SecretKey::new(Suite::Aes128, &bytes("591468CDA83D65219CCCB8560233600F"));
    let nonce = bytes("FA5B7E3E49753A0DB9178B7B9BD898C8");
    assert_eq!(
        password.encrypt(&[0; 16], &nonce).unwrap(),
        bytes("9ABB8864CA0FF1551E620D1EF4E13510")
    );
    let standard = Domain::standardized(0).unwrap().unwrap();
    let theirs = bytes("B3A6DB3C870C3E99245E0D1C06B747DE");
    let mapped = standard
        .map_integrated(&nonce, &theirs, Suite::Aes128)
        .unwrap();
    assert_eq!(
        mapped.generator(),
        bytes(
            "1D7D767F11E333BCD6DBAEF40E799E7A926B96973550656FF3C830726D118D61
             C276CDCC61D475CF03A98E0C0E79CAEBA5BE25578BD4551D0B10903236F0B0F9
             76852FA78EEA14EA0ACA87D1E91F688FE0DFF897BBE35A472621D343564B262F
             34223AE8FC59B664BFEDFA2BFE7516CA5510A6BBB633D517EC25D4E0BBAA16C2"
        )
    );
    // The terminal's private key, which is published, and the chip's public one.
    let private = bytes(
        "4BD0E54740F9A028E6A515BFDAF967848C4F5F5FFF65AA0915947FFD1A0DF2FA
         6981271BC905F3551457B7E03AC3B8066DE4AA406C1171FB43DD939C4BA16175
         103BA3DEE16419AA248118F90CC36A3D6F4C373652E0C3CCE7F0F1D0C5425B36
         00F0F0D6A67F004C8BBA33F2B4733C7252445C1DFC4F1107203F71D2EFB28161",
    );
    let terminal = bytes(
        "0F0CC62945A8029251FB7EF3C094E12EC68E4EF07F27CB9D9CD04C5C4250FAE0
         E4F8A951557E929AEB48E5C6DD47F2F5CD7C351A9BD2CD722C07EDE166770F08
         FFCB370262CF308DD7B07F2E0DA9CAAA1492344C852906919538C98A4BA4187E
         76CE9D87832386D319CE2E043C3343AEAE6EDBA1A9894DC5094D22F7FE1351D5",
    );
    let chip = bytes(
        "928D9A0F9DBA450F13FC859C6F290D1D36E42431138A4378500BEB4E0401854C
         FF111F71CB6DC1D0335807A11388CC8EAA87B07907AAD9FBA6B169AF6D8C26AF
         8DDDC39ADC3AD2E3FF882B84D23E9768E95A80E4746FB07A9767679FE92133B4
         D379935C771BD7FBED6C7BB4B1708B275EA75679524CDC9C6A91370CC662A2F3",
    );
    assert_eq!(mapped.public_key(&private).unwrap(), terminal);
    let keys = SessionKeys::derive(Suite::Aes128, &mapped.agree(&private, &chip).unwrap());
    assert_eq!(
        keys.encryption().bytes(),
        bytes("01AFC10CF87BE36D8179E87370171F07")
    );
    assert_eq!(
        keys.authentication().bytes(),
        bytes("23F0FBD05FD6C7B8B88F4C8309669061")
    );
    let protocol = "0.4.0.127.0.7.2.2.4.3.2";
    assert_eq!(token(protocol, 0x84, &chip, &keys), "55D61977CBF5307E");
    assert_eq!(token(protocol, 0x84, &terminal, &keys), "C2F04230187E1525");
}

/// The chip's static private key is not published, the terminal's ephemeral ones are: mapping,
/// agreement and tokens from the terminal's side, and the seal of the chip authentication data.
#[test]
fn icao_9303_11_appendix_i_1() {
    use cccd_sim::crypto::suite::SecretKey;
    let password = SecretKey::new(Suite::Aes128, &bytes("4E6F6FBF7BE748B932C7B74161BBA9DF"));
    let nonce = bytes("658B860BC94DF6F044FCE6D5C82CF8E5");
    assert_eq!(
        password.encrypt(&[0; 16], &nonce).unwrap(),
        bytes("CB60E8E0D85B76A9BD304747C2AD42E2")
    );
    let standard = Domain::standardized(13).unwrap().unwrap();
    let chip_mapping = bytes(
        "04A234236AA9B9621E8EFB73B5245C0E09D2576E5277183C1208BDD55280CAE8B3
         04F365713A356E65A451E165ECC9AC0AC46E3771342C8FE5AEDD092685338E23",
    );
    let mapped = standard
        .map_generic(
            &nonce,
            &bytes("5D8BB87BD74D985A4B7D4325B9F7B976FE835122773400798914AA22738135CC"),
            &chip_mapping,
        )
        .unwrap();
    assert_eq!(
        mapped.generator(),
        bytes(
            "0489F0B5EABF3BE293C75903A3986131925C9F5B515CA95AF485DC7E886F03245D
             44BEFB2DD3A0DBD71CB5E618971CF4747F12B79E548379A40E45963BAAF3E829"
        )
    );
    let private = bytes("76ECFDAA9841C323A3F5FC5E88B88DB3EFF7E35EBF57A7E6946CB630006C2120");
    let terminal = mapped.public_key(&private).unwrap();
    let chip = bytes(
        "0402AD566F3C6EC7F9324509AD50A51FA52030782A4968FCFEDF737DAEA9933331
         11C3B9B4C2287789BD137E7F8AA882E2A3C633CCD6ECC2C63C57AD401A09C2E1",
    );
    let keys = SessionKeys::derive(Suite::Aes128, &mapped.agree(&private, &chip).unwrap());
    assert_eq!(
        keys.encryption().bytes(),
        bytes("0A9DA4DB03BDDE39FC5202BC44B2E89E")
    );
    assert_eq!(
        keys.authentication().bytes(),
        bytes("4B1C06491ED5140CA2B537D344C6C0B1")
    );
    let protocol = "0.4.0.127.0.7.2.2.4.6.2";
    assert_eq!(token(protocol, 0x86, &chip, &keys), "E86BD06018A1CD3B");
    assert_eq!(token(protocol, 0x86, &terminal, &keys), "8596CF055C67C1A3");

    let vector = keys.encryption().vector(&[0xFF; 16]).unwrap();
    assert_eq!(vector.to_vec(), bytes("F6A3B75A1E933941DD7A13E2520779DF"));
    let data = bytes("85DC3FA93D0952BFA82F5FD189EE75BD82F11D1F0B8ED4BF5319AC9B53C426B3");
    assert_eq!(
        keys.encryption().encrypt(&vector, &pad(&data, 16)).unwrap(),
        bytes(
            "1EEA964DAAE372AC990E3EFDE6333353BFC89A6704D93DA8798CF77F5B7A54BD
             10CBA372B42BE0B9B5F28AA8DE2F4F92"
        )
    );
}
