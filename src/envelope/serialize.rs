//! Serialization of application values as JSON, directly into the output buffer.
//!
//! `serde-json-core` only formats the floating-point numbers. Its serializer panics on a `char`, writes byte strings as
//! they are, and writes numeric keys as numbers.

use core::fmt;

use serde::ser::{self, Serialize};

use crate::output::Writer;

/// Why a value could not be serialized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SerializeError {
    /// The value has no JSON form: a key that is neither text nor a number, or an error of the value's own.
    NotJson,
    /// The value does not fit.
    Full,
}

impl ser::StdError for SerializeError {}

impl fmt::Display for SerializeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Full { "no room" } else { "not JSON" })
    }
}

impl ser::Error for SerializeError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::NotJson
    }
}

type Result = core::result::Result<(), SerializeError>;

/// Appends `value` as JSON, in the format of `serde_json`. Byte strings become arrays of numbers, numeric keys become
/// text, numbers that JSON does not have become `null`, and variants with data become objects with one field.
pub(crate) fn write<T: Serialize + ?Sized>(value: &T, writer: &mut Writer<'_>) -> Result {
    value.serialize(Json { writer, is_key: false })
}

/// A serializer for one value.
struct Json<'w, 'o> {
    writer: &'w mut Writer<'o>,
    /// Whether the value is the key of an object, and therefore written as text in quotes.
    is_key: bool,
}

impl<'w, 'o> Json<'w, 'o> {
    /// Writes a value without quotes of its own.
    fn scalar(self, write: impl FnOnce(&mut Writer<'o>)) -> Result {
        if self.is_key {
            self.writer.byte(b'"');
        }
        write(self.writer);
        if self.is_key {
            self.writer.byte(b'"');
        }
        Ok(())
    }

    fn null(self) -> Result {
        if self.is_key {
            return Err(SerializeError::NotJson);
        }
        self.scalar(|writer| writer.raw("null"))
    }

    fn float<T: Serialize>(self, value: T, is_finite: bool) -> Result {
        let mut text = [0; 32]; // the longest number has 24 bytes
        let length = serde_json_core::to_slice(&value, &mut text).unwrap_or_default();
        let text = text.get(..length).unwrap_or_default();
        if is_finite { self.scalar(|writer| writer.bytes(text)) } else { self.null() }
    }

    /// Begins an array or object. A variant is wrapped in an object with one field, whose key is `variant`.
    fn begin(self, variant: Option<&str>, is_object: bool) -> core::result::Result<Items<'w, 'o>, SerializeError> {
        if self.is_key {
            return Err(SerializeError::NotJson);
        }
        if let Some(variant) = variant {
            self.writer.byte(b'{');
            self.writer.string(variant);
            self.writer.byte(b':');
        }
        self.writer.byte(if is_object { b'{' } else { b'[' });
        Ok(Items { writer: self.writer, is_first: true, is_object, is_variant: variant.is_some() })
    }
}

macro_rules! integers {
    ($($unsigned:ident $signed:ident: $u:ty, $i:ty;)*) => {$(
        fn $unsigned(self, value: $u) -> Result {
            self.scalar(|writer| writer.number(value.into()))
        }

        fn $signed(self, value: $i) -> Result {
            self.scalar(|writer| {
                if value < 0 {
                    writer.byte(b'-');
                }
                writer.number(value.unsigned_abs().into());
            })
        }
    )*};
}

impl<'w, 'o> ser::Serializer for Json<'w, 'o> {
    type Ok = ();
    type Error = SerializeError;
    type SerializeSeq = Items<'w, 'o>;
    type SerializeTuple = Items<'w, 'o>;
    type SerializeTupleStruct = Items<'w, 'o>;
    type SerializeTupleVariant = Items<'w, 'o>;
    type SerializeMap = Items<'w, 'o>;
    type SerializeStruct = Items<'w, 'o>;
    type SerializeStructVariant = Items<'w, 'o>;

    integers! {
        serialize_u8 serialize_i8: u8, i8;
        serialize_u16 serialize_i16: u16, i16;
        serialize_u32 serialize_i32: u32, i32;
        serialize_u64 serialize_i64: u64, i64;
    }

    fn serialize_bool(self, value: bool) -> Result {
        self.scalar(|writer| writer.raw(if value { "true" } else { "false" }))
    }

