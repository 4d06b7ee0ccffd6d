//! Which alarm belongs to which labelled event: one to one, and the best such pairing there is.
//!
//! Greedy pairing is not used: where one alarm overlaps two events and another only the first, it can lose a hit that is
//! there, and its result depends on the order of the lists.

/// Pairs rows with columns so that as many pairs as possible are made and, among such pairings, their weights add up to
/// the most. `weights[row][column]` is `None` where the two may not be paired, else 0 or more. Returns the column of each
/// row. Hungarian method with potentials (Kuhn 1955, Munkres 1957), rows * rows * columns steps.
pub fn best_pairs(weights: &[Vec<Option<u32>>]) -> Vec<Option<usize>> {
    let rows = weights.len();
    let real_columns = weights.first().map_or(0, Vec::len);
    if real_columns == 0 {
        return vec![None; rows];
    }
    // One more pair outweighs whatever the weights can add up to.
    let most: u64 = weights.iter().map(|r| r.iter().flatten().max().map_or(0, |w| u64::from(*w))).sum();
    let worth = |row: usize, column: usize| {
        let weight = weights[row].get(column).copied().flatten();
        weight.map_or(0, |w| most as i64 + 1 + i64::from(w))
    };
    // A row that is paired with nothing takes a column that may not be paired, at no worth.
    let columns = real_columns.max(rows);
    let row_of_column = cheapest_assignment(rows, columns, |row, column| -worth(row, column));
    let mut pairs = vec![None; rows];
    for (column, row) in row_of_column.into_iter().enumerate() {
        if let Some(row) = row.filter(|row| worth(*row, column) > 0) {
            pairs[row] = Some(column);
        }
    }
    pairs
}

/// The row of each column in the assignment of all rows (at most as many as columns) that costs least.
fn cheapest_assignment(
    rows: usize,
    columns: usize,
    cost: impl Fn(usize, usize) -> i64,
) -> Vec<Option<usize>> {
    // Index 0 of the columns is a place outside the matrix where each search begins; column c is at c + 1.
    let mut row_potential = vec![0_i64; rows];
    let mut column_potential = vec![0_i64; columns + 1];
    let mut row_of: Vec<Option<usize>> = vec![None; columns + 1];
    for new_row in 0..rows {
        row_of[0] = Some(new_row);
        let mut reached_from = vec![0_usize; columns + 1];
        let mut slack = vec![i64::MAX; columns + 1];
        let mut is_done = vec![false; columns + 1];
        let mut here = 0;
        while let Some(row) = row_of[here] {
            is_done[here] = true;
            let (mut nearest, mut step) = (0, i64::MAX);
            for next in (1..=columns).filter(|c| !is_done[*c]) {
                let reduced = cost(row, next - 1) - row_potential[row] - column_potential[next];
                if reduced < slack[next] {
                    (slack[next], reached_from[next]) = (reduced, here);
                }
                if slack[next] < step {
                    (step, nearest) = (slack[next], next);
                }
            }
            for column in 0..=columns {
                if !is_done[column] {
                    slack[column] = slack[column].saturating_sub(step);
                } else if let Some(row) = row_of[column] {
                    row_potential[row] += step;
                    column_potential[column] -= step;
                }
            }
            here = nearest;
        }
        while here != 0 {
            let before = reached_from[here];
            row_of[here] = row_of[before];
            here = before;
        }
    }
    row_of.split_off(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NO: Option<u32> = None;

    fn made(pairs: &[Option<usize>]) -> usize {
        pairs.iter().flatten().count()
    }

    fn weight(weights: &[Vec<Option<u32>>], pairs: &[Option<usize>]) -> u64 {
        weights.iter().zip(pairs).filter_map(|(row, c)| row[(*c)?]).map(u64::from).sum()
    }

    #[test]
    fn a_greedy_choice_would_lose_a_pair() {
        // Taking the heaviest first (row 0, column 0) leaves row 1 without.
        let weights = [vec![Some(9), Some(1)], vec![Some(8), NO]];
        assert_eq!(best_pairs(&weights), [Some(1), Some(0)]);
    }

    #[test]
    fn more_pairs_come_before_more_weight() {
        let weights = [vec![Some(1000), Some(1)], vec![Some(1), NO]];
        assert_eq!(best_pairs(&weights), [Some(1), Some(0)]);
    }

    #[test]
    fn of_equally_many_pairs_the_heaviest_are_taken() {
        let weights = [vec![Some(3), Some(5)], vec![Some(4), Some(1)]];
        assert_eq!(best_pairs(&weights), [Some(1), Some(0)]);
        assert_eq!(best_pairs(&[vec![Some(0), NO, Some(2)]]), [Some(2)]);
    }

    #[test]
    fn empty_sides_pair_nothing() {
        assert_eq!(best_pairs(&[]), []);
        assert_eq!(best_pairs(&[vec![], vec![]]), [None, None]);
        assert_eq!(best_pairs(&[vec![NO], vec![Some(0)], vec![NO]]), [None, Some(0), None]);
    }

    /// By trying everything: most pairs, then most weight.
    fn by_trying(weights: &[Vec<Option<u32>>], row: usize, used: u32) -> (usize, u64) {
        let Some(columns) = weights.get(row) else { return (0, 0) };
        let with = columns.iter().enumerate().filter_map(|(c, w)| {
            let w = (*w)?;
            (used >> c & 1 == 0).then(|| {
                let (pairs, sum) = by_trying(weights, row + 1, used | 1 << c);
                (pairs + 1, sum + u64::from(w))
            })
        });
        with.chain([by_trying(weights, row + 1, used)]).max().unwrap()
    }

    fn tables() -> impl Strategy<Value = Vec<Vec<Option<u32>>>> {
        (0usize..6, 0usize..6).prop_flat_map(|(rows, columns)| {
            let cell = prop_oneof![2 => Just(None), 3 => (0u32..20).prop_map(Some)];
            prop::collection::vec(prop::collection::vec(cell, columns), rows)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pairing_is_one_to_one_and_allowed(weights in tables()) {
            let pairs = best_pairs(&weights);
            prop_assert_eq!(pairs.len(), weights.len());
            let mut columns: Vec<usize> = pairs.iter().flatten().copied().collect();
            columns.sort_unstable();
            columns.dedup();
            prop_assert_eq!(columns.len(), made(&pairs), "no column twice");
            prop_assert!(made(&pairs) <= weights.len().min(weights.first().map_or(0, Vec::len)));
            prop_assert!(weights.iter().zip(&pairs).all(|(row, c)| c.is_none_or(|c| row[c].is_some())));
        }

        #[test]
        fn nothing_better_can_be_found(weights in tables()) {
            let pairs = best_pairs(&weights);
            prop_assert_eq!((made(&pairs), weight(&weights, &pairs)), by_trying(&weights, 0, 0));
        }

        #[test]
        fn the_order_of_the_lists_changes_nothing(
            (weights, shuffled) in tables().prop_flat_map(|w| (Just(w.clone()), Just(w).prop_shuffle())),
            by in 0usize..6,
        ) {
            let turned: Vec<Vec<_>> = shuffled.iter().map(|row| {
                let mut row = row.clone();
                let by = by % row.len().max(1);
                row.rotate_left(by);
                row
            }).collect();
            let (a, b) = (best_pairs(&weights), best_pairs(&turned));
            prop_assert_eq!((made(&a), weight(&weights, &a)), (made(&b), weight(&turned, &b)));
        }
    }
}
