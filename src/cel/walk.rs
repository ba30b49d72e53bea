//! Which rules of its schema does an object break, and where?

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt::Write as _;

use super::evaluate::{Fuel, Outcome};
use super::shape::{ListType, Rule, Shapes};
use super::value::{Value, View};
use crate::yaml::{self, Node};

/// What an object was before.
#[derive(Debug, Clone, Copy)]
pub enum Before<'a> {
    /// It is new.
    Nothing,
    /// It was there, but what it was cannot be compared: no rule about changes is asked.
    Unknown,
    /// This.
    Known(&'a Node),
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// JSON pointer to the value.
    pub pointer: String,
    /// What is wrong with it.
    pub what: What,
}

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// It breaks a rule.
    Broken {
        /// What the rule's author says.
        message: String,
        /// The rule's expression.
        rule: String,
    },
    /// A rule has no answer for it, which the API server takes for a no.
    Error {
        /// The rule's expression.
        rule: String,
        /// What went wrong.
        why: String,
    },
    /// A rule cannot be evaluated here.
    NotEvaluated {
        /// The rule's expression.
        rule: String,
        /// Why not.
        why: String,
    },
    /// An entry of a list stands there already.
    Duplicate {
        /// What is the same, such as `name: main`.
        same: String,
        /// JSON pointer to the first.
        first: String,
    },
}

/// Holds an object against all rules of its schema.
pub fn walk(shapes: &Shapes, object: &Node, before: Before<'_>) -> Vec<Found> {
    let mut walk = Walk {
        fuel: Fuel::default(),
        is_comparable: !matches!(before, Before::Unknown),
        path: Vec::new(),
        found: Vec::new(),
    };
    let at = shapes.root();
    let before = match before {
        Before::Known(node) => Some(View { node, at }),
        Before::Nothing | Before::Unknown => None,
    };
    walk.value(View { node: object, at }, before);
    walk.found
}

#[derive(Clone, Copy)]
enum Segment<'a> {
    Field(&'a str),
    Entry(usize),
}

struct Walk<'a> {
    fuel: Fuel,
    is_comparable: bool,
    path: Vec<Segment<'a>>,
    found: Vec<Found>,
}

impl<'a> Walk<'a> {
    fn value(&mut self, view: View<'a>, before: Option<View<'a>>) {
        let Some(shape) = view.at.shape() else {
            return;
        };
        if view.node.is_null() {
            return;
        }
        for rule in &shape.rules {
            self.rule(rule, view, before);
        }
        match &view.node.value {
            yaml::Value::Map(map) => {
                for name in shape.properties.keys() {
                    // The server ignores a status that is written with the object.
                    if self.path.is_empty() && name == "status" {
                        continue;
                    }
                    if let Some(inner) = view.field(name) {
                        let before = before.and_then(|before| before.field(name));
                        self.inner(Segment::Field(name), inner, before);
                    }
                }
                if shape.values.is_some() {
                    for entry in map {
                        let name = entry.key.as_str();
                        if shape.properties.contains_key(name) || entry.value.is_null() {
                            continue;
                        }
                        let inner = View {
                            node: &entry.value,
                            at: view.at.field(name),
                        };
                        let before = before.and_then(|before| before.field(name));
                        self.inner(Segment::Field(name), inner, before);
                    }
                }
            }
            yaml::Value::List(items) => {
                self.duplicates(view, &shape.list, items.len());
                if shape.items.is_none() {
                    return;
                }
                for index in 0..items.len() {
                    let Some(item) = view.item(index) else {
                        continue;
                    };
                    let before = before.and_then(|before| same_entry(item, before, &shape.list));
                    self.inner(Segment::Entry(index), item, before);
                }
            }
            _ => {}
        }
    }

    fn inner(&mut self, segment: Segment<'a>, view: View<'a>, before: Option<View<'a>>) {
        self.path.push(segment);
        self.value(view, before);
        self.path.pop();
    }

    fn rule(&mut self, rule: &'a Rule, view: View<'a>, before: Option<View<'a>>) {
        let old = match before {
            _ if !rule.is_transition => None,
            _ if !self.is_comparable => return,
            before if rule.optional_old_self => Some(Value::Optional(
                before.map(|before| std::rc::Rc::new(before.value())),
            )),
            Some(before) => Some(before.value()),
            None => return,
        };
        let not_evaluated = |why: &str| What::NotEvaluated {
            rule: rule.text.clone(),
            why: why.into(),
        };
        let what = match rule.expression() {
            Err(why) => not_evaluated(why),
            Ok(expression) => match expression.test(view.value(), old.clone(), &mut self.fuel) {
                Outcome::Holds => return,
                Outcome::Fails => What::Broken {
                    message: self.message(rule, view, old),
                    rule: rule.text.clone(),
                },
                Outcome::Error(why) => What::Error {
                    rule: rule.text.clone(),
                    why,
                },
                Outcome::NotEvaluated(why) => not_evaluated(&why),
            },
        };
        let mut pointer = self.pointer();
        if let (What::Broken { .. }, Some(path)) = (&what, &rule.field_path) {
            pointer.push_str(&pointer_of(path));
        }
        self.found.push(Found { pointer, what });
    }

