//! The limit of a user's projects.

use super::Problem;

/// Checks that the number is from 0 to 2147483647, the largest integer of GitLab's database.
///
/// # Errors
/// `Negative`, or `Malformed` for a larger number.
pub fn projects_limit(number: i64) -> Result<u32, Problem> {
    match u32::try_from(number) {
        Err(_) if number < 0 => Err(Problem::Negative),
        Ok(limit) if i32::try_from(number).is_ok() => Ok(limit),
        _ => Err(Problem::Malformed("must be less than or equal to 2147483647")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_non_negative_32_bit_integers() {
        assert_eq!((projects_limit(0), projects_limit(2_147_483_647)), (Ok(0), Ok(2_147_483_647)));
        assert_eq!(projects_limit(-1), Err(Problem::Negative));
        for bad in [2_147_483_648, 4_294_967_296, i64::MAX] {
            assert!(projects_limit(bad).is_err(), "{bad}");
        }
    }
}
