//! JSON texts by the places of their values: what stands where, and where a text is no JSON.
//!
//! This is a port of the scanner and the parser of `jsonc-parser` 3.3.1, comments not allowed, and stumbles over the same at
//! the same places: `src/profile/library-parser.ts` gives the same results by that library, and a test holds the two against
//! each other.

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use rquickjs::{Ctx, Object, Result, TypedArray};

use super::text::Utf8;

/// An integer of so many digits is below 2^53, up to which JavaScript's numbers are exact.
const MOST_DIGITS: usize = 15;
/// Keys of an object are compared one by one up to this number of them.
const FEW_KEYS: usize = 16;
/// Numbers in [`Places::nodes`] for each node, and in [`Places::errors`] for each error.
const NODE: usize = 3;

/// `JsonPlaces` of `src/profile/json-places.ts`; offsets and lengths are UTF-16 units.
struct Places {
    /// For each value and each key, in the order of the text: where it begins, where it ends, and which node follows on it
    /// and all that is in it.
    nodes: Vec<u32>,
    /// The nodes that are numbers, but for integers that are short enough to be exact.
    numbers: Vec<u32>,
    /// The nodes that are keys, and stand in their object already.
    again: Vec<u32>,
    /// Kind, offset, length, and 1 more than the offset of the comma right before a closing bracket, or 0.
    errors: Vec<u32>,
    /// Where each line begins.
    lines: Vec<u32>,
    /// One more than the offset of the first bracket that nests too deep, or 0.
    too_deep: u32,
}

