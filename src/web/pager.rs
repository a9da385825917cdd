//! Pages of a list that is too long for one.

use super::field;
use crate::http::Request;

/// The position in a list, from the query `page`.
pub struct Pager {
    /// From 1.
    pub page: u64,
    pub pages: u64,
}

impl Pager {
    /// The rows of a page: few enough for 30 KiB of HTML.
    pub const ROWS: u64 = 20;

    /// A page that does not exist is the nearest one that does.
    pub fn of(request: &Request, rows: u64) -> Self {
        let pages = rows.div_ceil(Self::ROWS).max(1);
        let page = field(request.query(), "page").and_then(|text| text.parse().ok()).unwrap_or(1);
        Self { page: page.clamp(1, pages), pages }
    }

    /// The rows of this page of a list that is in memory.
    pub fn slice<'a, T>(&self, rows: &'a [T]) -> &'a [T] {
        let start = (self.offset() as usize).min(rows.len());
        &rows[start..rows.len().min(start + Self::ROWS as usize)]
    }

    pub fn offset(&self) -> u64 {
        (self.page - 1) * Self::ROWS
    }
}
