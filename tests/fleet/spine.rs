//! What goes up and what comes down, and that a signature decides.

use std::sync::Arc;

use cccd_desk::config::{Config, Payees as PayeesConfig, Unsigned};
use cccd_desk::desk::fleet::taking::Wanted;
use cccd_desk::desk::fleet::telling::{HeadAt, HealthAt};
use cccd_desk::desk::payees::importing;
use cccd_desk::desk::ports::PoliciesInForce as _;
use cccd_desk::desk::trust::bundle;
use cccd_desk::desk::trust::importing::import;
use cccd_desk::desk::trust::intake::Terms;
use cccd_desk::desk::trust::policies::PoliciesOfDesk;
use cccd_desk::fleet::names;
use cccd_desk::fleet::shelf::{Kind, name};
use cccd_desk::report::JwkSet;
use cccd_desk::store::{AuditEvent, Store};
use cccd_port::SystemClock;

use crate::member::Member;
use crate::{LONG, Office, connected};

#[tokio::test]
async fn a_desk_tells_its_keys_its_head_and_how_it_is() {
    let office = Office::open(&["desk-1"]).await;
    let store = Arc::new(Store::in_memory(Arc::new(SystemClock::default())).unwrap());
    store.record(&AuditEvent::new("noted")).unwrap();
    let head = store.audit_head().unwrap();
    let mut heads = office.operator.follow_heads().await.unwrap();
    let member = Member::at(&office, "desk-1", store, Wanted::default()).await;
    let told = tokio::time::timeout(LONG, heads.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let desks = office.operator.book(names::DESKS).await.unwrap();
    let keys: JwkSet =
        serde_json::from_slice(&desks.look("desk-1").await.unwrap().unwrap().value).unwrap();
    assert_eq!(keys, member.store.keys());
    let said: HeadAt = serde_json::from_slice(
        &keys
            .verify(core::str::from_utf8(&told.payload).unwrap())
            .unwrap(),
    )
    .unwrap();
    assert_eq!(
        (said.desk.as_str(), said.number, &said.hash),
        ("desk-1", head.number, &head.hash)
    );
    let health = office.operator.book(names::HEALTH).await.unwrap();
    let seen = async {
        loop {
            if let Some(entry) = health.look("desk-1").await.unwrap() {
                return entry;
            }
        }
    };
    let entry = tokio::time::timeout(LONG, seen).await.unwrap();
    let said: HealthAt = serde_json::from_slice(&entry.value).unwrap();
    assert_eq!(
        (said.desk.as_str(), &said.health["readers"]),
        ("desk-1", &1.into())
    );
}

fn sign(by: &Store, list: &[u8]) -> Vec<u8> {
    importing::sign(by, list, "issuer")
        .unwrap()
        .as_bytes()
        .to_vec()
}

/// A list signed by that store's key.
fn signed_list(by: &Store) -> Vec<u8> {
    let list = serde_json::json!({
        "format": "cccd-desk-payee-list/1", "id": "BH-2026-11", "issuer": "Nơi thử nghiệm",
        "currency": "VND", "period": "2026-11", "count": 1, "total": 1_500_000,
        "entries": [{"id": "a-1", "personal_number": "001090000001", "name": "NGUYỄN VĂN A",
                     "amount": 1_500_000}]
    });
    sign(by, list.to_string().as_bytes())
}

/// Lists signed by that store's key count, and no others.
fn signers(folder: &std::path::Path, by: &Store) -> PayeesConfig {
    let path = folder.join("issuer.jwks");
    std::fs::write(&path, serde_json::to_vec(&by.keys()).unwrap()).unwrap();
    PayeesConfig {
        signers: vec![path],
        unsigned: Unsigned::Allow,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_comes_down_and_its_signature_decides() {
    let mut office = Office::open(&["desk-1", "desk-2"]).await;
    let issuer = Store::in_memory(Arc::new(SystemClock::default())).unwrap();
    let stranger = Store::in_memory(Arc::new(SystemClock::default())).unwrap();
    let wanted = || Wanted {
        lists: signers(office.folder.path(), &issuer),
        test_key_ids: Vec::new(),
    };
    let first = Member::join_with(&office, "desk-1", wanted()).await;
    let (second_wanted, again_wanted) = (wanted(), wanted());
    let shelf = office.operator.shelf().await.unwrap();
    let put = async |file: &str, desk, content: &[u8]| {
        shelf
            .put(&name(Kind::Payees, desk, file), content)
            .await
            .unwrap();
    };
    put(
        "unsigned.json",
        None,
        b"{\"format\": \"cccd-desk-payee-list/1\"}",
    )
    .await;
    put("strange.jws", None, &signed_list(&stranger)).await;
    put("other.jws", Some("desk-2"), &signed_list(&issuer)).await;
    put("broken.jws", None, &sign(&issuer, b"{}")).await;
    first
        .until("three refusals", |store| {
            store.fleet_refusals().unwrap().len() == 3
        })
        .await;
    let mut refused: Vec<_> = first
        .store
        .fleet_refusals()
        .unwrap()
        .into_iter()
        .map(|one| (one.name, one.outcome))
        .collect();
    refused.sort();
    assert_eq!(
        refused,
        [
            ("payees/all/broken.jws", "list-faults"),
            ("payees/all/strange.jws", "list-signature"),
            ("payees/all/unsigned.json", "list-unsigned"),
        ]
        .map(|(name, code)| (name.to_owned(), code.to_owned()))
    );
    assert!(first.store.payees().unwrap().lists.is_empty());

    // For this desk too; and a desk that comes days later finds it.
    office.server.kill();
    first.cut_off().await;
    office.server.restart().unwrap();
    connected(&mut office.operator).await;
    let shelf = office.operator.shelf().await.unwrap();
    shelf
        .put(&name(Kind::Payees, None, "list.jws"), &signed_list(&issuer))
        .await
        .unwrap();
    first
        .until("the list", |store| store.payees().unwrap().lists.len() == 1)
        .await;
    let late = Member::join_with(&office, "desk-2", second_wanted).await;
    late.until("the list", |store| store.payees().unwrap().lists.len() == 1)
        .await;

    // What was refused is looked at again after a restart, and says so only where it ends otherwise.
    let store = Arc::clone(&first.store);
    let entries = store.audit_head().unwrap().number;
    first.membership.leave().await;
    let again = Member::at(&office, "desk-1", store, again_wanted).await;
    shelf
        .put(
            &name(Kind::Payees, None, "last.jws"),
            &signed_list(&stranger),
        )
        .await
        .unwrap();
    again
        .until("the last refusal", |store| {
            store.fleet_refusals().unwrap().len() == 4
        })
        .await;
    assert_eq!(again.store.audit_head().unwrap().number, entries + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_comes_down_from_whom_the_operator_pinned() {
    let office = Office::open(&["desk-1"]).await;
    let (one, other) = (
        Store::in_memory(Arc::new(SystemClock::default())).unwrap(),
        Store::in_memory(Arc::new(SystemClock::default())).unwrap(),
    );
    let policy = |version: &str| {
        vec![format!(
            "[policy.office]\nversion = \"{version}\"\nbased_on = \"strict\"\n"
        )]
    };
    let member = Member::join_with(&office, "desk-1", Wanted::default()).await;
    // The first one by hand, with its signer's fingerprint compared.
    let first = bundle::make(&one, "office", &policy("1")).unwrap();
    let signer = bundle::signer_of(&one);
    let terms = Terms {
        by: "operator",
        accept_signer: Some(&signer),
        test_key_ids: &[],
        at: member.store.now(),
    };
    let policies = PoliciesOfDesk::new(Arc::clone(&member.store), &Config::default());
    assert!(policies.now().unwrap().get("office").is_none());
    import(&member.store, &[("first".to_owned(), first)], terms).unwrap();
    let version = || {
        policies
            .now()
            .unwrap()
            .get("office")
            .unwrap()
            .version
            .clone()
    };
    assert_eq!(version(), "1");
    let shelf = office.operator.shelf().await.unwrap();
    let strange = bundle::make(&other, "office", &policy("9")).unwrap();
    shelf
        .put(&name(Kind::Bundle, None, "strange"), &strange)
        .await
        .unwrap();
    shelf
        .put(&name(Kind::Bundle, None, "rubbish"), b"rubbish")
        .await
        .unwrap();
    member
        .until("two refusals", |store| {
            store.fleet_refusals().unwrap().len() == 2
        })
        .await;
    let second = bundle::make(&one, "office", &policy("2")).unwrap();
    shelf
        .put(&name(Kind::Bundle, Some("desk-1"), "second"), &second)
        .await
        .unwrap();
    // A session that is opened now is judged by it: nobody has to start the desk anew.
    member.until("the second", |_| version() == "2").await;
    let mut refused: Vec<_> = member
        .store
        .fleet_refusals()
        .unwrap()
        .into_iter()
        .map(|one| one.outcome)
        .collect();
    refused.sort();
    assert_eq!(refused, ["bundle-refused", "no-bundle"]);
    assert_eq!(member.membership.standing().health().refused.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_taken_once_the_matter_is_mended() {
    let office = Office::open(&["desk-1"]).await;
    let store = || Store::in_memory(Arc::new(SystemClock::default())).unwrap();
    let (issuer, nobody, office_key) = (store(), store(), store());
    // The keys of somebody else stand there, and no signer of bundles is pinned.
    let lists = signers(office.folder.path(), &nobody);
    let wanted = || Wanted {
        lists: lists.clone(),
        test_key_ids: Vec::new(),
    };
    let policy = |version: &str| {
        vec![format!(
            "[policy.office]\nversion = \"{version}\"\nbased_on = \"strict\"\n"
        )]
    };
    let shelf = office.operator.shelf().await.unwrap();
    let list = name(Kind::Payees, None, "list.jws");
    shelf.put(&list, &signed_list(&issuer)).await.unwrap();
    let first = bundle::make(&office_key, "office", &policy("1")).unwrap();
    let second = bundle::make(&office_key, "office", &policy("2")).unwrap();
    let office_bundle = name(Kind::Bundle, None, "office");
    shelf.put(&office_bundle, &second).await.unwrap();
    let member = Member::join_with(&office, "desk-1", wanted()).await;
    member
        .until("two refusals", |store| {
            store.fleet_refusals().unwrap().len() == 2
        })
        .await;
    // The file of keys is amended, and the signer is pinned with the first bundle.
    signers(office.folder.path(), &issuer);
    let signer = bundle::signer_of(&office_key);
    let terms = Terms {
        by: "operator",
        accept_signer: Some(&signer),
        test_key_ids: &[],
        at: member.store.now(),
    };
    import(&member.store, &[("first".to_owned(), first)], terms).unwrap();
    let store = Arc::clone(&member.store);
    member.membership.leave().await;
    let again = Member::at(&office, "desk-1", store, wanted()).await;
    again
        .until("both", |store| store.fleet_refusals().unwrap().is_empty())
        .await;
    assert_eq!(again.store.payees().unwrap().lists.len(), 1);
    again.store.audit_verify().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_object_holds_nothing_up() {
    let office = Office::open(&["desk-1"]).await;
    let issuer = Store::in_memory(Arc::new(SystemClock::default())).unwrap();
    let wanted = Wanted {
        lists: signers(office.folder.path(), &issuer),
        test_key_ids: Vec::new(),
    };
    let bare = office.bare().await;
    let says = |name: &str, size: u64| {
        serde_json::json!({"name": name, "bucket": names::DOWN, "nuid": name, "size": size, "chunks": 1})
            .to_string()
    };
    for (place, what) in [
        ("a", "rubbish".to_owned()),
        ("b", says("payees/all/huge", 40 << 20)),
    ] {
        let subject = format!("$O.{}.M.{place}", names::DOWN);
        bare.publish(subject, what.into())
            .await
            .unwrap()
            .await
            .unwrap();
    }
    let shelf = office.operator.shelf().await.unwrap();
    let list = name(Kind::Payees, None, "list.jws");
    shelf.put(&list, &signed_list(&issuer)).await.unwrap();
    let member = Member::join_with(&office, "desk-1", wanted).await;
    member
        .until("the list", |store| store.payees().unwrap().lists.len() == 1)
        .await;
    let refused = member.store.fleet_refusals().unwrap();
    assert_eq!(
        (refused.len(), refused[0].outcome.as_str()),
        (1, "object-broken")
    );
    shelf.remove(&list).await.unwrap();
}