    fn message(&mut self, rule: &'a Rule, view: View<'a>, old: Option<Value<'a>>) -> String {
        let evaluated = match rule.message_expression() {
            Some(Ok(expression)) => expression.text(view.value(), old, &mut self.fuel),
            Some(Err(_)) | None => None,
        };
        // What has several lines or nothing in it is no message to the API server either.
        let evaluated = evaluated.filter(|text| !text.trim().is_empty() && !text.contains('\n'));
        let given = evaluated.or_else(|| rule.message.clone());
        given.unwrap_or_else(|| format!("failed rule: {}", rule.text.trim()))
    }

    fn duplicates(&mut self, view: View<'a>, list: &ListType, count: usize) {
        if count < 2 || *list == ListType::Atomic {
            return;
        }
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        for index in 0..count {
            let Some(item) = view.item(index) else {
                continue;
            };
            let same = match list {
                ListType::Map(keys) => match identity(item, keys) {
                    Some(same) => same,
                    None => continue,
                },
                _ => shown(item.node),
            };
            match first.entry(same) {
                Entry::Vacant(new) => {
                    new.insert(index);
                }
                Entry::Occupied(old) => {
                    let pointer = self.pointer();
                    let (same, first) = (old.key().clone(), *old.get());
                    self.found.push(Found {
                        pointer: format!("{pointer}/{index}"),
                        what: What::Duplicate {
                            same,
                            first: format!("{pointer}/{first}"),
                        },
                    });
                }
            }
        }
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for segment in &self.path {
            match segment {
                Segment::Field(name) => {
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                }
                Segment::Entry(index) => {
                    let _ = write!(pointer, "/{index}");
                }
            }
        }
        pointer
    }
}

/// What an entry of a list is known by; nothing if a key is missing.
fn identity(item: View<'_>, keys: &[String]) -> Option<String> {
    let mut identity = String::new();
    for key in keys {
        let value = item.field(key)?;
        if matches!(value.node.value, yaml::Value::Map(_) | yaml::Value::List(_)) {
            return None;
        }
        let comma = if identity.is_empty() { "" } else { ", " };
        let _ = write!(identity, "{comma}{key}: {}", shown(value.node));
    }
    (!identity.is_empty()).then_some(identity)
}

fn shown(node: &Node) -> String {
    match &node.value {
        yaml::Value::String(text) => text.clone(),
        yaml::Value::Int(number) => number.to_string(),
        _ => node.to_json().to_string(),
    }
}

/// The entry of an earlier list that is the same one.
fn same_entry<'a>(item: View<'a>, before: View<'a>, list: &ListType) -> Option<View<'a>> {
    let ListType::Map(keys) = list else {
        return None;
    };
    let wanted = identity(item, keys)?;
    let count = before.node.as_list()?.len();
    (0..count)
        .filter_map(|index| before.item(index))
        .find(|other| identity(*other, keys).as_ref() == Some(&wanted))
}