    fn serialize_f32(self, value: f32) -> Result {
        self.float(value, value.is_finite())
    }

    fn serialize_f64(self, value: f64) -> Result {
        self.float(value, value.is_finite())
    }

    fn serialize_char(self, value: char) -> Result {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result {
        self.writer.string(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result {
        let mut items = self.begin(None, false)?;
        value.iter().try_for_each(|byte| items.item(byte))?;
        items.finish()
    }

    fn serialize_none(self) -> Result {
        self.null()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result {
        self.null()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result {
        self.null()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result {
        let mut items = self.begin(None, true)?;
        items.field(variant, value)?;
        items.finish()
    }

    fn serialize_seq(self, _: Option<usize>) -> core::result::Result<Items<'w, 'o>, SerializeError> {
        self.begin(None, false)
    }

    fn serialize_tuple(self, _: usize) -> core::result::Result<Items<'w, 'o>, SerializeError> {
        self.begin(None, false)
    }

    fn serialize_tuple_struct(self, _: &str, _: usize) -> core::result::Result<Items<'w, 'o>, SerializeError> {
        self.begin(None, false)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> core::result::Result<Items<'w, 'o>, SerializeError> {
        self.begin(Some(variant), false)
    }

    fn serialize_map(self, _: Option<usize>) -> core::result::Result<Items<'w, 'o>, SerializeError> {
        self.begin(None, true)
    }

    fn serialize_struct(self, _: &str, _: usize) -> core::result::Result<Items<'w, 'o>, SerializeError> {
        self.begin(None, true)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> core::result::Result<Items<'w, 'o>, SerializeError> {
        self.begin(Some(variant), true)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result {
        self.writer.byte(b'"');
        let written = fmt::write(&mut Escaped(self.writer), format_args!("{value}"));
        self.writer.byte(b'"');
        written.map_err(|_| SerializeError::NotJson)
    }
}

/// A formatter that writes its output as part of a JSON string.
struct Escaped<'w, 'o>(&'w mut Writer<'o>);

impl fmt::Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.escaped(text);
        Ok(())
    }
}

/// A serializer for the items of an array or object.
struct Items<'w, 'o> {
    writer: &'w mut Writer<'o>,
    is_first: bool,
    is_object: bool,
    is_variant: bool,
}

impl Items<'_, '_> {
    /// Begins an item. Stops when the buffer is full, because a value may be infinite.
    fn next(&mut self) -> Result {
        if self.writer.is_full() {
            return Err(SerializeError::Full);
        }
        if !self.is_first {
            self.writer.byte(b',');
        }
        self.is_first = false;
        Ok(())
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        self.next()?;
        write(value, self.writer)
    }

    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result {
        self.next()?;
        key.serialize(Json { writer: self.writer, is_key: true })?;
        self.writer.byte(b':');
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result {
        self.key(key)?;
        write(value, self.writer)
    }

    fn finish(self) -> Result {
        self.writer.byte(if self.is_object { b'}' } else { b']' });
        if self.is_variant {
            self.writer.byte(b'}');
        }
        Ok(())
    }
}

macro_rules! arrays {
    ($($kind:ident $method:ident;)*) => {$(
        impl ser::$kind for Items<'_, '_> {
            type Ok = ();
            type Error = SerializeError;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
                self.item(value)
            }

            fn end(self) -> Result {
                self.finish()
            }
        }
    )*};
}

arrays! {
    SerializeSeq serialize_element;
    SerializeTuple serialize_element;
    SerializeTupleStruct serialize_field;
    SerializeTupleVariant serialize_field;
}

macro_rules! structures {
    ($($kind:ident)*) => {$(
        impl ser::$kind for Items<'_, '_> {
            type Ok = ();
            type Error = SerializeError;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result {
                self.field(key, value)
            }

            fn end(self) -> Result {
                self.finish()
            }
        }
    )*};
}

structures! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Items<'_, '_> {
    type Ok = ();
    type Error = SerializeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result {
        write(value, self.writer)
    }

    fn end(self) -> Result {
        self.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::string::String;
    use std::vec::Vec;

    use serde::Serialize;

    use super::*;

    #[derive(Serialize)]
    enum Shape {
        Unit,
        Newtype(u8),
        Tuple(i8, char),
        Struct { a: Option<f32>, b: () },
    }

    #[derive(Serialize)]
    struct All<'a> {
        shapes: [Shape; 4],
        integers: (u8, i8, u16, i16, u32, i32, u64, i64),
        smallest: (i8, i16, i32, i64),
        floats: (f32, f64, f64, f64, f32),
        text: &'a str,
        chars: [char; 4],
        bytes: Bytes,
        none: Option<u8>,
        some: Option<bool>,
        nested: BTreeMap<i32, Vec<BTreeMap<char, u8>>>,
        flags: BTreeMap<bool, ()>,
        formatted: Formatted,
        empty: ([u8; 0], BTreeMap<u8, u8>),
    }

    struct Bytes;

    impl Serialize for Bytes {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
            serializer.serialize_bytes(b"\xff\x00\"")
        }
    }

    struct Formatted;

    impl Serialize for Formatted {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
            serializer.collect_str(&format_args!("{}\"{:?}", 7, "\n"))
        }
    }

    fn json<T: Serialize>(value: &T, room: usize) -> core::result::Result<String, SerializeError> {
        let mut out = std::vec![0; room];
        let mut writer = Writer::new(&mut out);
        write(value, &mut writer)?;
        writer.finish().map(String::from).map_err(|_| SerializeError::Full)
    }

    #[test]
    fn every_kind_of_value_is_written_as_serde_json_writes_it() {
        let all = All {
            shapes: [Shape::Unit, Shape::Newtype(1), Shape::Tuple(-2, '"'), Shape::Struct { a: Some(0.5), b: () }],
            integers: (u8::MAX, i8::MAX, u16::MAX, i16::MAX, u32::MAX, i32::MAX, u64::MAX, i64::MAX),
            smallest: (i8::MIN, i16::MIN, i32::MIN, i64::MIN),
            floats: (1.5, -2.25e-9, f64::NAN, 1e300, f32::INFINITY),
            text: "a\"\\\u{1}\u{e9}\u{1f600}",
            chars: ['a', '\n', '\u{e9}', '\u{1f600}'],
            bytes: Bytes,
            none: None,
            some: Some(true),
            nested: BTreeMap::from([(-1, Vec::from([BTreeMap::from([('x', 1), ('"', 2)])])), (7, Vec::new())]),
            flags: BTreeMap::from([(true, ())]),
            formatted: Formatted,
            empty: ([], BTreeMap::new()),
        };
        let written = json(&all, 2048).unwrap();
        let value: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(value, serde_json::to_value(&all).unwrap());
        for room in 0..written.len() {
            assert_eq!(json(&all, room), Err(SerializeError::Full), "{room}");
        }
        assert_eq!(json(&all, written.len()), Ok(written));
    }

    #[test]
    fn structs_without_names_are_written_as_serde_json_writes_them() {
        #[derive(serde::Serialize)]
        struct Unit;
        #[derive(serde::Serialize)]
        struct Newtype(u8);
        #[derive(serde::Serialize)]
        struct Pair(u8, char);

        let value = (Unit, Newtype(1), Pair(2, 'x'));
        assert_eq!(json(&value, 64), Ok(serde_json::to_string(&value).unwrap()));
    }

    #[test]
    fn messages_of_errors_name_the_cause() {
        use std::string::ToString;

        assert_eq!(SerializeError::Full.to_string(), "no room");
        assert_eq!(SerializeError::NotJson.to_string(), "not JSON");
    }

    #[test]
    fn keys_that_json_does_not_have_are_refused() {
        assert_eq!(json(&BTreeMap::from([((), 1)]), 64), Err(SerializeError::NotJson));
        assert_eq!(json(&BTreeMap::from([([1], 1)]), 64), Err(SerializeError::NotJson));
        assert_eq!(json(&BTreeMap::from([(Some(1), 1)]), 64), Ok(r#"{"1":1}"#.into()));
        assert_eq!(json(&1i128, 64), Err(SerializeError::NotJson));
    }

    #[test]
    fn a_value_that_never_ends_ends_with_the_buffer() {
        struct Endless;

        impl Serialize for Endless {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
                serializer.collect_seq(core::iter::repeat(1))
            }
        }

        assert_eq!(json(&Endless, 64), Err(SerializeError::Full));
    }
}
