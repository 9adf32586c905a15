//! Compares `Client::trigger_value` with serde_json for any value that serde can describe.

use arbitrary::{Arbitrary, Unstructured};
use pusher_proto::client::{Authorization, Request, TriggerError};
use pusher_proto::{Channel, Client, Config, Instant};
use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer};

use super::super::json::{depth, elements, entries, text};
use super::super::units::{Bytes, below, byte, take};

/// About 100 values.
pub const MAX_LEN: usize = 512;

const LIMIT: usize = 1000;
const NOW: Instant = Instant::ZERO;

/// One byte for the size of the buffer, then the value.
#[derive(Debug)]
pub struct Input<'a> {
    size: usize,
    value: Node<'a>,
}

/// A value in serde's data model.
#[derive(Debug)]
enum Node<'a> {
    Unit,
    None,
    Some(Box<Node<'a>>),
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Small(i8),
    Signed128(i128),
    Unsigned128(u128),
    Single(f32),
    Double(f64),
    Char(char),
    Text(String),
    Bytes(Bytes<'a>),
    UnitVariant,
    Newtype(Box<Node<'a>>),
    NewtypeVariant(Box<Node<'a>>),
    List(Vec<Node<'a>>),
    Tuple(Vec<Node<'a>>),
    TupleVariant(Vec<Node<'a>>),
    Map(Vec<(Node<'a>, Node<'a>)>),
    Struct(Box<Node<'a>>, Box<Node<'a>>),
    StructVariant(Box<Node<'a>>),
    /// The value inside this many arrays.
    Deep(u8, Box<Node<'a>>),
    /// Fails.
    Failure,
}

impl<'a> Arbitrary<'a> for Input<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(Self { size: 4 * usize::from(byte(input)), value: Node::new(input, 8) })
    }
}

impl<'a> Node<'a> {
    fn new(input: &mut Unstructured<'a>, depth: u8) -> Self {
        // Without input, and when the nesting is deep enough, the value is simple.
        let kinds = if depth == 0 || input.is_empty() { 14 } else { 26 };
        let inner = |input: &mut Unstructured<'a>| Box::new(Self::new(input, depth.saturating_sub(1)));
        let list = |input: &mut Unstructured<'a>| {
            (0..below(input, 5)).map(|_| Self::new(input, depth.saturating_sub(1))).collect()
        };
        match below(input, kinds) {
            0 => Self::Unit,
            1 => Self::None,
            2 => Self::Bool(below(input, 2) == 0),
            3 => Self::Signed(input.arbitrary().unwrap_or_default()),
            4 => Self::Unsigned(input.arbitrary().unwrap_or_default()),
            5 => Self::Small(input.arbitrary().unwrap_or_default()),
            6 => Self::Single(input.arbitrary().unwrap_or_default()),
            7 => Self::Double(input.arbitrary().unwrap_or_default()),
            8 => Self::Char(input.arbitrary().unwrap_or_default()),
            9 => {
                let length = below(input, 12);
                Self::Text(String::from_utf8_lossy(take(input, length)).into())
            }
            10 => {
                let length = below(input, 6);
                Self::Bytes(Bytes(take(input, length)))
            }
            11 => Self::UnitVariant,
            12 => match byte(input) {
                0..32 => Self::Failure,
                32..64 => Self::Signed128(input.arbitrary().unwrap_or_default()),
                64..96 => Self::Unsigned128(input.arbitrary().unwrap_or_default()),
                number => Self::Small(number as i8),
            },
            13 => Self::Text("key".into()),
            14 => Self::Some(inner(input)),
            15 => Self::Newtype(inner(input)),
            16 => Self::NewtypeVariant(inner(input)),
            17 | 18 => Self::List(list(input)),
            19 => Self::Tuple(list(input)),
            20 => Self::TupleVariant(list(input)),
            21 | 22 => {
                let entry = |input: &mut Unstructured<'a>| (*inner(input), *inner(input));
                Self::Map((0..below(input, 4)).map(|_| entry(input)).collect())
            }
            23 => Self::Struct(inner(input), inner(input)),
            24 => Self::StructVariant(inner(input)),
            _ => Self::Deep(byte(input) % 80, inner(input)),
        }
    }

    /// Returns whether the value has a 128-bit integer, which serde_json accepts and this crate does not.
    fn has_128_bits(&self) -> bool {
        match self {
            Self::Signed128(_) | Self::Unsigned128(_) => true,
            Self::Some(inner) | Self::Newtype(inner) | Self::NewtypeVariant(inner) | Self::StructVariant(inner) => {
                inner.has_128_bits()
            }
            Self::Deep(_, inner) => inner.has_128_bits(),
            Self::List(list) | Self::Tuple(list) | Self::TupleVariant(list) => list.iter().any(Self::has_128_bits),
            Self::Map(map) => map.iter().any(|(key, value)| key.has_128_bits() || value.has_128_bits()),
            Self::Struct(first, second) => first.has_128_bits() || second.has_128_bits(),
            _ => false,
        }
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unit => serializer.serialize_unit(),
            Self::None => serializer.serialize_none(),
            Self::Some(inner) => serializer.serialize_some(inner),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Signed(value) => serializer.serialize_i64(*value),
            Self::Unsigned(value) => serializer.serialize_u64(*value),
            Self::Small(value) => serializer.serialize_i8(*value),
            Self::Signed128(value) => serializer.serialize_i128(*value),
            Self::Unsigned128(value) => serializer.serialize_u128(*value),
            Self::Single(value) => serializer.serialize_f32(*value),
            Self::Double(value) => serializer.serialize_f64(*value),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(Bytes(value)) => serializer.serialize_bytes(value),
            Self::UnitVariant => serializer.serialize_unit_variant("Name", 0, "variant\""),
            Self::Newtype(inner) => serializer.serialize_newtype_struct("Name", inner),
            Self::NewtypeVariant(inner) => serializer.serialize_newtype_variant("Name", 0, "variant", inner),
            Self::List(list) => serializer.collect_seq(list),
            Self::Tuple(list) => {
                let mut tuple = serializer.serialize_tuple(list.len())?;
                list.iter().try_for_each(|element| tuple.serialize_element(element))?;
                tuple.end()
            }
            Self::TupleVariant(list) => {
                use serde::ser::SerializeTupleVariant;
                let mut tuple = serializer.serialize_tuple_variant("Name", 0, "variant", list.len())?;
                list.iter().try_for_each(|element| tuple.serialize_field(element))?;
                tuple.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(None)?;
                for (key, value) in entries {
                    map.serialize_key(key)?;
                    map.serialize_value(value)?;
                }
                map.end()
            }
            Self::Struct(first, second) => {
                let mut fields = serializer.serialize_struct("Name", 2)?;
                fields.serialize_field("first", first)?;
                fields.skip_field("skipped")?;
                fields.serialize_field("second", second)?;
                fields.end()
            }
            Self::StructVariant(inner) => {
                use serde::ser::SerializeStructVariant;
                let mut fields = serializer.serialize_struct_variant("Name", 0, "variant", 1)?;
                fields.serialize_field("field", inner)?;
                fields.end()
            }
            Self::Deep(0, inner) => inner.serialize(serializer),
            Self::Deep(levels, inner) => {
                let mut list = serializer.serialize_seq(Some(1))?;
                list.serialize_element(&Levels(levels - 1, inner))?;
                list.end()
            }
            Self::Failure => Err(S::Error::custom("as planned")),
        }
    }
}

/// A value inside this many arrays.
struct Levels<'n, 'a>(u8, &'n Node<'a>);

impl Serialize for Levels<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 == 0 {
            return self.1.serialize(serializer);
        }
        let mut list = serializer.serialize_seq(Some(1))?;
        list.serialize_element(&Levels(self.0 - 1, self.1))?;
        list.end()
    }
}

pub fn run(Input { size, value }: Input<'_>) {
    let expected = serde_json::to_string(&value).ok();
    let is_too_deep = expected.as_ref().is_some_and(|json| depth(json) > 64);
    let expected = expected.filter(|_| !value.has_128_bits());
    let (mut client, channel) = subscribed();
    let mut out = vec![0; size];
    let mut found = client.trigger_value(NOW, channel, "client-x", &value, &mut out).map(String::from);
    if found == Err(TriggerError::ValueTooLarge) {
        out.resize(1 << 16, 0);
        found = client.trigger_value(NOW, channel, "client-x", &value, &mut out).map(String::from);
        assert!(
            found.as_ref().is_err() || found.as_ref().is_ok_and(|message| message.len() > size),
            "it fits: {found:?}"
        );
    } else if let Err(TriggerError::OutputTooSmall(error)) = found {
        // Only the last byte is missing.
        assert_eq!(error.needed(), size + 1);
        out.resize(error.needed(), 0);
        found = client.trigger_value(NOW, channel, "client-x", &value, &mut out).map(String::from);
    }
    match (found, expected) {
        (Ok(message), Some(json)) => {
            assert!(!is_too_deep && json.len() <= LIMIT + 400, "{message}");
            let data = message.strip_prefix(r#"{"event":"client-x","channel":"private-a","data":"#).unwrap();
            same(data.strip_suffix('}').unwrap(), &json);
        }
        (Err(TriggerError::NotJson), expected) => assert!(expected.is_none() || is_too_deep, "{expected:?}"),
        (Err(TriggerError::DataTooLarge { size, limit }), _) => assert!(size > limit && limit == LIMIT),
        (found, expected) => panic!("{found:?}, but it is {expected:?}"),
    }
}

/// Checks that two texts are the same JSON. Escapes and numbers may be written in different ways.
fn same(found: &str, expected: &str) {
    if found == expected {
        return;
    }
    match found.as_bytes()[0] {
        b'{' => {
            let (found, expected) = (entries(found), entries(expected));
            assert_eq!(found.len(), expected.len());
            for ((found_key, found), (key, expected)) in found.iter().zip(&expected) {
                assert!(found_key == key || is_same_number(found_key, key), "{found_key} and {key}");
                same(found, expected);
            }
        }
        b'[' => {
            let (found, expected) = (elements(found), elements(expected));
            assert_eq!(found.len(), expected.len());
            found.iter().zip(&expected).for_each(|(found, expected)| same(found, expected));
        }
        b'"' => assert_eq!(text(found), text(expected)),
        _ => assert!(is_same_number(found, expected), "{found} and {expected}"),
    }
}

/// Returns whether two texts are the same number, in the precision of one of its types.
fn is_same_number(found: &str, expected: &str) -> bool {
    let is_double = found.parse::<f64>().is_ok_and(|found| expected.parse() == Ok(found));
    is_double || found.parse::<f32>().is_ok_and(|found| expected.parse() == Ok(found))
}

/// Returns a client that is subscribed to a private channel.
fn subscribed() -> (Client<1, 16>, Channel) {
    let mut config = Config::new(1);
    config.client_event_limit = LIMIT;
    config.client_events_per_second = 0;
    let mut client = Client::new(config);
    let channel = client.subscribe(NOW, "private-a").unwrap();
    client.connect(NOW);
    while let Some(request) = client.poll_request() {
        if let Request::Open { .. } = request {
            client.handle_open(NOW);
            let mut text = *br#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#;
            client.handle_text(NOW, &mut text).unwrap();
        } else if let Request::Authorize(ticket) = request {
            client.authorize(NOW, ticket, &Authorization::from_token("k:s"), &mut [0; 256]).unwrap();
            let mut text = *br#"{"event":"pusher_internal:subscription_succeeded","channel":"private-a"}"#;
            client.handle_text(NOW, &mut text).unwrap();
        }
    }
    (client, channel)
}