/// A rule's `fieldPath`, such as `.spec.names['a.b']`, as a JSON pointer.
fn pointer_of(path: &str) -> String {
    let mut pointer = String::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (name, after) = match rest.strip_prefix("['") {
            Some(quoted) => quoted.split_once("']").unwrap_or((quoted, "")),
            None => {
                let rest = rest.strip_prefix('.').unwrap_or(rest);
                rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()))
            }
        };
        if name.is_empty() {
            break;
        }
        pointer.push('/');
        pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        rest = after;
    }
    pointer
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::origin::Origin;

    fn found(
        schema: serde_json::Value,
        object: serde_json::Value,
        before: Option<serde_json::Value>,
    ) -> Vec<Found> {
        let node = |json: serde_json::Value| Node::from_json(&json, Origin::None);
        let before = before.map(node);
        let before = before.as_ref().map_or(Before::Nothing, Before::Known);
        walk(&Shapes::of(&schema).unwrap(), &node(object), before)
    }

    /// A schema of one field with one rule.
    fn of_a(mut schema: serde_json::Value, rule: serde_json::Value) -> serde_json::Value {
        schema["x-kubernetes-validations"] = json!([rule]);
        json!({ "properties": { "a": schema } })
    }

    #[test]
    fn rules_run_where_their_value_is() {
        let schema = of_a(
            json!({}),
            json!({ "rule": "self > 1", "message": "too few" }),
        );
        assert_eq!(found(schema.clone(), json!({}), None), []);
        assert_eq!(found(schema.clone(), json!({ "a": null }), None), []);
        let broken = found(schema, json!({ "a": 1 }), None);
        assert_eq!(broken[0].pointer, "/a");
        assert!(matches!(&broken[0].what, What::Broken { message, .. } if message == "too few"));
    }

    #[test]
    fn rules_about_changes_need_an_earlier_state() {
        let schema = of_a(json!({}), json!({ "rule": "self == oldSelf" }));
        assert_eq!(found(schema.clone(), json!({ "a": 1 }), None), []);
        assert_eq!(
            found(schema.clone(), json!({ "a": 1 }), Some(json!({ "a": 1 }))),
            []
        );
        assert_eq!(
            found(schema.clone(), json!({ "a": 1 }), Some(json!({}))),
            []
        );
        assert_eq!(
            found(schema, json!({ "a": 1 }), Some(json!({ "a": 2 }))).len(),
            1
        );
        let rule = json!({ "rule": "oldSelf.hasValue() || self == 1", "optionalOldSelf": true });
        let schema = of_a(json!({}), rule);
        assert_eq!(found(schema.clone(), json!({ "a": 2 }), None).len(), 1);
        assert_eq!(
            found(schema, json!({ "a": 2 }), Some(json!({ "a": 3 }))),
            []
        );
    }

    #[test]
    fn entries_are_the_same_by_their_keys() {
        let rule = json!({ "rule": "self.v == oldSelf.v" });
        let items =
            json!({ "properties": { "n": {}, "v": {} }, "x-kubernetes-validations": [rule] });
        let schema = json!({ "properties": { "l": {
            "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"], "items": items,
        } } });
        let now = json!({ "l": [{ "n": "b", "v": 2 }, { "n": "a", "v": 1 }] });
        let same = json!({ "l": [{ "n": "a", "v": 1 }, { "n": "b", "v": 2 }] });
        let other = json!({ "l": [{ "n": "a", "v": 2 }, { "n": "b", "v": 2 }] });
        assert_eq!(found(schema.clone(), now.clone(), Some(same)), []);
        assert_eq!(found(schema.clone(), now, Some(other))[0].pointer, "/l/1");
        let twice = json!({ "l": [{ "n": "a" }, { "n": "b" }, { "n": "a" }] });
        let found = found(schema, twice, None);
        assert_eq!(found[0].pointer, "/l/2");
        assert!(
            matches!(&found[0].what, What::Duplicate { same, first } if same == "n: a" && first == "/l/0")
        );
    }

    #[test]
    fn defaults_are_there_before_rules_are_asked() {
        let schema = json!({
            "properties": { "mode": { "default": "on" }, "o": { "default": {}, "properties": { "x": { "default": 3 } } } },
            "x-kubernetes-validations": [{ "rule": "self.mode == 'on' && self.o.x == 3" }],
        });
        assert_eq!(found(schema.clone(), json!({}), None), []);
        assert_eq!(found(schema, json!({ "mode": "off" }), None).len(), 1);
    }

    #[test]
    fn whole_numbers_of_number_fields_are_doubles() {
        let schema = json!({
            "properties": { "a": { "type": "number" }, "b": { "type": "integer" } },
            "x-kubernetes-validations": [{ "rule": "self.a / 2.0 == 0.5 && self.b / 2 == 0" }],
        });
        assert_eq!(found(schema, json!({ "a": 1, "b": 1 }), None), []);
    }

    #[test]
    fn messages_and_paths_are_the_rules_own() {
        let rule = json!({
            "rule": "self.x < 3", "messageExpression": "'%d is too much'.format([self.x])", "message": "no",
            "fieldPath": ".x['a.b']",
        });
        let found = found(of_a(json!({}), rule), json!({ "a": { "x": 4 } }), None);
        assert_eq!(found[0].pointer, "/a/x/a.b");
        assert!(
            matches!(&found[0].what, What::Broken { message, .. } if message == "4 is too much")
        );
    }

    #[test]
    fn expressions_say_what_they_say_to_the_api_server() {
        let all = [
            "self.s.lowerAscii() == 'abc' && 'x,y'.split(',') == ['x', 'y'] && ['a', 'b'].join('-') == 'a-b'",
            "self.s.substring(1, 2) == 'B' && 'hello'.indexOf('l') == 2 && 'hello'.lastIndexOf('l') == 3",
            "'hello'.charAt(4) == 'o' && ' a '.trim() == 'a' && 'aab'.replace('a', 'x', 1) == 'xab'",
            "[1, 2, 3].isSorted() && [1, 2].sum() == 3 && [3, 1].min() == 1 && [3, 1].max() == 3",
            "'a1b22'.find('[0-9]+') == '1' && 'a1b22'.findAll('[0-9]+') == ['1', '22'] && 'abc'.matches('^a')",
            "url('https://h:8080/p?q=1').getHost() == 'h:8080' && url('https://h:8080/p').getPort() == '8080'",
            "isURL('/a') && !isURL('a b') && url('https://[::1]:80/').getHostname() == '::1'",
            "ip('10.0.0.1').family() == 4 && isIP('::1') && !isIP('1.2.3') && cidr('10.0.0.0/8').containsIP('10.2.3.4')",
            "!cidr('10.0.0.0/8').containsIP(ip('11.0.0.1')) && cidr('10.1.0.0/8').masked() == cidr('10.0.0.0/8')",
            "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('500m').add(quantity('500m')).compareTo(quantity('1')) == 0",
            "quantity('2k').asInteger() == 2000 && isQuantity('1Mi') && !isQuantity('x') && quantity('-1').sign() == -1",
            "!format.dns1123Label().validate('a-b').hasValue() && format.dns1123Label().validate('A').hasValue()",
            "self.?missing.orValue(3) == 3 && self.?n.orValue(3) == 2 && !self.?missing.hasValue()",
            "optional.of(1).value() == 1 && optional.none().orValue(2) == 2",
            "duration('1h') > duration('59m') && duration('90s').getMinutes() == 1",
            "timestamp('2024-01-01T00:00:00Z').getFullYear() == 2024",
            "type(self.n) == int && type(self.d) == double && type('a') == string",
            "int('3') == 3 && string(3) == '3' && double(1) == 1.0 && 1 == 1.0 && 1 < 1.5",
            "self.l.exists_one(x, x == 2) && self.l.map(x, x * 2) == [2, 4, 6] && self.l.filter(x, x > 1).size() == 2",
            "self.m.all(k, self.m[k] > 0) && 'a' in self.m && !('z' in self.m) && size(self.m) == 1",
            "self.__namespace__ == 'ns' && self.x__dash__y == 1",
            "!has(self.missing) && has(self.s) && {'k': 1}.k == 1 && {'k': [1]}['k'][0] == 1",
            "(self.missing == 1 || true) && !(self.missing == 1 && false)",
            "[1, 'x'].exists(x, x == 'x') && [0, 2].exists(x, 4 / x == 2)",
            "'é'.size() == 1 && r'\\d' == '\\\\d' && \"\"\"a\"\"\" == 'a' && b'a' == bytes('a')",
            "semver('1.2.3').isLessThan(semver('1.10.0')) && isSemver('1.0.0-rc.1') && !isSemver('1.0')",
            "sets.contains([1, 2], [2]) && [1, 1].distinct() == [1] && '%s:%.2f'.format(['a', 1.5]) == 'a:1.50'",
            "-self.n == -2 && 7 % 4 == 3 && (true ? 1 : 2) == 1 && null == null && dyn(1) == 1",
        ];
        let object = json!({
            "s": "ABC", "n": 2, "d": 1.5, "l": [1, 2, 3], "m": { "a": 1 }, "namespace": "ns", "x-y": 1,
        });
        for rule in all {
            let schema = json!({ "x-kubernetes-validations": [{ "rule": rule }] });
            assert_eq!(found(schema, object.clone(), None), [], "{rule}");
        }
    }

    #[test]
    fn errors_are_refusals_and_what_is_not_known_is_said() {
        let what = |rule: &str| {
            let schema = json!({ "x-kubernetes-validations": [{ "rule": rule }] });
            found(schema, json!({ "s": "x" }), None).remove(0).what
        };
        for rule in [
            "self.missing == 1",
            "1 / 0 == 1",
            "[1][3] == 1",
            "quantity('x').sign() == 0",
            "self.s > 1",
        ] {
            assert!(matches!(what(rule), What::Error { .. }), "{rule}");
        }
        for rule in [
            "self.s.reticulate()",
            "self ==",
            "1 + 1",
            "no.such.variable",
        ] {
            assert!(matches!(what(rule), What::NotEvaluated { .. }), "{rule}");
        }
    }

    #[test]
    fn a_hostile_rule_ends() {
        let list = "[0,1,2,3,4,5,6,7,8,9]";
        let mut nested = "true".to_owned();
        for depth in 0..8 {
            nested = format!("{list}.all(x{depth}, {nested})");
        }
        let doubling = format!(
            "{list}.map(a, {list}.map(b, {list}.map(c, {list}.map(d, {list}.map(e, {list}))))).size() == 1"
        );
        let text = format!("'{}'.matches('(a*)*b')", "a".repeat(10_000));
        for rule in [nested, doubling, text] {
            let schema = json!({ "x-kubernetes-validations": [{ "rule": rule }] });
            let what = found(schema, json!({}), None).remove(0).what;
            assert!(!matches!(what, What::Error { .. }), "{what:?}");
        }
    }
}
