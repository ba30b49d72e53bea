//! An Ingress, in the dialect of the controller that answers for it.

use super::super::Site;
use super::super::contexts::{BackendConfig, Ingress};
use super::super::nodes::{self, int, list, map, text};
use super::super::traffic::{FRONTEND_PORT, Traffic};
use super::tls::{self, Tls};
use super::{Door, services};
use crate::diagnostic::Diagnostic;
use crate::model::profile::{IngressController, Scope};
use crate::origin::Origin;
use crate::rules;
use crate::yaml::{At, Node};

/// Seconds in which a load balancer finishes what a pod that leaves has begun.
const DRAINING: u32 = 300;

/// A load balancer of AWS waits for at most so many seconds.
const LONGEST_IDLE: u32 = 4000;

/// The class of Azure's application routing with NGINX.
const AZURE_NGINX: &str = "webapprouting.kubernetes.azure.com";

pub(super) fn plan<'a>(site: &mut Site<'a>, door: &Door<'a>, traffic: &Traffic<'a>) {
    let entry = &site.profile.entry;
    let controller = entry
        .controller
        .as_ref()
        .map_or(IngressController::Other, |controller| controller.value);
    let class = door.asked.class.as_ref().or(match door.scope {
        Scope::Internal => entry.internal_class.as_ref(),
        Scope::Public => entry.public_class.as_ref(),
    });
    let Some(class) = class else {
        site.report(
            Diagnostic::new(
                &rules::EXPOSURE_KIND,
                door.input,
                "nothing says which class of Ingress to use",
            )
            .help("give the exposure a `class`, or the profile's `entry` an `internalClass` and a `publicClass`"),
        );
        return;
    };
    if **class == *AZURE_NGINX {
        site.report(
            Diagnostic::new(
                &rules::EXPOSURE_CLASS,
                class.origin,
                format!("support of the class `{AZURE_NGINX}` ends in November 2026"),
            )
            .help("plan for a Gateway: `kind: gateway`, with a `gateway` of the cluster's"),
        );
    }
    if controller == IngressController::Alb && door.timeout > LONGEST_IDLE {
        site.report(
            Diagnostic::new(
                &rules::EXPOSURE_TIMEOUT,
                door.timeout_input,
                format!(
                    "a load balancer of AWS waits for at most {LONGEST_IDLE} seconds, not {}",
                    door.timeout
                ),
            )
            .help(format!("write {LONGEST_IDLE} or less")),
        );
    }
    let certificate = tls::plan(site, door);
    let splits = controller == IngressController::Alb && !site.pair.colors.is_empty();
    if traffic.weight > 0
        && !matches!(
            controller,
            IngressController::Alb | IngressController::Nginx
        )
    {
        site.report(
            Diagnostic::new(
                &rules::CANARY_ROUTE,
                traffic.inputs[1],
                "this Ingress cannot send a part of the requests elsewhere",
            )
            .help("use the Gateway API (`kind: gateway`), or a weight of 0"),
        );
    }
    let rule = &rules::OBJECT_INGRESS;
    let origin = door.decide(site, rule, traffic);
    let dialect = Dialect {
        controller,
        class,
        certificate: certificate.as_ref(),
        traffic,
    };
    if controller == IngressController::Gce {
        let name = site.name("backend", origin);
        let context = BackendConfig {
            name,
            namespace: site.namespace.clone(),
            labels: door.labels(site, origin),
            timeout: int(i64::from(door.timeout), origin),
            draining: int(i64::from(DRAINING), origin),
            health_port: int(i64::from(FRONTEND_PORT), origin),
        };
        site.add(rule, origin, None, context);
    }
    let preview = (!door.asked.preview_hosts.is_empty() && traffic.other.is_some())
        .then_some(&door.asked.preview_hosts);
    let live = match splits {
        true => Backing::Weighted("live", 100 - traffic.weight),
        false => Backing::Service(None),
    };
    add(site, door, &dialect, None, &door.asked.hosts, live, origin);
    if let Some(hosts) = preview {
        let backing = match splits {
            true => Backing::Weighted("preview", 0),
            false => Backing::Service(Some("preview")),
        };
        add(
            site,
            door,
            &dialect,
            Some("preview"),
            hosts,
            backing,
            origin,
        );
    }
    if controller == IngressController::Nginx && traffic.weight > 0 {
        let backing = Backing::Canary(traffic.weight);
        add(
            site,
            door,
            &dialect,
            Some("canary"),
            &door.asked.hosts,
            backing,
            origin,
        );
    }
}

