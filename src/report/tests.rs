//! What holds for every form of a report.

use serde_json::Value;

use super::*;
use crate::date::Date;
use crate::origin::Origin;
use crate::rules::{self, Severity};

const TEXT: &str = "spec:\n  replica: 2\n  replicas: 3\n";

fn example() -> (Sources, Diagnostic) {
    let mut sources = Sources::default();
    let file = sources.add("graphs/chat.yaml", TEXT);
    let place = |start, end| Origin::Input(Place { file, start, end });
    let diagnostic = Diagnostic::new(
        &rules::YAML_DUPLICATE_KEY,
        place(8, 15),
        "unknown field `replica`",
    )
    .label(place(21, 29), "given here")
    .help("did you mean `replicas`?");
    (sources, diagnostic)
}

fn write(found: &[Diagnostic], sources: &Sources, format: Format) -> String {
    let report = Report {
        found,
        waived: &[],
        sources,
        base: &Base::default(),
    };
    report.write(format, Style::default())
}

fn sarif(found: &[Diagnostic], sources: &Sources) -> Value {
    serde_json::from_str(&write(found, sources, Format::Sarif)).unwrap()
}

const ALL: [Format; 6] = [
    Format::Text,
    Format::Json,
    Format::Sarif,
    Format::Github,
    Format::Gitlab,
    Format::Junit,
];

#[test]
fn text_shows_the_line_the_caret_and_the_help() {
    let (sources, diagnostic) = example();
    let expected = "\
error[yaml-duplicate-key]: unknown field `replica`
 --> graphs/chat.yaml:2:3
  |
2 |   replica: 2
  |   ^^^^^^^
3 |   replicas: 3
  |   -------- given here
  |
  = help: did you mean `replicas`?
";
    assert_eq!(diagnostic.to_text(&sources, Style::default()), expected);
}

#[test]
fn json_has_the_same_content() {
    let (sources, diagnostic) = example();
    let json = diagnostic.to_json(&sources);
    assert_eq!(json["code"], "yaml-duplicate-key");
    assert_eq!(json["line"], 2);
    assert_eq!(json["column"], 3);
    assert_eq!(json["endColumn"], 10);
    assert_eq!(json["source"], "  replica: 2");
    assert_eq!(json["labels"][0]["message"], "given here");
}

#[test]
fn hidden_places_are_masked_where_lines_are_shown() {
    let mut sources = Sources::default();
    let file = sources.add("a.yaml", "x: 1\ny: {name: K, value: geheim-é}\n");
    let place = |start, end| Place { file, start, end };
    let diagnostic =
        Diagnostic::new(&rules::YAML_KEY, Origin::Input(place(14, 15)), "m").hide(place(25, 34));
    for format in ALL {
        let report = write(std::slice::from_ref(&diagnostic), &sources, format);
        assert!(
            !report.contains("geheim") && !report.contains('é'),
            "{format:?}: {report}"
        );
        if matches!(format, Format::Text | Format::Json | Format::Junit) {
            assert!(
                report.contains("y: {name: K, value: *********}"),
                "{format:?}: {report}"
            );
        }
    }
}

#[test]
fn no_form_prints_a_token_wherever_it_stands() {
    // Put together here, so that scanners of this repository stay quiet.
    let token = format!("{}{}", "hf_", "AbCdEfGhIjKlMnOpQrStUvWxYz01");
    let mut sources = Sources::default();
    let file = sources.add("a.yaml", format!("a: {token}\nb: {token}\n"));
    let place = |start, end| Place { file, start, end };
    let finding = Diagnostic::new(&rules::YAML_KEY, Origin::Input(place(0, 1)), token.clone())
        .label(Origin::Input(place(35, 36)), token.clone())
        .help(token.clone())
        .subject(format!("Secret/x /data/{token}"))
        .fix(crate::diagnostic::Fix {
            place: place(0, 1),
            replacement: token.clone(),
        });
    let report = Report {
        found: std::slice::from_ref(&finding),
        waived: &[Waived {
            finding: finding.clone(),
            reason: token.clone(),
            until: Date::parse("2027-01-31").unwrap(),
        }],
        sources: &sources,
        base: &Base::default(),
    };
    for format in ALL {
        let text = report.write(format, Style::default());
        assert!(!text.contains(&token), "{format:?}: {text}");
    }
}

