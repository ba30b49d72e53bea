//! Is a number in the range that the API server takes, where the schema gives only the integer's width?

use super::{Object, below};
use crate::rules;

/// A number of a kind and the least and the most it may be.
type Range = (&'static str, &'static [&'static str], i64, i64);

const MOST: i64 = i32::MAX as i64;

/// Numbers whose schema has no lower end or another than the API server.
const RANGES: &[Range] = &[
    ("Deployment", &["spec", "minReadySeconds"], 0, MOST),
    ("Deployment", &["spec", "revisionHistoryLimit"], 0, MOST),
    ("Deployment", &["spec", "progressDeadlineSeconds"], 0, MOST),
    ("ReplicaSet", &["spec", "replicas"], 0, MOST),
    ("ReplicaSet", &["spec", "minReadySeconds"], 0, MOST),
    ("DaemonSet", &["spec", "minReadySeconds"], 0, MOST),
    ("DaemonSet", &["spec", "revisionHistoryLimit"], 0, MOST),
    ("StatefulSet", &["spec", "minReadySeconds"], 0, MOST),
    ("StatefulSet", &["spec", "revisionHistoryLimit"], 0, MOST),
    ("StatefulSet", &["spec", "ordinals", "start"], 0, MOST),
    (
        "StatefulSet",
        &["spec", "updateStrategy", "rollingUpdate", "partition"],
        0,
        MOST,
    ),
    ("Job", &["spec", "activeDeadlineSeconds"], 0, i64::MAX),
    ("Job", &["spec", "backoffLimitPerIndex"], 0, MOST),
    ("Job", &["spec", "maxFailedIndexes"], 0, 100_000),
    ("CronJob", &["spec", "startingDeadlineSeconds"], 0, i64::MAX),
    ("CronJob", &["spec", "successfulJobsHistoryLimit"], 0, MOST),
    ("CronJob", &["spec", "failedJobsHistoryLimit"], 0, MOST),
    (
        "CronJob",
        &["spec", "jobTemplate", "spec", "activeDeadlineSeconds"],
        0,
        i64::MAX,
    ),
    (
        "Service",
        &[
            "spec",
            "sessionAffinityConfig",
            "clientIP",
            "timeoutSeconds",
        ],
        1,
        86_400,
    ),
    ("Service", &["spec", "healthCheckNodePort"], 0, 65_535),
    (
        "HorizontalPodAutoscaler",
        &["spec", "behavior", "scaleUp", "stabilizationWindowSeconds"],
        0,
        3_600,
    ),
    (
        "HorizontalPodAutoscaler",
        &[
            "spec",
            "behavior",
            "scaleDown",
            "stabilizationWindowSeconds",
        ],
        0,
        3_600,
    ),
];

/// Looks at the numbers of an object of Kubernetes' own kinds.
pub(super) fn check(object: &mut Object<'_, '_>) {
    let manifest = object.manifest;
    let is_builtin = matches!(manifest.key.group(), "" | "apps" | "batch" | "autoscaling");
    if !is_builtin {
        return;
    }
    for (kind, keys, least, most) in RANGES {
        if *kind != manifest.key.kind {
            continue;
        }
        let Some(number) = below(&manifest.object, keys).and_then(crate::yaml::Node::as_int) else {
            continue;
        };
        // What does not fit the integer's width is the schema's.
        let is_width = number < i64::from(i32::MIN) || number > MOST && *most == MOST;
        if !(*least..=*most).contains(&number) && !is_width {
            let name = keys.last().copied().unwrap_or_default();
            let (message, help) = if number < *least {
                (
                    format!("`{name}` is `{number}`, less than {least}"),
                    format!("give {least} or more, or leave it out for the default"),
                )
            } else {
                (
                    format!("`{name}` is `{number}`, more than {most}"),
                    format!("give {most} or less"),
                )
            };
            let pointer = keys.join("/");
            object.report(
                &rules::OBJECT_RANGE,
                format_args!("/{pointer}"),
                message,
                help,
            );
        }
    }
}
