//! JSON in: a tree is taken apart while the record is filled.

use super::{DecimalUnit, Node, ReadError, Record, Walker, WideUnit};
use crate::number::parse_within;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use std::fmt::Display;

/// A record from its JSON.
pub fn read<T: Record>(node: Node) -> Result<T, ReadError> {
    let mut record = T::blank();
    fill(&mut record, node)?;
    Ok(record)
}

/// One function for all types: only the blank differs.
fn fill(record: &mut dyn Record, node: Node) -> Result<(), ReadError> {
    let mut reader = Reader {
        node,
        open: Vec::new(),
        path: Vec::new(),
        error: None,
    };
    record.walk(&mut reader);
    reader.error.map_or(Ok(()), Err)
}

/// Reads any record by serde, from formats that describe themselves.
pub fn deserialize<'de, D: Deserializer<'de>, T: Record>(deserializer: D) -> Result<T, D::Error> {
    read(Node::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// What is left of a list or object that is being read.
enum Open {
    Object(Vec<(String, Node)>),
    /// The entries, and the next one's index.
    List(std::vec::IntoIter<Node>, usize),
}

/// One step from a value to a part of it.
enum Step {
    Name(String),
    Index(usize),
}

struct Reader {
    /// The value to be read next.
    node: Node,
    open: Vec<Open>,
    path: Vec<Step>,
    error: Option<ReadError>,
}

impl Reader {
    /// The next value; nothing after an error.
    fn take(&mut self) -> Option<Node> {
        let node = std::mem::replace(&mut self.node, Node::Null);
        self.error.is_none().then_some(node)
    }

    #[cold]
    fn wanted(&mut self, what: &str, found: &Node) {
        self.fail(&format_args!("must be {what}, not {}", found.shown()));
    }

    /// Reads a part that lies one step inside.
    fn inside(&mut self, step: Step, node: Node, value: &mut dyn Record) {
        self.node = node;
        self.path.push(step);
        value.walk(self);
        self.path.pop();
    }

    fn text_of(&mut self) -> Option<String> {
        match self.take()? {
            Node::Text(text) => Some(text),
            other => {
                self.wanted("a string", &other);
                None
            }
        }
    }

    fn object_of(&mut self) -> Option<Vec<(String, Node)>> {
        match self.take()? {
            Node::Object(fields) => Some(fields),
            other => {
                self.wanted("an object", &other);
                None
            }
        }
    }

    #[cold]
    fn unknown(&mut self, name: &str, known: &[&str]) {
        let mut reason: String = name.chars().take(40).collect();
        for (at, name) in known.iter().enumerate() {
            reason.push_str(if at == 0 { ": must be one of " } else { ", " });
            reason.push_str(name);
        }
        self.fail(&reason);
    }
}

impl Walker for Reader {
    fn reads(&self) -> bool {
        true
    }

    fn is_packed(&self) -> bool {
        false
    }

    fn fail(&mut self, reason: &dyn Display) {
        if self.error.is_some() {
            return;
        }
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Name(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
                Step::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        let reason = reason.to_string();
        self.error = Some(ReadError { path, reason });
    }

    fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    fn bool(&mut self, value: &mut bool) {
        match self.take() {
            Some(Node::Bool(read)) => *value = read,
            Some(other) => self.wanted("true or false", &other),
            None => {}
        }
    }

    fn number(&mut self, value: &mut u64, most: u64) {
        match self.take() {
            Some(Node::Number(read)) if read <= most => *value = read,
            Some(Node::Number(read)) => self.fail(&format_args!("{read}: must be at most {most}")),
            Some(other) => self.wanted("a whole number", &other),
            None => {}
        }
    }

    fn text(&mut self, value: &mut String) {
        if let Some(text) = self.text_of() {
            *value = text;
        }
    }

    fn decimal(&mut self, steps: &mut i64, unit: &'static DecimalUnit) {
        if let Some(text) = self.text_of() {
            match parse_within(&text, unit) {
                Ok(read) => *steps = read,
                Err(error) => self.fail(&error),
            }
        }
    }

    fn wide(&mut self, steps: &mut i128, unit: &'static WideUnit) {
        if let Some(text) = self.text_of() {
            match (unit.read)(&text) {
                Ok(read) => *steps = read,
                Err(reason) => self.fail(&reason),
            }
        }
    }

    fn name(&mut self, names: &[&'static str], place: &mut usize) {
        if let Some(text) = self.text_of() {
            match names.iter().position(|name| **name == text) {
                Some(found) => *place = found,
                None => self.unknown(&text, names),
            }
        }
    }

    fn some(&mut self, _: bool) -> bool {
        self.error.is_none() && self.node != Node::Null
    }

    fn open(&mut self) {
        let fields = self.object_of().unwrap_or_default();
        self.open.push(Open::Object(fields));
    }

    fn field(&mut self, name: &'static str, value: &mut dyn Record, may_be_missing: bool) {
        let Some(Open::Object(fields)) = self.open.last_mut() else {
            return;
        };
        if let Some(at) = fields.iter().position(|(found, _)| found == name) {
            let (name, node) = fields.remove(at);
            self.inside(Step::Name(name), node, value);
        } else if !may_be_missing && !value.may_be_missing() {
            self.path.push(Step::Name(name.to_owned()));
            self.fail(&"the field is missing");
            self.path.pop();
        }
    }

    fn close(&mut self) {
        if let Some(Open::Object(fields)) = self.open.pop()
            && let Some((name, _)) = fields.into_iter().next()
        {
            self.path.push(Step::Name(name));
            self.fail(&"the field is not known, or comes twice");
            self.path.pop();
        }
    }

    fn open_list(&mut self, _: usize) -> usize {
        let entries = match self.take() {
            Some(Node::List(entries)) => entries,
            Some(other) => {
                self.wanted("a list", &other);
                Vec::new()
            }
            None => Vec::new(),
        };
        let length = entries.len();
        self.open.push(Open::List(entries.into_iter(), 0));
        length
    }

    fn entry(&mut self, value: &mut dyn Record) {
        if let Some(Open::List(entries, next)) = self.open.last_mut()
            && let Some(node) = entries.next()
        {
            let index = *next;
            *next += 1;
            self.inside(Step::Index(index), node, value);
        }
    }

    fn close_list(&mut self) {
        self.open.pop();
    }

    fn open_map(&mut self, _: usize) -> usize {
        let mut fields = self.object_of().unwrap_or_default();
        // Taken from the end.
        fields.reverse();
        let length = fields.len();
        self.open.push(Open::Object(fields));
        length
    }

    fn pair(&mut self, key: &mut dyn Record, value: &mut dyn Record) {
        if let Some(Open::Object(fields)) = self.open.last_mut()
            && let Some((name, node)) = fields.pop()
        {
            self.inside(Step::Name(name.clone()), Node::Text(name.clone()), key);
            self.inside(Step::Name(name), node, value);
        }
    }

    fn close_map(&mut self) {
        self.open.pop();
    }

    fn open_choice(&mut self, names: &[&'static str], _: usize) -> usize {
        let mut fields = self.object_of().unwrap_or_default();
        let (chosen, more) = (fields.pop(), fields.pop());
        if let (Some((name, body)), None) = (chosen, more) {
            if let Some(place) = names.iter().position(|known| **known == name) {
                self.node = body;
                self.path.push(Step::Name(name));
                return place;
            }
            self.unknown(&name, names);
        } else {
            self.fail(&"must be an object with one field");
        }
        self.path.push(Step::Name(String::new()));
        0
    }

    fn close_choice(&mut self) {
        self.path.pop();
    }
}