#[test]
fn documents_say_that_nothing_was_found() {
    let mut sources = Sources::default();
    sources.add("a.yaml", "a: 1\n");
    sources.add("profiles/base.yaml (built in)", "a: 1\n");
    for format in ALL {
        let text = write(&[], &sources, format);
        assert_eq!(text.is_empty(), !format.is_document(), "{format:?}: {text}");
        assert!(!text.contains("built in"));
    }
    assert_eq!(write(&[], &sources, Format::Gitlab), "[]\n");
    assert!(sarif(&[], &sources)["runs"][0]["results"].is_array());
    let junit = write(&[], &sources, Format::Junit);
    assert!(
        junit.contains("<testcase name=\"no errors\" classname=\"a.yaml\" time=\"0\"/>"),
        "{junit}"
    );
}

#[test]
fn sarif_places_count_from_one_and_end_behind_the_last_character() {
    let (sources, diagnostic) = example();
    let sarif = sarif(&[diagnostic], &sources);
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    assert_eq!(result["ruleId"], "yaml-duplicate-key");
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 1);
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "graphs/chat.yaml");
    assert_eq!(
        place["region"],
        serde_json::json!({"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 10})
    );
    let related = &result["relatedLocations"][0];
    assert_eq!(related["message"]["text"], "given here");
}

#[test]
fn what_is_waived_is_suppressed_or_skipped_but_not_counted() {
    let (sources, finding) = example();
    let report = Report {
        found: &[],
        waived: &[Waived {
            finding,
            reason: "known & wanted".to_owned(),
            until: Date::parse("2027-01-31").unwrap(),
        }],
        sources: &sources,
        base: &Base::default(),
    };
    let write = |format| report.write(format, Style::default());
    assert_eq!(write(Format::Text), "1 waived\n");
    assert_eq!(write(Format::Gitlab), "[]\n");
    assert_eq!(write(Format::Github), "");
    assert!(write(Format::Sarif).contains("\"kind\": \"inSource\""));
    let junit = write(Format::Junit);
    assert!(
        junit.contains("<skipped>waived: known &amp; wanted</skipped>"),
        "{junit}"
    );
    assert!(write(Format::Json).contains("\"waived\":\"known & wanted\""));
}

#[test]
fn fingerprints_stay_when_lines_move_and_differ_within_a_file() {
    let names = |before: &str| {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", format!("{before}a: 1\nb: 1\na: 1\n"));
        let at = |line: u32| {
            let start = before.len() as u32 + 5 * line;
            let end = start + 1;
            Diagnostic::new(
                &rules::YAML_KEY,
                Origin::Input(Place { file, start, end }),
                format!("at line {line}"),
            )
        };
        let sarif = sarif(&[at(0), at(1), at(2)], &sources);
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        let names = results.iter().map(|result| {
            let name = &result["partialFingerprints"]["primaryLocationLineHash"];
            name.as_str().unwrap().to_owned()
        });
        names.collect::<Vec<_>>()
    };
    let here = names("");
    assert_eq!(here, names("# a comment\n\n"));
    assert!(here[0] != here[1] && here[1] != here[2] && here[0] != here[2]);
}

#[test]
fn what_has_no_file_stands_at_the_top_of_one() {
    let mut sources = Sources::default();
    let builtin = sources.add("profiles/base.yaml (built in)", "a: 1\nb: 2\n");
    sources.add("graphs/a b.yaml", "a: 1\n");
    let place = Place {
        file: builtin,
        start: 5,
        end: 6,
    };
    let found = [
        Diagnostic::new(&rules::NO_PROFILE, Origin::None, "nowhere"),
        Diagnostic::new(&rules::YAML_KEY, Origin::Input(place), "elsewhere"),
    ];
    let sarif = sarif(&found, &sources);
    for result in sarif["runs"][0]["results"].as_array().unwrap() {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "graphs/a%20b.yaml");
        assert_eq!(place["region"]["startLine"], 1);
    }
    let github = write(&found, &sources, Format::Github);
    assert!(
        github.contains("::elsewhere (at profiles/base.yaml (built in):2:1)\n"),
        "{github}"
    );
}