/// Finds the places in a text.
///
/// `deepest`: so deep may brackets be nested. `most_errors`: so many errors are listed; what follows on them is not read.
pub fn places<'js>(ctx: Ctx<'js>, text: Utf8<'js>, deepest: u32, most_errors: u32) -> Result<Object<'js>> {
    let bytes = text.as_bytes();
    let mut parser = Parser::new(Scanner::new(bytes, deepest), most_errors);
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

#[derive(Clone, Copy, PartialEq)]
enum Token {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Comma,
    Colon,
    Literal,
    Number,
    String,
    Comment,
    Trivia,
    Unknown,
    End,
}

/// What the parser stumbles over, by the numbers of jsonc-parser's ParseErrorCode.
#[derive(Clone, Copy)]
enum Stumble {
    InvalidSymbol = 1,
    PropertyNameExpected = 3,
    ValueExpected = 4,
    ColonExpected = 5,
    CommaExpected = 6,
    CloseBraceExpected = 7,
    CloseBracketExpected = 8,
    EndOfFileExpected = 9,
    InvalidCommentToken = 10,
    UnexpectedEndOfString = 12,
    UnexpectedEndOfNumber = 13,
    InvalidUnicode = 14,
    InvalidEscapeCharacter = 15,
    InvalidCharacter = 16,
}

struct Scanner<'a> {
    text: &'a [u8],
    /// The next byte.
    at: usize,
    /// By how much the bytes so far are more than the UTF-16 units.
    extra: isize,
    token: Token,
    /// Where the token begins, in bytes, and in units.
    start: usize,
    start_units: usize,
    /// What is wrong within the token.
    wrong: Option<Stumble>,
    deepest: u32,
    depth: i64,
    too_deep: Option<usize>,
    /// The comma that is the last token but for spaces and comments, in units; and that before the current closing bracket.
    comma: Option<usize>,
    trailing: Option<usize>,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a [u8], deepest: u32) -> Self {
        Scanner {
            text,
            at: 0,
            extra: 0,
            token: Token::Unknown,
            start: 0,
            start_units: 0,
            wrong: None,
            deepest,
            depth: 0,
            too_deep: None,
            comma: None,
            trailing: None,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn units(&self) -> usize {
        (self.at as isize - self.extra) as usize
    }

    /// Goes one byte on, in a place where there may be any character.
    fn bump(&mut self, byte: u8) {
        self.at += 1;
        // A character is one unit, and two where it has four bytes.
        if byte & 0xc0 == 0x80 {
            self.extra += 1;
        } else if byte >= 0xf0 {
            self.extra -= 1;
        }
    }

    fn scan(&mut self) -> Token {
        self.wrong = None;
        self.start = self.at.min(self.text.len());
        self.start_units = (self.start as isize - self.extra) as usize;
        self.trailing = None;
        let Some(first) = self.peek() else {
            self.token = Token::End;
            return Token::End;
        };
        self.token = self.scan_from(first);
        self.look_around(first);
        self.token
    }

    fn scan_from(&mut self, first: u8) -> Token {
        match first {
            b' ' | b'\t' | b'\n' | b'\r' => {
                while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
                    self.at += 1;
                }
                Token::Trivia
            }
            b'{' => self.single(Token::OpenBrace),
            b'}' => self.single(Token::CloseBrace),
            b'[' => self.single(Token::OpenBracket),
            b']' => self.single(Token::CloseBracket),
            b':' => self.single(Token::Colon),
            b',' => self.single(Token::Comma),
            b'"' => self.string(),
            b'/' => self.comment(),
            b'-' => {
                self.at += 1;
                if self.peek().is_some_and(|byte| byte.is_ascii_digit()) { self.number() } else { Token::Unknown }
            }
            b'0'..=b'9' => self.number(),
            _ => self.word(),
        }
    }

    fn single(&mut self, token: Token) -> Token {
        self.at += 1;
        token
    }

    fn string(&mut self) -> Token {
        self.at += 1;
        loop {
            let Some(byte) = self.peek() else {
                self.wrong = Some(Stumble::UnexpectedEndOfString);
                break;
            };
            match byte {
                b'"' => {
                    self.at += 1;
                    break;
                }
                b'\\' => {
                    self.at += 1;
                    let Some(escape) = self.peek() else {
                        self.wrong = Some(Stumble::UnexpectedEndOfString);
                        break;
                    };
                    self.bump(escape);
                    match escape {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            let digits = self.text[self.at..].iter().take(4);
                            let digits = digits.take_while(|byte| byte.is_ascii_hexdigit()).count();
                            self.at += digits;
                            if digits < 4 {
                                self.wrong = Some(Stumble::InvalidUnicode);
                            }
                        }
                        _ => self.wrong = Some(Stumble::InvalidEscapeCharacter),
                    }
                }
                b'\n' | b'\r' => {
                    self.wrong = Some(Stumble::UnexpectedEndOfString);
                    break;
                }
                0..=0x1f => {
                    self.wrong = Some(Stumble::InvalidCharacter);
                    self.at += 1;
                }
                _ => self.bump(byte),
            }
        }
        Token::String
    }

    fn comment(&mut self) -> Token {
        match self.text.get(self.at + 1) {
            Some(b'/') => {
                self.at += 2;
                while let Some(byte) = self.peek().filter(|byte| !matches!(byte, b'\n' | b'\r')) {
                    self.bump(byte);
                }
                Token::Comment
            }
            Some(b'*') => {
                self.at += 2;
                // The last character can only be the slash.
                let last = last_character(self.text);
                loop {
                    if self.at >= last {
                        // An end that is missing counts as one character more.
                        match self.peek() {
                            Some(_) => self.rest(),
                            None => self.at += 1,
                        }
                        break;
                    }
                    let byte = self.text[self.at];
                    let next = self.text.get(self.at + 1);
                    if byte == b'*' && next == Some(&b'/') {
                        self.at += 2;
                        break;
                    }
                    self.bump(byte);
                    if byte == b'\r' && next == Some(&b'\n') {
                        self.at += 1;
                    }
                }
                Token::Comment
            }
            _ => self.single(Token::Unknown),
        }
    }

    /// Goes to the end.
    fn rest(&mut self) {
        while let Some(byte) = self.peek() {
            self.bump(byte);
        }
    }

    fn number(&mut self) -> Token {
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits();
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                self.wrong = Some(Stumble::UnexpectedEndOfNumber);
                return Token::Number;
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                self.wrong = Some(Stumble::UnexpectedEndOfNumber);
            }
        }
        Token::Number
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    fn word(&mut self) -> Token {
        while let Some(byte) = self.peek() {
            if matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'{' | b'}' | b'[' | b']' | b'"' | b':' | b',' | b'/') {
                break;
            }
            self.bump(byte);
        }
        match &self.text[self.start..self.at] {
            b"true" | b"false" | b"null" => Token::Literal,
            _ => Token::Unknown,
        }
    }

    /// Keeps count of brackets and of commas before them.
    fn look_around(&mut self, first: u8) {
        match first {
            b'{' | b'[' => {
                self.depth += 1;
                if self.depth > i64::from(self.deepest) && self.too_deep.is_none() {
                    self.too_deep = Some(self.start_units);
                }
                self.comma = None;
            }
            b'}' | b']' => {
                self.depth -= 1;
                self.trailing = self.comma.take();
            }
            b',' => self.comma = Some(self.start_units),
            b' ' | b'\t' | b'\r' | b'\n' | b'/' => {}
            _ => self.comma = None,
        }
    }
}

/// Where the last UTF-16 unit of a text begins, in bytes; one of two counts with the other.
fn last_character(text: &[u8]) -> usize {
    text.iter().rposition(|byte| byte & 0xc0 != 0x80).unwrap_or(0)
}

