//! The tokens of a JSON text, each with its error: a port of the scanner of `jsonc-parser` 3.3.1.

#[derive(Clone, Copy, PartialEq)]
pub enum Token {
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

/// The errors of the parser, with the numbers of jsonc-parser's ParseErrorCode.
#[derive(Clone, Copy)]
pub enum Stumble {
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

pub struct Scanner<'a> {
    pub text: &'a [u8],
    /// The index of the next byte.
    pub at: usize,
    /// The number of bytes so far less the number of UTF-16 units.
    extra: isize,
    pub token: Token,
    /// The start of the token, in bytes, and in units.
    pub start: usize,
    pub start_units: usize,
    /// The error within the token.
    pub wrong: Option<Stumble>,
    max_depth: u32,
    depth: i64,
    pub too_deep: Option<usize>,
    /// The comma that is the last token except spaces and comments, in units; and the one before the current closing bracket.
    comma: Option<usize>,
    pub trailing: Option<usize>,
}

impl<'a> Scanner<'a> {
    pub fn new(text: &'a [u8], max_depth: u32) -> Self {
        Scanner {
            text,
            at: 0,
            extra: 0,
            token: Token::Unknown,
            start: 0,
            start_units: 0,
            wrong: None,
            max_depth,
            depth: 0,
            too_deep: None,
            comma: None,
            trailing: None,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub fn units(&self) -> usize {
        (self.at as isize - self.extra) as usize
    }

    /// Advances by one byte that may be part of any character.
    fn bump(&mut self, byte: u8) {
        self.at += 1;
        // A character is one unit, or two if it has four bytes.
        if byte & 0xc0 == 0x80 {
            self.extra += 1;
        } else if byte >= 0xf0 {
            self.extra -= 1;
        }
    }

    pub fn scan(&mut self) -> Token {
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
                        // A missing end counts as one more character.
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

    /// Advances to the end.
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

    /// Tracks brackets, and commas before them.
    fn look_around(&mut self, first: u8) {
        match first {
            b'{' | b'[' => {
                self.depth += 1;
                if self.depth > i64::from(self.max_depth) && self.too_deep.is_none() {
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

/// The start of the last UTF-16 unit of a text, in bytes; the second of a pair counts as the whole character.
fn last_character(text: &[u8]) -> usize {
    text.iter().rposition(|byte| byte & 0xc0 != 0x80).unwrap_or(0)
}
