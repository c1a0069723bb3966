//! What a call did, and reading a call's fields.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

/// What an attempt at a call came to.
pub enum Attempt {
    /// It returned.
    Returned(Value),
    /// It has to wait.
    Block,
}

/// Why a call was not made.
pub struct Refusal {
    pub message: String,
    /// The stack does not have it: the script is skipped.
    pub unsupported: bool,
}

pub type Answer = Result<Attempt, Refusal>;

pub fn unsupported<T>(what: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        message: what.into(),
        unsupported: true,
    })
}

pub fn nonsense<T>(what: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        message: what.into(),
        unsupported: false,
    })
}

/// The call returned `result`.
pub fn result(result: usize) -> Answer {
    Ok(Attempt::Returned(json!({ "result": result, "errno": 0 })))
}

/// The call failed.
pub fn errno(errno: i32) -> Answer {
    Ok(Attempt::Returned(json!({ "result": -1, "errno": errno })))
}

/// The call returned `result` and `fields` besides.
pub fn result_with(result: usize, fields: Value) -> Answer {
    let mut outcome = json!({ "result": result, "errno": 0 });
    if let (Some(outcome), Value::Object(fields)) = (outcome.as_object_mut(), fields) {
        outcome.extend(fields);
    }
    Ok(Attempt::Returned(outcome))
}

pub fn base64(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}

/// The fields of a call. What is missing or of the wrong type is the runner's fault.
pub struct Fields<'a>(pub &'a Map<String, Value>);

impl Fields<'_> {
    pub fn text(&self, name: &str) -> Result<&str, Refusal> {
        match self.0.get(name).and_then(Value::as_str) {
            Some(text) => Ok(text),
            None => nonsense(format!("{name} is not a string")),
        }
    }

    pub fn integer(&self, name: &str) -> Result<i64, Refusal> {
        match self.0.get(name).and_then(Value::as_i64) {
            Some(number) => Ok(number),
            None => nonsense(format!("{name} is not an integer")),
        }
    }

    pub fn int(&self, name: &str) -> Result<i32, Refusal> {
        let number = self.integer(name)?;
        // An unsigned 32-bit constant is the int with the same bits.
        match i32::try_from(number).or_else(|_| u32::try_from(number).map(|bits| bits as i32)) {
            Ok(number) => Ok(number),
            Err(_) => nonsense(format!("{name} is not an int")),
        }
    }

    pub fn is_true(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub fn is_null(&self, name: &str) -> bool {
        self.0.get(name).is_none_or(Value::is_null)
    }

    pub fn list(&self, name: &str) -> Result<&[Value], Refusal> {
        match self.0.get(name).and_then(Value::as_array) {
            Some(list) => Ok(list),
            None => nonsense(format!("{name} is not a list")),
        }
    }

    /// A length: how a socket call takes a negative one, or a null pointer, is a matter of Linux's that smoltcp lacks.
    pub fn length(&self, name: &str) -> Result<usize, Refusal> {
        match usize::try_from(self.integer(name)?) {
            Ok(length) => Ok(length),
            Err(_) => unsupported(format!("a negative {name}")),
        }
    }

    /// Octets that go in, as many as `length` says.
    pub fn octets(&self, name: &str, length: &str) -> Result<Vec<u8>, Refusal> {
        let length = self.length(length)?;
        if self.is_null(name) {
            return if length == 0 {
                Ok(Vec::new())
            } else {
                unsupported(format!("a null pointer for {name}"))
            };
        }
        let mut octets = decode(self.text(name)?)?;
        if octets.len() < length {
            return unsupported(format!("{name} that is shorter than the length it is given with"));
        }
        octets.truncate(length);
        Ok(octets)
    }

    /// All octets of a field.
    pub fn whole(&self, name: &str) -> Result<Vec<u8>, Refusal> {
        decode(self.text(name)?)
    }

    /// The octets of a list of buffers, one after the other.
    pub fn gather(&self, name: &str) -> Result<Vec<u8>, Refusal> {
        let mut all = Vec::new();
        for item in self.list(name)? {
            match item.as_str() {
                Some(text) => all.extend(decode(text)?),
                None => return nonsense(format!("{name} has an element that is not a string")),
            }
        }
        Ok(all)
    }

    /// The room that a list of lengths makes.
    pub fn room(&self, name: &str) -> Result<usize, Refusal> {
        let mut sum = 0usize;
        for item in self.list(name)? {
            match item.as_u64().and_then(|length| usize::try_from(length).ok()) {
                Some(length) => sum = sum.saturating_add(length),
                None => return unsupported(format!("a negative length in {name}")),
            }
        }
        Ok(sum)
    }
}

fn decode(text: &str) -> Result<Vec<u8>, Refusal> {
    STANDARD.decode(text).or_else(|_| nonsense("not base64"))
}
