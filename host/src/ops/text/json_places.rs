//! The positions of the values and of the errors in a JSON text.
//!
//! A port of the parser of `jsonc-parser` 3.3.1, comments not allowed, with the same errors at the same positions:
//! `src/profile/library-parser.ts` gives the same results with that library, and a test compares the two.

use alloc::vec::Vec;

use rquickjs::{Ctx, Object, Result, TypedArray};

use super::json_keys::find_again;
use super::json_scanner::{Scanner, Stumble, Token};
use crate::strings::Utf8;

/// An integer with this number of digits is below 2^53, up to which JavaScript's numbers are exact.
const MAX_DIGITS: usize = 15;
/// Numbers per node in [`Places::nodes`], and per error less one in [`Places::errors`].
const NODE: usize = 3;

/// `JsonPlaces` of `src/profile/json-places.ts`; offsets and lengths are UTF-16 units.
struct Places {
    /// For each value and each key, in the order of the text: its start, its end, and the index of the node after it and all its
    /// descendants.
    nodes: Vec<u32>,
    /// The nodes that are numbers, except integers short enough to be exact.
    numbers: Vec<u32>,
    /// The nodes that are keys and occurred before in their object.
    again: Vec<u32>,
    /// Kind, offset, length, and 1 more than the offset of the comma right before a closing bracket, or 0.
    errors: Vec<u32>,
    /// The start of each line.
    lines: Vec<u32>,
    /// One more than the offset of the first bracket that is nested too deeply, or 0.
    too_deep: u32,
}

/// Finds the places in a text.
///
/// `max_depth`: maximum nesting of brackets. `max_errors`: maximum number of errors; the text after that many is not read.
pub fn places<'js>(ctx: Ctx<'js>, text: Utf8<'js>, max_depth: u32, max_errors: u32) -> Result<Object<'js>> {
    let bytes = text.as_bytes();
    let mut parser = Parser::new(Scanner::new(bytes, max_depth), max_errors);
    parser.parse();
    let found = parser.finish();
    let object = Object::new(ctx.clone())?;
    object.set("nodes", TypedArray::new(ctx.clone(), found.nodes)?)?;
    object.set("numbers", TypedArray::new(ctx.clone(), found.numbers)?)?;
    object.set("again", TypedArray::new(ctx.clone(), found.again)?)?;
    object.set("errors", TypedArray::new(ctx.clone(), found.errors)?)?;
    object.set("lines", TypedArray::new(ctx, found.lines)?)?;
    object.set("tooDeep", f64::from(found.too_deep) - 1.0)?;
    Ok(object)
}

/// An object or an array that is not closed yet.
struct Open {
    is_object: bool,
    needs_comma: bool,
    node: usize,
    /// The index of its first key in the list of keys.
    keys: usize,
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    max_errors: u32,
    open: Vec<Open>,
    /// The keys of the open objects: node, and the bytes between the quotes.
    keys: Vec<(u32, &'a [u8])>,
    nodes: Vec<u32>,
    numbers: Vec<u32>,
    again: Vec<u32>,
    errors: Vec<u32>,
    /// Whether there were more errors than are listed, so that nothing more is read.
    stopped: bool,
}

impl<'a> Parser<'a> {
    fn new(scanner: Scanner<'a>, max_errors: u32) -> Self {
        Parser {
            scanner,
            max_errors,
            open: Vec::new(),
            keys: Vec::new(),
            nodes: Vec::new(),
            numbers: Vec::new(),
            again: Vec::new(),
            errors: Vec::new(),
            stopped: false,
        }
    }

    fn finish(mut self) -> Places {
        // Brackets are counted to the end despite the errors.
        while self.scanner.too_deep.is_none() && self.scanner.scan() != Token::End {}
        if self.stopped {
            self.nodes.clear();
            self.numbers.clear();
            self.again.clear();
        }
        self.again.sort_unstable();
        Places {
            nodes: self.nodes,
            numbers: self.numbers,
            again: self.again,
            errors: self.errors,
            lines: lines(self.scanner.text),
            too_deep: self.scanner.too_deep.map_or(0, |at| at as u32 + 1),
        }
    }

    fn parse(&mut self) {
        self.next();
        if self.token() == Token::End || !self.value() {
            self.stumble(Stumble::ValueExpected);
            return;
        }
        while let Some(open) = self.open.last() {
            let (is_object, needs_comma) = (open.is_object, open.needs_comma);
            let closing = if is_object { Token::CloseBrace } else { Token::CloseBracket };
            if self.token() == closing || self.token() == Token::End {
                self.close(closing);
                continue;
            }
            if self.token() == Token::Comma {
                if !needs_comma {
                    self.stumble(Stumble::ValueExpected);
                }
                self.next();
            } else if needs_comma {
                self.stumble(Stumble::CommaExpected);
            }
            if let Some(open) = self.open.last_mut() {
                open.needs_comma = true;
            }
            if is_object {
                self.member();
            } else if !self.value() {
                self.stumble_until(Stumble::ValueExpected, Token::CloseBracket);
            }
        }
        if self.token() != Token::End {
            self.stumble(Stumble::EndOfFileExpected);
        }
    }

