//! What a desk may do at the fleet's servers, as their configuration says it: its own subjects and keys,
//! claims, and a look at what comes down. It makes nothing, and hears no report. The shelf is one for all
//! desks: whoever holds a desk's key can read what lies there for another.

use super::names::{self, CLAIMS, DESKS, DOWN, HEALTH};

/// What somebody may publish and subscribe to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Subjects that may be published to.
    pub publish: Vec<String>,
    /// Subjects that may be subscribed to.
    pub subscribe: Vec<String>,
}

impl Rights {
    /// Those of one desk.
    #[must_use]
    pub fn of_desk(desk: &str) -> Self {
        let token = names::token(desk);
        let mut publish = vec![
            format!("cccd.report.{token}.>"),
            format!("cccd.audit.{token}"),
            format!("$KV.{CLAIMS}.>"),
            format!("$KV.{DESKS}.{token}"),
            format!("$KV.{HEALTH}.{token}"),
            // Flow control of what is followed.
            "$JS.FC.>".to_owned(),
        ];
        for stream in [CLAIMS, DESKS, HEALTH]
            .map(|bucket| format!("KV_{bucket}"))
            .into_iter()
            .chain([format!("OBJ_{DOWN}")])
        {
            publish.extend([
                format!("$JS.API.STREAM.INFO.{stream}"),
                format!("$JS.API.STREAM.MSG.GET.{stream}"),
                format!("$JS.API.DIRECT.GET.{stream}"),
                format!("$JS.API.DIRECT.GET.{stream}.>"),
                format!("$JS.API.CONSUMER.CREATE.{stream}"),
                format!("$JS.API.CONSUMER.CREATE.{stream}.>"),
                format!("$JS.API.CONSUMER.DELETE.{stream}.>"),
                format!("$JS.API.CONSUMER.INFO.{stream}.>"),
            ]);
        }
        Self {
            publish,
            subscribe: vec![format!("_INBOX_{token}.>")],
        }
    }

    /// Those of the operator and of receivers: all of this program's streams, and making them.
    #[must_use]
    pub fn of_operator(name: &str) -> Self {
        Self {
            publish: ["cccd.>", "$JS.>", "$KV.>", "$O.>"]
                .map(str::to_owned)
                .into(),
            subscribe: vec![
                format!("_INBOX_{}.>", names::token(name)),
                "cccd.>".to_owned(),
            ],
        }
    }

    /// An entry of `authorization.users` in the servers' configuration, for the holder of an NKey.
    #[must_use]
    pub fn user(&self, public_key: &str) -> String {
        let list = |subjects: &[String]| {
            let quoted: Vec<_> = subjects.iter().map(|one| format!("\"{one}\"")).collect();
            quoted.join(", ")
        };
        format!(
            "{{ nkey: {public_key}, permissions: {{ publish: [{}], subscribe: [{}] }} }}",
            list(&self.publish),
            list(&self.subscribe)
        )
    }
}
