//! Card verifiable certificates made by `cvc-create` of OpenPACE, which shares no code with the
//! desk: it must find in them what was asked for, and the chain that they make.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use cccd_desk::crypto::signature::{Scheme, verify};
use cccd_desk::document::Date;
use cccd_desk::verify::terminal::cv_certificate::{Rights, Role};
use cccd_desk::verify::terminal::{ChainFault, Reference, TerminalMaterial};

/// Whether the program is there; says so where it is not, and insists on it where tests must run.
fn is_there() -> bool {
    let there = Command::new("cvc-create").arg("--version").output().is_ok();
    assert!(
        there || env::var_os("CI").is_none(),
        "cvc-create is missing: run tools/setup --tests"
    );
    if !there {
        eprintln!("SKIPPED: cvc-create is missing (tools/setup --tests installs openpace)");
    }
    there
}

fn run(program: &str, folder: &Path, arguments: &[&str]) {
    let run = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(run.status.success(), "{program} {arguments:?}: {run:?}");
}

/// A root, a document verifier and a terminal, with its key.
fn make(folder: &Path, key: &[&str], scheme: &str) {
    let scheme = format!("--scheme={scheme}");
    let generate = [&["genpkey", "-outform", "DER", "-out", "plain"], key].concat();
    run("openssl", folder, &generate);
    let convert = "pkcs8 -topk8 -nocrypt -inform DER -in plain -outform DER -out root.secret";
    run("openssl", folder, &convert.split(' ').collect::<Vec<_>>());
    let dates = ["--issued=260101", "--expires=261231"];
    for (what, name, arguments) in [
        (
            "cvca",
            "VNCVCA00001",
            &["--type=is", "--key=root.secret", "--sign-with=root.secret"][..],
        ),
        (
            "dv_domestic",
            "VNDVHN00001",
            &[
                "--sign-as=VNCVCA00001.cvcert",
                "--sign-with=root.secret",
                "--out-key=verifier.secret",
            ],
        ),
        (
            "terminal",
            "VNDESK100001",
            &[
                "--sign-as=VNDVHN00001.cvcert",
                "--sign-with=verifier.secret",
                "--out-key=terminal.key",
            ],
        ),
    ] {
        let (role, name) = (format!("--role={what}"), format!("--chr={name}"));
        let common = [&role, &name, scheme.as_str(), "--read-finger"];
        run(
            "cvc-create",
            folder,
            &[&common[..], &dates, arguments].concat(),
        );
    }
    let mode = fs::Permissions::from_mode(0o600);
    fs::set_permissions(folder.join("terminal.key"), mode).unwrap();
}

#[test]
fn certificates_of_another_program_lead_to_its_terminal() {
    if !is_there() {
        return;
    }
    let elliptic = |curve| ["-algorithm", "EC", "-pkeyopt", curve];
    let rsa = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    for (key, scheme) in [
        (
            elliptic("ec_paramgen_curve:brainpoolP256r1"),
            "ECDSA_SHA_256",
        ),
        (
            elliptic("ec_paramgen_curve:brainpoolP384r1"),
            "ECDSA_SHA_384",
        ),
        (elliptic("ec_paramgen_curve:secp521r1"), "ECDSA_SHA_512"),
        (elliptic("ec_paramgen_curve:prime256v1"), "ECDSA_SHA_1"),
        (rsa, "RSA_v1_5_SHA_256"),
        (rsa, "RSA_PSS_SHA_256"),
        (rsa, "RSA_PSS_SHA_512"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path(), &key, scheme);
        let material = TerminalMaterial::from_folder(folder.path(), None)
            .unwrap_or_else(|error| panic!("{scheme}: {error}"));
        let trusted = [Reference::new(b"VNCVCA00001").unwrap()];
        let day = |text: &str| text.parse::<Date>().unwrap();
        let chain = material
            .chain(&trusted, day("2026-11-24"))
            .unwrap_or_else(|error| panic!("{scheme}: {error:?}"));
        let holders: Vec<String> = chain
            .certificates
            .iter()
            .map(|certificate| certificate.holder.to_string())
            .collect();
        assert_eq!(holders, ["VNDVHN00001", "VNDESK100001"], "{scheme}");
        assert_eq!(chain.terminal.role, Role::Terminal);
        let (dg3, dg4) = (true, false);
        assert_eq!(chain.terminal.rights, Rights { dg3, dg4 });
        assert_eq!(chain.expiry(), day("2026-12-31"));
        let (plain, pss) = (
            matches!(chain.terminal.scheme, Scheme::EcdsaPlain(_)),
            matches!(chain.terminal.scheme, Scheme::RsaPss { .. }),
        );
        assert_eq!(
            (plain, pss),
            (scheme.starts_with("ECDSA"), scheme.contains("PSS"))
        );

        // The key that it made signs under the certificate that it made.
        let signature = material.key().sign(chain.terminal.scheme, b"message");
        let public = material.key().public();
        let verified = verify(
            public,
            chain.terminal.scheme,
            b"message",
            &signature.unwrap(),
        );
        assert_eq!(verified, Ok(()), "{scheme}");

        let late = material.chain(&trusted, day("2027-01-01"));
        assert_eq!(late.err(), Some(ChainFault::Expired(day("2026-12-31"))));
        let other = [Reference::new(b"VNCVCA00002").unwrap()];
        let elsewhere = material.chain(&other, day("2026-11-24"));
        assert_eq!(elsewhere.err(), Some(ChainFault::Missing));
    }
}
