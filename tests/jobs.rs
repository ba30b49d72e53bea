//! The scripts of the rendered Jobs, run against small servers that play a frontend and an API server.
//!
//! They need `python3`; without it they are skipped, unless `GRAPHWRIGHT_REQUIRE_PYTHON` is set.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests may fail loudly, run programs and read their fixtures"
)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use graphwright::yaml::read::{Limits, documents};
use serde_json::{Value as Json, json};

/// A request: method, path and body.
type Request = (String, String, String);

/// Answers a request, which is the n-th of this server: status and body.
type Answer = dyn Fn(&Request, usize) -> (u16, String) + Send + Sync;

/// A server on a port of its own; it ends with the test.
fn serve(answer: Arc<Answer>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (answer, count) = (answer.clone(), count.clone());
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let request = read(&stream);
                let (status, body) = answer(&request, count.fetch_add(1, Ordering::SeqCst));
                let head = format!(
                    "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            });
        }
    });
    address
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap(), words.next().unwrap_or_default());
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    (method, path, String::from_utf8(body).unwrap())
}

/// The container of a Job of `golden/smoke-test`.
fn container(job: &str) -> Json {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/smoke-test/eks-argo-cd/chat/chat");
    let text = fs::read_to_string(folder.join(format!("job-qwen3-235b-{job}.yaml"))).unwrap();
    let nodes = documents(&text, 0, &Limits::default(), &mut Vec::new());
    nodes[0].to_json()["spec"]["template"]["spec"]["containers"][0].clone()
}

/// Runs the Job's own command with its own environment and `changes`; its exit status and what it said.
fn run(job: &str, changes: &[(&str, &str)]) -> Option<(i32, String)> {
    let is_there = Command::new("python3").arg("--version").output().is_ok();
    if !is_there {
        let required = std::env::var_os("GRAPHWRIGHT_REQUIRE_PYTHON").is_some();
        assert!(!required, "there is no python3");
        eprintln!("skipped: there is no python3");
        return None;
    }
    let container = container(job);
    let texts = |key: &str| -> Vec<String> {
        let items = container[key].as_array().unwrap().iter();
        items
            .map(|item| item.as_str().unwrap().to_owned())
            .collect()
    };
    let mut environment: BTreeMap<String, String> = BTreeMap::new();
    for variable in container["env"].as_array().unwrap() {
        let text = |key: &str| variable[key].as_str().unwrap().to_owned();
        environment.insert(text("name"), text("value"));
    }
    for (name, value) in changes {
        environment.insert((*name).to_owned(), (*value).to_owned());
    }
    let command = texts("command");
    let output = Command::new(&command[0])
        .args(&command[1..])
        .args(texts("args"))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", "/nonexistent")
        .envs(environment)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((
        output.status.code().unwrap(),
        String::from_utf8(said).unwrap(),
    ))
}

fn models(names: &[&str]) -> (u16, String) {
    let data: Vec<Json> = names.iter().map(|name| json!({"id": name})).collect();
    (200, json!({"object": "list", "data": data}).to_string())
}

fn token() -> (u16, String) {
    (200, json!({"choices": [{"index": 0}]}).to_string())
}

/// Runs the smoke test against a frontend.
fn smoke(
    answer: impl Fn(&Request, usize) -> (u16, String) + Send + Sync + 'static,
    changes: &[(&str, &str)],
) -> Option<(i32, String)> {
    let address = serve(Arc::new(answer));
    let mut all = vec![
        ("FRONTEND", address.as_str()),
        ("TIMEOUT", "2"),
        ("PAUSE", "0.1"),
    ];
    all.extend(changes);
    run("smoke-test", &all)
}

#[test]
fn a_graph_that_serves_passes() {
    let answer = |request: &Request, _: usize| match request.1.as_str() {
        "/v1/models" => models(&["example/chat"]),
        "/v1/chat/completions" | "/v1/completions" => {
            let body: Json = serde_json::from_str(&request.2).unwrap();
            assert_eq!(request.0, "POST");
            assert_eq!(
                (&body["model"], &body["max_tokens"], &body["stream"]),
                (&json!("example/chat"), &json!(1), &json!(false))
            );
            token()
        }
        path => (404, path.to_owned()),
    };
    let Some(done) = smoke(answer, &[("ASKS", "chat,completion")]) else {
        return;
    };
    assert_eq!(
        done,
        (
            0,
            "ok: example/chat is listed\nok: /v1/chat/completions gives a token\nok: /v1/completions gives a token\n"
                .to_owned()
        )
    );
    let Some(done) = smoke(answer, &[("MODEL", "example/other")]) else {
        return;
    };
    assert_eq!(done.0, 1);
    let last = done.1.lines().last().unwrap();
    assert_eq!(
        last,
        "failed: after 2 seconds, example/other is not listed, only example/chat"
    );
}