/// What an Ingress leads to.
#[derive(Clone, Copy)]
enum Backing {
    /// The Service of the live graph, or of the other one.
    Service(Option<&'static str>),
    /// An action of this name, with the part of the live graph.
    Weighted(&'static str, u8),
    /// The other graph, for this part of the requests.
    Canary(u8),
}

/// What the controller wants to hear.
struct Dialect<'a, 'b> {
    controller: IngressController,
    class: &'b At<String>,
    certificate: Option<&'b Tls<'a>>,
    traffic: &'b Traffic<'a>,
}

impl Dialect<'_, '_> {
    /// Google's controller takes its class from an annotation, and leaves Ingresses alone that have it in the
    /// field only.
    fn says_class(&self) -> bool {
        self.controller == IngressController::Gce && self.class.starts_with("gce")
    }
}

fn add(
    site: &mut Site<'_>,
    door: &Door<'_>,
    dialect: &Dialect<'_, '_>,
    suffix: Option<&str>,
    hosts: &[At<String>],
    backing: Backing,
    origin: Origin,
) {
    let annotations = annotations(site, door, dialect, backing, origin);
    let (service, port) = match backing {
        Backing::Weighted(action, _) => (
            text(action, origin),
            map(origin, [("name", text("use-annotation", origin))]),
        ),
        Backing::Service(suffix) => (services::name(site, suffix, origin), number(origin)),
        Backing::Canary(_) => (
            services::name(site, Some("preview"), origin),
            number(origin),
        ),
    };
    let paths = door.paths(origin).into_iter().map(|path| {
        let backend = map(origin, [("name", service.clone()), ("port", port.clone())]);
        map(
            origin,
            [
                ("path", path),
                ("pathType", text("Prefix", origin)),
                ("backend", map(origin, [("service", backend)])),
            ],
        )
    });
    let http = map(origin, [("paths", list(origin, paths))]);
    let rules = match hosts {
        [] => vec![map(origin, [("http", http)])],
        hosts => hosts
            .iter()
            .map(|host| {
                map(
                    origin,
                    [("host", nodes::at(host, origin)), ("http", http.clone())],
                )
            })
            .collect(),
    };
    let tls = match dialect.certificate {
        Some(Tls::Secret(secret)) => {
            let names = Door::hosts(hosts, origin).map(|hosts| ("hosts", hosts));
            let entry = names.into_iter().chain([("secretName", secret.clone())]);
            Some(list(origin, [map(origin, entry)]))
        }
        _ => None,
    };
    let name = services::name(site, suffix, origin);
    let context = Ingress {
        name,
        namespace: site.namespace.clone(),
        labels: door.labels(site, origin),
        annotations: door.annotations(annotations, origin),
        class: (!dialect.says_class()).then(|| nodes::at(dialect.class, origin)),
        tls,
        rules: list(origin, rules),
    };
    site.add(&rules::OBJECT_INGRESS, origin, None, context);
}

fn number(origin: Origin) -> Node {
    map(origin, [("number", int(i64::from(FRONTEND_PORT), origin))])
}

/// What the controller reads beside the fields of an Ingress.
fn annotations(
    site: &mut Site<'_>,
    door: &Door<'_>,
    dialect: &Dialect<'_, '_>,
    backing: Backing,
    origin: Origin,
) -> Vec<(&'static str, Node)> {
    let mut found = Vec::new();
    if dialect.says_class() {
        found.push((
            "kubernetes.io/ingress.class",
            nodes::at(dialect.class, origin),
        ));
    }
    let mut say = |key, value: String| found.push((key, text(value, origin)));
    match dialect.controller {
        IngressController::Alb => {
            let scheme = match door.scope {
                Scope::Internal => "internal",
                Scope::Public => "internet-facing",
            };
            say("alb.ingress.kubernetes.io/scheme", scheme.to_owned());
            say("alb.ingress.kubernetes.io/target-type", "ip".to_owned());
            say(
                "alb.ingress.kubernetes.io/healthcheck-path",
                "/health".to_owned(),
            );
            say("alb.ingress.kubernetes.io/success-codes", "200".to_owned());
            let idle = door.timeout.min(LONGEST_IDLE);
            say(
                "alb.ingress.kubernetes.io/load-balancer-attributes",
                format!("idle_timeout.timeout_seconds={idle}"),
            );
            say(
                "alb.ingress.kubernetes.io/target-group-attributes",
                format!("deregistration_delay.timeout_seconds={DRAINING}"),
            );
            if let Backing::Weighted(action, live) = backing {
                let key = match action {
                    "live" => "alb.ingress.kubernetes.io/actions.live",
                    _ => "alb.ingress.kubernetes.io/actions.preview",
                };
                say(key, action_of(dialect.traffic, live));
            }
        }
        IngressController::Nginx => {
            let seconds = door.timeout.to_string();
            say(
                "nginx.ingress.kubernetes.io/proxy-read-timeout",
                seconds.clone(),
            );
            say("nginx.ingress.kubernetes.io/proxy-send-timeout", seconds);
            // Tokens are to arrive as they are made.
            say(
                "nginx.ingress.kubernetes.io/proxy-buffering",
                "off".to_owned(),
            );
            // Prompts can be long, and images stand in requests.
            say(
                "nginx.ingress.kubernetes.io/proxy-body-size",
                "0".to_owned(),
            );
            if let Backing::Canary(weight) = backing {
                say("nginx.ingress.kubernetes.io/canary", "true".to_owned());
                say(
                    "nginx.ingress.kubernetes.io/canary-weight",
                    weight.to_string(),
                );
            }
        }
        IngressController::ApplicationGateway
        | IngressController::Gce
        | IngressController::Other => {}
    }
    match (dialect.controller, dialect.certificate) {
        (IngressController::Alb, Some(Tls::Provider(arn))) => {
            found.push((
                "alb.ingress.kubernetes.io/certificate-arn",
                nodes::at(arn, origin),
            ));
            found.push((
                "alb.ingress.kubernetes.io/listen-ports",
                text("[{\"HTTPS\": 443}]", origin),
            ));
        }
        (IngressController::Gce, Some(Tls::Provider(name))) => {
            found.push((
                "ingress.gcp.kubernetes.io/pre-shared-cert",
                nodes::at(name, origin),
            ));
        }
        (IngressController::Alb, Some(Tls::Secret(_))) => refuse(
            site,
            door,
            "a load balancer of AWS takes no certificate from a Secret",
            "give `certificate` the ARN of one in AWS Certificate Manager",
        ),
        (_, Some(Tls::Provider(_))) => refuse(
            site,
            door,
            "this Ingress takes certificates from Secrets only",
            "give `secret` or `certManager`",
        ),
        _ => {}
    }
    found
}

fn refuse(site: &mut Site<'_>, door: &Door<'_>, message: &str, help: &str) {
    let origin = door.tls.map_or(door.asked.origin, |tls| tls.origin);
    let is_said =
        |one: &Diagnostic| one.rule.code == rules::EXPOSURE_TLS.code && one.origin == origin;
    if !site.diagnostics.iter().any(is_said) {
        site.report(
            Diagnostic::new(&rules::EXPOSURE_TLS, origin, message)
                .help(help)
                .severity(rules::Severity::Error),
        );
    }
}

/// A forward to the frontends of both graphs. Both have their target group all the time, so that moving the
/// traffic moves a weight and waits for no health check.
fn action_of(traffic: &Traffic<'_>, live: u8) -> String {
    let target = |service: Option<String>, weight: u8| {
        serde_json::json!({
            "serviceName": service,
            "servicePort": FRONTEND_PORT.to_string(),
            "weight": weight,
        })
    };
    let mut groups = vec![target(traffic.live.service(), live)];
    if let Some(other) = &traffic.other {
        groups.push(target(other.service(), 100 - live));
    }
    // In the order of the colours, so that only weights change.
    groups.sort_by_key(|group| group["serviceName"].as_str().map(str::to_owned));
    serde_json::json!({"type": "forward", "forwardConfig": {"targetGroups": groups}}).to_string()
}
