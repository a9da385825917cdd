//! A copy of a request and its answer in two pieces of memory. The request itself would keep its connection's buffers, and
//! 7 KiB for each of ten thousand entries.

use super::super::subject::Token;
use crate::http::RequestContext;
use bytes::Bytes;
use hyper::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use std::str;
use std::time::Duration;

/// What ends a name and a value: neither contains it.
const END: u8 = 0;

/// What is recorded of a request.
pub struct RecordedRequest {
    pub method: Method,
    /// `operation`, `user`, path, query, body and headers, one after another.
    text: Box<[u8]>,
    /// Where each of them ends, but the headers.
    ends: [u32; 5],
    /// The length of a body of which nothing else is known.
    pub body_bytes: Option<usize>,
    pub dialect: Option<&'static str>,
    pub token: Option<Token>,
    /// The fields of the query and the body that the handler has not read.
    pub ignored: Vec<String>,
    pub at: Timestamp,
    pub took: Duration,
    pub fault: Option<u64>,
    pub answer: Option<RecordedAnswer>,
}

/// What is recorded of an answer.
pub struct RecordedAnswer {
    pub status: StatusCode,
    headers: Box<[u8]>,
    /// If it is JSON, and not too long.
    pub json: Option<Bytes>,
    /// If it is known, and not 0.
    pub length: Option<u64>,
}

/// The texts of a request.
pub struct Texts<'a> {
    pub operation: Option<&'a str>,
    pub user: Option<&'a str>,
    pub path: &'a str,
    pub query: &'a str,
    /// As JSON, if its fields are known.
    pub body: &'a [u8],
    headers: &'a [u8],
}

impl RecordedAnswer {
    pub fn new(status: StatusCode, headers: &HeaderMap, json: Option<Bytes>, length: Option<u64>) -> Self {
        let mut block = Vec::with_capacity(headers_len(headers));
        write_headers(&mut block, headers);
        Self { status, headers: block.into(), json, length }
    }

    pub fn headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        read_headers(&self.headers)
    }
}

impl RecordedRequest {
    /// Copies what is known of a request at this moment. The caller fills in the other fields.
    pub fn new(request: &RequestContext, operation: Option<&str>, at: Timestamp) -> Self {
        let observed = request.observe().body();
        let body = observed.and_then(|body| serde_json::to_vec(body.fields.as_ref()?).ok()).unwrap_or_default();
        let pieces: [&[u8]; 5] = [
            operation.unwrap_or_default().as_bytes(),
            request.user().unwrap_or_default().as_bytes(),
            request.path().as_bytes(),
            request.raw_query().as_bytes(),
            &body,
        ];
        let length = pieces.iter().map(|piece| piece.len()).sum::<usize>() + headers_len(&request.headers);
        let (mut text, mut ends) = (Vec::with_capacity(length), [0; 5]);
        for (piece, end) in pieces.into_iter().zip(&mut ends) {
            text.extend_from_slice(piece);
            *end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        }
        write_headers(&mut text, &request.headers);
        Self {
            method: request.method.clone(),
            text: text.into(),
            ends,
            body_bytes: observed.filter(|_| body.is_empty()).map(|body| body.length),
            dialect: None,
            token: None,
            ignored: Vec::new(),
            at,
            took: Duration::ZERO,
            fault: None,
            answer: None,
        }
    }

    pub fn texts(&self) -> Texts<'_> {
        let piece = |index: usize| {
            let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
            &self.text[start..self.ends[index] as usize]
        };
        let text = |index| str::from_utf8(piece(index)).unwrap_or_default();
        let known = |text: &'_ str| !text.is_empty();
        Texts {
            operation: Some(text(0)).filter(|text| known(text)),
            user: Some(text(1)).filter(|text| known(text)),
            path: text(2),
            query: text(3),
            body: piece(4),
            headers: &self.text[self.ends[4] as usize..],
        }
    }

    /// The memory that it takes, in bytes.
    pub fn size(&self) -> usize {
        let answer = self.answer.as_ref();
        let answer = answer.map_or(0, |answer| answer.headers.len() + answer.json.as_ref().map_or(0, Bytes::len));
        let ignored: usize = self.ignored.iter().map(|name| size_of::<String>() + name.len()).sum();
        size_of::<Self>() + self.text.len() + answer + ignored
    }
}

impl<'a> Texts<'a> {
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a [u8])> {
        read_headers(self.headers)
    }
}

fn headers_len(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 2).sum()
}

fn write_headers(block: &mut Vec<u8>, headers: &HeaderMap) {
    for (name, value) in headers {
        block.extend_from_slice(name.as_str().as_bytes());
        block.push(END);
        block.extend_from_slice(value.as_bytes());
        block.push(END);
    }
}

fn read_headers(block: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    let mut pieces = block.split(|byte| *byte == END);
    std::iter::from_fn(move || {
        let name = pieces.next().filter(|name| !name.is_empty())?;
        Some((str::from_utf8(name).unwrap_or_default(), pieces.next()?))
    })
}