#[test]
fn a_frontend_without_workers_fails_and_says_why() {
    let Some((code, said)) = smoke(|_, _| models(&[]), &[]) else {
        return;
    };
    assert_eq!(code, 1, "{said}");
    assert_eq!(
        said.lines().last().unwrap(),
        "failed: after 2 seconds, no model is listed: the frontend is up and sees no worker that is ready"
    );
}

#[test]
fn a_slow_graph_is_waited_for() {
    let answer = |request: &Request, count: usize| match request.1.as_str() {
        "/v1/models" if count < 3 => (503, "starting".to_owned()),
        "/v1/models" if count < 6 => models(&[]),
        "/v1/models" => models(&["example/chat"]),
        _ => token(),
    };
    let Some((code, said)) = smoke(answer, &[]) else {
        return;
    };
    assert_eq!(code, 0, "{said}");
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        [
            "waiting: /v1/models answers 503: starting",
            "waiting: no model is listed: the frontend is up and sees no worker that is ready",
            "ok: example/chat is listed",
            "ok: /v1/chat/completions gives a token",
        ]
    );
}

#[test]
fn a_graph_that_fails_is_told_by_its_own_words() {
    let failing = |status: u16, body: &'static str| {
        move |request: &Request, _: usize| match request.1.as_str() {
            "/v1/models" => models(&["example/chat"]),
            _ => (status, body.to_owned()),
        }
    };
    let cases: [(u16, &'static str, &str); 6] = [
        (
            500,
            r#"{"error": "out of memory"}"#,
            "failed: /v1/chat/completions answers 500: {\"error\": \"out of memory\"}",
        ),
        (
            404,
            "no such model",
            "failed: /v1/chat/completions answers 404: no such model",
        ),
        (
            200,
            "<html>",
            "failed: /v1/chat/completions answers something else than JSON",
        ),
        (
            200,
            r#"{"error": "engine is gone"}"#,
            "failed: /v1/chat/completions answers without a choice: {\"error\": \"engine is gone\"}",
        ),
        (
            200,
            r#"["token"]"#,
            "failed: /v1/chat/completions answers without a choice: [\"token\"]",
        ),
        (
            200,
            r#"{"choices": []}"#,
            "failed: /v1/chat/completions answers without a choice: {\"choices\": []}",
        ),
    ];
    for (status, body, reason) in cases {
        let Some((code, said)) = smoke(failing(status, body), &[]) else {
            return;
        };
        assert_eq!(
            (code, said.lines().last().unwrap()),
            (1, reason),
            "{status} {body}"
        );
    }
}

#[test]
fn a_frontend_that_is_not_there_is_told_so() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let address = format!("http://127.0.0.1:{port}");
    let changes = [
        ("FRONTEND", address.as_str()),
        ("TIMEOUT", "1"),
        ("PAUSE", "0.2"),
    ];
    let Some((code, said)) = run("smoke-test", &changes) else {
        return;
    };
    assert_eq!(code, 1);
    let last = said.lines().last().unwrap();
    assert!(
        last.starts_with("failed: after 1 seconds, /v1/models does not answer: "),
        "{said}"
    );
}