#[test]
fn paths_start_at_the_top_of_the_repository() {
    let base = Base {
        standing: "/src/fleet/graphs".into(),
        root: "/src/fleet".into(),
    };
    for (name, path) in [
        ("a.yaml", "graphs/a.yaml"),
        ("./a.yaml", "graphs/a.yaml"),
        ("../clusters/a.yaml", "clusters/a.yaml"),
        ("/src/fleet/a.yaml", "a.yaml"),
        ("../../other/a.yaml", "../../other/a.yaml"),
        ("/etc/a.yaml", "/etc/a.yaml"),
        ("<stdin>", "stdin"),
    ] {
        assert_eq!(base.path(name), path);
    }
    assert_eq!(location::uri("a/ä %#.yaml"), "a/%C3%A4%20%25%23.yaml");
    assert_eq!(location::uri("/etc/a.yaml"), "file:///etc/a.yaml");
}

#[test]
fn annotations_are_escaped_and_the_last_one_counts_the_rest() {
    let mut sources = Sources::default();
    let file = sources.add("a,b:c.yaml", TEXT);
    let place = Place {
        file,
        start: 8,
        end: 15,
    };
    let warning = Diagnostic::new(&rules::YAML_KEY, Origin::Input(place), "50 %\nis half")
        .severity(Severity::Warning);
    let found: Vec<_> = std::iter::repeat_n(warning, 12)
        .chain([Diagnostic::new(
            &rules::SCHEMA,
            Origin::Input(place),
            "::error::no command ##[add-mask]x",
        )])
        .collect();
    let text = write(&found, &sources, Format::Github);
    let lines: Vec<&str> = text.lines().collect();
    let file = "file=a%2Cb%3Ac.yaml,line=2,endLine=2,col=3,endColumn=10";
    assert_eq!(
        lines[0],
        format!("::error {file},title=schema::::error::no command ##[add-mask]x")
    );
    assert_eq!(
        lines[1],
        format!("::warning {file},title=yaml-key::50 %25%0Ais half")
    );
    let of = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
    assert_eq!((of("::error"), of("::warning")), (1, 10));
    assert_eq!(
        lines[10],
        "::warning title=graphwright::3 more warnings, all in the log: 3 yaml-key"
    );
    assert_eq!(lines[11], "a,b:c.yaml:2:3: warning[yaml-key]: 50 % is half");
    assert_eq!(lines.last(), Some(&"1 error, 12 warnings"));
}

#[test]
fn xml_holds_what_xml_can_hold() {
    let mut sources = Sources::default();
    let file = sources.add("a\"<&>.yaml", "a: \x1b\n");
    let place = Place {
        file,
        start: 0,
        end: 1,
    };
    let found = [Diagnostic::new(
        &rules::CONTROL_CHARACTER,
        Origin::Input(place),
        "a \x1b \"<&>\"\nb",
    )];
    let xml = write(&found, &sources, Format::Junit);
    assert!(!xml.contains('\x1b'), "{xml}");
    assert!(
        xml.contains("message=\"a \u{fffd} &quot;&lt;&amp;&gt;&quot;&#10;b\""),
        "{xml}"
    );
    assert!(
        xml.contains("<testsuite name=\"a&quot;&lt;&amp;&gt;.yaml\" tests=\"1\" failures=\"1\"")
    );
}

#[test]
fn sarif_leaves_out_the_least_of_too_many() {
    let sources = Sources::default();
    let warning =
        || Diagnostic::new(&rules::YAML_KEY, Origin::None, "w").severity(Severity::Warning);
    let mut found: Vec<_> = std::iter::repeat_with(warning).take(25_001).collect();
    found.push(Diagnostic::new(&rules::SCHEMA, Origin::None, "e"));
    let sarif = sarif(&found, &sources);
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 25_000);
    assert_eq!(results[0]["level"], "error");
    let notice = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert_eq!(notice, "2 more findings are left out");
}
