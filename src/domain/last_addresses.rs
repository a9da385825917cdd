//! The addresses that a token was last used from.

use std::fmt;
use std::net::IpAddr;

/// GitLab's `doc/api/personal_access_tokens.md`: "the five most recent unique IP addresses".
const MOST: usize = 5;

/// The most recent distinct addresses, the last one at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastAddresses(Vec<IpAddr>);

impl LastAddresses {
    /// Reads what [`fmt::Display`] writes. What is no address is left out.
    pub fn stored(text: &str) -> Self {
        let mut read = Self::default();
        text.split(' ').filter_map(|address| address.parse().ok()).for_each(|address| read.push(address));
        read
    }

    /// Adds the address of a use. The oldest one goes when there are too many.
    pub fn push(&mut self, address: IpAddr) {
        if self.0.last() == Some(&address) {
            return;
        }
        self.0.retain(|known| *known != address);
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push(address);
    }

    /// These addresses, then later ones.
    #[must_use]
    pub fn followed_by(mut self, later: &Self) -> Self {
        later.0.iter().for_each(|address| self.push(*address));
        self
    }

    pub fn iter(&self) -> impl Iterator<Item = &IpAddr> {
        self.0.iter()
    }
}

/// The addresses with spaces between them.
impl fmt::Display for LastAddresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, address) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(f, "{space}{address}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_five_most_recent_addresses_stay_each_once() {
        let later = LastAddresses::stored("10.0.0.2 ::1 10.0.0.6 10.0.0.7");
        let all = LastAddresses::stored("10.0.0.1 10.0.0.2 10.0.0.3 nonsense").followed_by(&later);
        assert_eq!(all.to_string(), "10.0.0.3 10.0.0.2 ::1 10.0.0.6 10.0.0.7");
        assert_eq!(LastAddresses::stored(&all.to_string()), all);
        assert_eq!(LastAddresses::stored("").to_string(), "");
    }
}