#[test]
fn a_frontend_that_speaks_no_http_is_told_so() {
    let broken: [(&str, &str); 3] = [
        (
            "not HTTP at all\r\n\r\n",
            "failed: after 1 seconds, /v1/models does not answer: ",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{",
            "failed: after 1 seconds, /v1/models does not answer: ",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\": 7}",
            "failed: after 1 seconds, /v1/models answers without a list of models",
        ),
    ];
    for (answer, reason) in broken {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                read(&stream);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        let changes = [
            ("FRONTEND", address.as_str()),
            ("TIMEOUT", "1"),
            ("PAUSE", "0.2"),
        ];
        let Some((code, said)) = run("smoke-test", &changes) else {
            return;
        };
        assert_eq!(code, 1, "{said}");
        assert!(said.lines().last().unwrap().starts_with(reason), "{said}");
        assert!(!said.contains("Traceback"), "{said}");
    }
}

/// A cluster as the API server tells it; `missing` is a path that it does not have.
fn cluster(missing: &'static str, gpus: &'static str) -> Arc<Answer> {
    Arc::new(move |request, _| {
        let path = request.1.as_str();
        let labels = json!({"node.kubernetes.io/instance-type": "p5.48xlarge"});
        let allocatable = json!({"nvidia.com/gpu": gpus, "vpc.amazonaws.com/efa": "32"});
        let body = match path {
            path if path == missing => return (404, "{}".to_owned()),
            "/apis/storage.k8s.io/v1/storageclasses" => json!({"items": [
                {"metadata": {"name": "gp3", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}},
                {"metadata": {"name": "efs-sc-dynamic"}},
            ]}),
            "/api/v1/nodes" => json!({"items": [
                {"metadata": {"labels": labels}, "status": {"allocatable": allocatable}},
                {"metadata": {"labels": {}}, "status": {"allocatable": {"cpu": "4"}}},
            ]}),
            _ => json!({}),
        };
        (200, body.to_string())
    })
}

/// Runs the preflight against a cluster, with what the golden release expects and a class and a secret more.
fn preflight(api: Arc<Answer>) -> Option<(i32, String)> {
    preflight_of(api, |_| ())
}

/// The same, with `change` made to what is expected.
fn preflight_of(api: Arc<Answer>, change: impl Fn(&mut Json)) -> Option<(i32, String)> {
    let address = serve(api);
    let container = container("preflight");
    let variables = container["env"].as_array().unwrap().iter();
    let expected = variables
        .filter(|one| one["name"] == "EXPECTED")
        .find_map(|one| one["value"].as_str())
        .unwrap();
    let mut expected: Json = serde_json::from_str(expected).unwrap();
    assert!(!expected["pods"].as_array().unwrap().is_empty());
    expected["storageClasses"] = json!(["", "efs-sc-dynamic"]);
    expected["secrets"] = json!(["hf-token-secret"]);
    change(&mut expected);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("token"), "secret").unwrap();
    let expected = expected.to_string();
    run(
        "preflight",
        &[
            ("API", address.as_str()),
            ("ACCOUNT", folder.path().to_str().unwrap()),
            ("EXPECTED", expected.as_str()),
        ],
    )
}

#[test]
fn a_cluster_that_has_everything_passes_the_preflight() {
    let Some((code, said)) = preflight(cluster("", "8")) else {
        return;
    };
    assert_eq!(code, 0, "{said}");
    assert!(said.lines().all(|line| line.starts_with("ok: ")), "{said}");
    for part in [
        "storage class gp3",
        "storage class efs-sc-dynamic",
        "secret hf-token-secret",
        "1 nodes, 4 nvidia.com/gpu",
        "vpc.amazonaws.com/efa",
        "Dynamo serves nvidia.com/v1beta1",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn what_a_cluster_lacks_is_named_with_what_to_do() {
    let cases = [
        (
            "/apis/nvidia.com/v1beta1",
            "8",
            "failed: Dynamo does not serve nvidia.com/v1beta1: install it",
        ),
        (
            "/api/v1/namespaces/chat/secrets/hf-token-secret",
            "8",
            "failed: there is no secret hf-token-secret in chat: make it",
        ),
        (
            "",
            "0",
            "asks for 4 nvidia.com/gpu and a node has 0 at most: look at the device plugin",
        ),
        (
            "/api/v1/nodes",
            "8",
            "failed: nodes cannot be read (404): grant list on nodes",
        ),
    ];
    for (missing, gpus, reason) in cases {
        let Some((code, said)) = preflight(cluster(missing, gpus)) else {
            return;
        };
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(reason), "{reason}: {said}");
        assert!(
            said.lines().last().unwrap().ends_with(" checks failed"),
            "{said}"
        );
    }
}

#[test]
fn all_pods_must_find_room_unless_the_cluster_adds_nodes() {
    // One node with 8 GPUs, and pods that take 2 each.
    let many = |elastic: bool| {
        move |expected: &mut Json| {
            expected["pods"][0]["count"] = json!(5);
            expected["elastic"] = json!(elastic);
        }
    };
    let Some((code, said)) = preflight_of(cluster("", "8"), many(false)) else {
        return;
    };
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("has 5 pods and 1 nodes have room for 4: add nodes"),
        "{said}"
    );
    let Some((code, said)) = preflight_of(cluster("", "8"), many(true)) else {
        return;
    };
    assert_eq!(code, 0, "{said}");
}

#[test]
fn an_api_server_that_refuses_is_not_taken_for_a_missing_add_on() {
    let refuses: Arc<Answer> = Arc::new(|_, _| (403, "{}".to_owned()));
    let Some((code, said)) = preflight(refuses) else {
        return;
    };
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("failed: Dynamo cannot be asked for nvidia.com/v1beta1 (403)"),
        "{said}"
    );
    assert!(
        said.contains("failed: secret hf-token-secret cannot be read (403): grant get on it"),
        "{said}"
    );
}