    fn token(&self) -> Token {
        if self.stopped { Token::End } else { self.scanner.token }
    }

    fn next(&mut self) -> Token {
        while !self.stopped && self.scanner.too_deep.is_none() {
            let token = self.scanner.scan();
            if let Some(wrong) = self.scanner.wrong {
                self.stumble(wrong);
            }
            match token {
                Token::Comment => self.stumble(Stumble::InvalidCommentToken),
                Token::Unknown => self.stumble(Stumble::InvalidSymbol),
                Token::Trivia => {}
                _ => return self.token(),
            }
        }
        self.stopped = true;
        Token::End
    }

    fn stumble(&mut self, over: Stumble) {
        if self.stopped {
            return;
        }
        if self.errors.len() / 4 >= self.max_errors as usize {
            self.stopped = true;
            return;
        }
        let scanner = &self.scanner;
        let (offset, length) = (scanner.start_units, scanner.units() - scanner.start_units);
        let comma = scanner.trailing.map_or(0, |at| at as u32 + 1);
        self.errors.extend([over as u32, offset as u32, length as u32, comma]);
    }

    /// Skips to that closing bracket or a comma.
    fn stumble_until(&mut self, over: Stumble, closing: Token) {
        self.stumble(over);
        while !matches!(self.token(), Token::End | Token::Comma) && self.token() != closing {
            self.next();
        }
    }

    /// Begins a value: false if there is none. A value with brackets is then open.
    fn value(&mut self) -> bool {
        match self.token() {
            token @ (Token::OpenBrace | Token::OpenBracket) => {
                let node = self.node();
                let is_object = token == Token::OpenBrace;
                self.open.push(Open { is_object, needs_comma: false, node, keys: self.keys.len() });
            }
            Token::Number => {
                let written = &self.scanner.text[self.scanner.start..self.scanner.at];
                if !is_short_integer(written) {
                    self.numbers.push((self.nodes.len() / NODE) as u32);
                }
                self.node();
            }
            Token::String | Token::Literal => {
                self.node();
            }
            _ => return false,
        }
        self.next();
        true
    }

    /// Adds the token as a node, and returns its index.
    fn node(&mut self) -> usize {
        let at = self.nodes.len();
        let Scanner { start_units, .. } = self.scanner;
        self.nodes.extend([start_units as u32, self.scanner.units() as u32, (at / NODE) as u32 + 1]);
        at
    }

    fn member(&mut self) {
        if self.token() != Token::String {
            self.stumble_until(Stumble::PropertyNameExpected, Token::CloseBrace);
            self.stumble_until(Stumble::ValueExpected, Token::CloseBrace);
            return;
        }
        let key = self.scanner.text.get(self.scanner.start + 1..self.scanner.at - 1).unwrap_or_default();
        let node = self.node();
        self.keys.push(((node / NODE) as u32, key));
        if self.next() != Token::Colon {
            self.stumble_until(Stumble::ColonExpected, Token::CloseBrace);
            return;
        }
        self.next();
        if !self.value() {
            self.stumble_until(Stumble::ValueExpected, Token::CloseBrace);
        }
    }

    /// Closes the innermost open value.
    fn close(&mut self, closing: Token) {
        let Some(open) = self.open.pop() else { return };
        find_again(&self.keys[open.keys..], &mut self.again);
        self.keys.truncate(open.keys);
        self.nodes[open.node + 1] = self.scanner.units() as u32;
        self.nodes[open.node + 2] = (self.nodes.len() / NODE) as u32;
        if self.token() == closing {
            self.next();
            return;
        }
        let missing = if open.is_object { Stumble::CloseBraceExpected } else { Stumble::CloseBracketExpected };
        self.stumble(missing);
    }
}

fn is_short_integer(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    // -0 is read as minus zero, not as the integer 0.
    number != b"-0" && digits.len() <= MAX_DIGITS && digits.iter().all(u8::is_ascii_digit)
}

/// The start of each line, in UTF-16 units.
fn lines(text: &[u8]) -> Vec<u32> {
    let mut starts = Vec::from([0]);
    let mut units = 0;
    for byte in text {
        units += u32::from(byte & 0xc0 != 0x80) + u32::from(*byte >= 0xf0);
        if *byte == b'\n' {
            starts.push(units);
        }
    }
    starts
}