/// An object or an array that is not closed yet.
struct Open {
    is_object: bool,
    needs_comma: bool,
    node: usize,
    /// Where its keys begin in the list of all.
    keys: usize,
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    most_errors: u32,
    open: Vec<Open>,
    /// The keys of the objects that are open: node, and the bytes between the quotes.
    keys: Vec<(u32, &'a [u8])>,
    nodes: Vec<u32>,
    numbers: Vec<u32>,
    again: Vec<u32>,
    errors: Vec<u32>,
    /// Whether there were more errors than are listed: nothing is read any more.
    stopped: bool,
}

impl<'a> Parser<'a> {
    fn new(scanner: Scanner<'a>, most_errors: u32) -> Self {
        Parser {
            scanner,
            most_errors,
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
        // However much is wrong, brackets are counted to the end.
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
        if self.errors.len() / 4 >= self.most_errors as usize {
            self.stopped = true;
            return;
        }
        let scanner = &self.scanner;
        let (offset, length) = (scanner.start_units, scanner.units() - scanner.start_units);
        let comma = scanner.trailing.map_or(0, |at| at as u32 + 1);
        self.errors.extend([over as u32, offset as u32, length as u32, comma]);
    }

    /// Passes over what stands before that closing bracket or a comma.
    fn stumble_until(&mut self, over: Stumble, closing: Token) {
        self.stumble(over);
        while !matches!(self.token(), Token::End | Token::Comma) && self.token() != closing {
            self.next();
        }
    }

    /// Begins a value: false where none stands there. One with brackets is open then.
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

    /// Adds the token as a node, and says where in the list.
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

    /// Ends what is open last.
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

/// Lists the keys that stand in their object already.
fn find_again(keys: &[(u32, &[u8])], into: &mut Vec<u32>) {
    if keys.len() <= FEW_KEYS && !keys.iter().any(|(_, key)| key.contains(&b'\\')) {
        for (i, (node, key)) in keys.iter().enumerate() {
            if keys[..i].iter().any(|(_, other)| other == key) {
                into.push(*node);
            }
        }
        return;
    }
    let mut known = BTreeSet::new();
    into.extend(keys.iter().filter(|(_, key)| !known.insert(unescaped(key))).map(|(node, _)| *node));
}

/// A string without escapes, in UTF-8, but for surrogates: each is three bytes, whether it has a partner or not.
fn unescaped(string: &[u8]) -> Cow<'_, [u8]> {
    if !string.contains(&b'\\') {
        return Cow::Borrowed(string);
    }
    let mut plain: Vec<u8> = Vec::with_capacity(string.len());
    let mut rest = string;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        let Some((&escape, after)) = rest.split_first() else { break };
        rest = after;
        match escape {
            b'b' => plain.push(8),
            b'f' => plain.push(12),
            b'n' => plain.push(b'\n'),
            b'r' => plain.push(b'\r'),
            b't' => plain.push(b'\t'),
            b'u' => {
                let length = rest.len().min(4);
                let digits = rest[..length].iter().filter_map(|digit| char::from(*digit).to_digit(16));
                rest = &rest[length..];
                push_unit(&mut plain, digits.fold(0, |unit, digit| unit * 16 + digit));
            }
            other => plain.push(other),
        }
    }
    Cow::Owned(plain)
}

/// Adds a UTF-16 unit. The second half of a pair makes one character of the two, as in a string without escapes.
fn push_unit(plain: &mut Vec<u8>, unit: u32) {
    let character = if (0xdc00..0xe000).contains(&unit) {
        let first = plain.len().checked_sub(3).and_then(|at| match plain[at..] {
            [0xed, second, third] if second >= 0xa0 && second < 0xb0 => {
                Some(u32::from(second & 0x3f) << 6 | u32::from(third & 0x3f) | 0xd000)
            }
            _ => None,
        });
        match first {
            Some(first) => {
                plain.truncate(plain.len() - 3);
                0x10000 + ((first - 0xd800) << 10) + (unit - 0xdc00)
            }
            None => unit,
        }
    } else {
        unit
    };
    let six = |shift: u32| 0x80 | (character >> shift & 0x3f) as u8;
    match character {
        0..0x80 => plain.push(character as u8),
        0x80..0x800 => plain.extend([0xc0 | (character >> 6) as u8, six(0)]),
        0x800..0x10000 => plain.extend([0xe0 | (character >> 12) as u8, six(6), six(0)]),
        _ => plain.extend([0xf0 | (character >> 18) as u8, six(12), six(6), six(0)]),
    }
}

fn is_short_integer(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    // Minus zero is not written as an integer.
    number != b"-0" && digits.len() <= MOST_DIGITS && digits.iter().all(u8::is_ascii_digit)
}

/// Where each line begins, in UTF-16 units.
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
