//! How many projects a user may make.

use super::Problem;

/// From 0 to the largest integer of GitLab's database.
///
/// # Errors
/// `Negative`, or `Malformed` for more than that.
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
    fn keeps_to_a_positive_integer_of_32_bits() {
        assert_eq!((projects_limit(0), projects_limit(2_147_483_647)), (Ok(0), Ok(2_147_483_647)));
        assert_eq!(projects_limit(-1), Err(Problem::Negative));
        for bad in [2_147_483_648, 4_294_967_296, i64::MAX] {
            assert!(projects_limit(bad).is_err(), "{bad}");
        }
    }
}
