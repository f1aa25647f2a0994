#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "kernels/mlp/selection.hpp"
#include "kernels/mlp/task.hpp"

// The k-th smallest product of two lists on the CPU. The GPU's form (kth_smallest_product) searches each row by halves;
// here a table of the columns says where nearly each search ends, and tells without any search about how many products
// are not above a number. By such counts a number near the result is found, from where products are looked through.
#ifndef __CUDACC__
namespace syncache::inline SYNCACHE_ISA {

// A row's products in order: how many are not above a limit, the last of them, and the one after it.
template <class Number>
struct Edges {
    std::int32_t* n;   // [row]
    Number* previous;  // [row]; 0 where there is none
    Number* next;      // [row]; infinity, or NaN where the row is 0, if there is none
};

// Sizes in order, with a table of where those begin that are in each of 256 parts of their range.
template <class Number>
class BinnedSizes {
  public:
    // room: for n and LayerCompetition::n_around_sorted more; others and bins: for n.
    BinnedSizes(const Number* numbers, int n, Number* room, Number* others, std::int32_t* bins)
        : sorted_(room + 1), n_(n) {
        OrderOf<Number> largest = 0;
        for (int i = 0; i < n; ++i) {
            others[i] = size_of(numbers[i]);
            largest = std::max(largest, order_of(others[i]));
        }
        // Of many sizes most are often equal, such as those of an image's background, of which the middle of its edge
        // is a part. They need no sorting.
        const Number common = others[n / 2];
        const int n_others = n > n_bins ? leave_out(common, others, n) : n;
        // Bytes divided by the greatest of them are each at the begin of their bin.
        scale_ = largest > 0 ? Number(n_bins - 1 + 0.001) / std::bit_cast<Number>(largest) : Number{};
        Number* const sorted = room + 1;
        sort_by_bins(others, n_others, common, bins, sorted);
        sorted[-1] = Number{};
        sorted[n] = std::numeric_limits<Number>::infinity();
        sort_within_bins(sorted);
    }

    Number scale() const { return scale_; }
    Number operator[](int i) const { return sorted_[i]; }

    // In which bins the limit lies, of each row. place: scale() / row.
    void find_bins(const Number* place, int n_rows, Number limit, std::int32_t* bins) const {
        for (int r = 0; r < n_rows; ++r) {
            bins[r] = bin_of(limit * place[r]);
        }
    }

    // About how many products are not above the limit: all that are not in a higher bin.
    int about_n_not_above(const std::int32_t* bins, int n_rows) const {
        int n = 0;
        for (int r = 0; r < n_rows; ++r) {
            n += end_of(bins[r]);
        }
        return n;
    }

    // Just that, and where they end. Most often that is with the bin or before the bin's last size.
    int n_not_above(const Number* rows, const std::int32_t* bins, int n_rows, Number limit,
                    const Edges<Number>& edges) const {
        int n = 0, n_wrong = 0;
        for (int r = 0; r < n_rows; ++r) {
            const Number row = size_of(rows[r]);
            const std::int32_t end = end_of(bins[r]);
            const std::int32_t n_of_row = end - static_cast<std::int32_t>(row * sorted_[end - 1] > limit);
            const Number previous = row * sorted_[n_of_row - 1], next = row * sorted_[n_of_row];
            edges.n[r] = n_of_row;
            edges.previous[r] = previous;
            edges.next[r] = next;
            n += n_of_row;
            n_wrong += n_misplaced(previous, next, limit);
        }
        return n_wrong == 0 ? n : n + correct(rows, bins, n_rows, limit, edges);
    }

    // Where the sizes that are equal to that at i begin or end, or a place within them.
    int begin_of_equal(int i) const {
        const int begin = start_[static_cast<std::size_t>(bin_of(sorted_[i] * scale_))];
        return sorted_[begin] == sorted_[i] ? begin : i;
    }
    int end_of_equal(int i) const {
        const int end = end_of(bin_of(sorted_[i] * scale_));
        return sorted_[end - 1] == sorted_[i] ? end : i + 1;
    }

  private:
    static constexpr int n_bins = 256;
    // What is no number, or too large, is in the last one.
    static int bin_of(Number place) {
        constexpr Number last = n_bins - 1;
        return static_cast<int>(place < last ? place : last);
    }
    int end_of(int bin) const { return start_[static_cast<std::size_t>(bin) + 1]; }
    // Without branches: a 1 for each of the two that is on the wrong side.
    static int n_misplaced(Number previous, Number next, Number limit) {
        return static_cast<int>(!(previous <= limit)) + static_cast<int>(next <= limit);
    }

    // How many numbers are left.
    static int leave_out(Number left_out, Number* numbers, int n) {
        int n_left = 0;
        for (int i = 0; i < n; ++i) {
            const Number number = numbers[i];
            numbers[n_left] = number;
            n_left += number != left_out ? 1 : 0;
        }
        return n_left;
    }

    // All that are not among the others are the common one.
    void sort_by_bins(const Number* others, int n_others, Number common, std::int32_t* bins, Number* sorted) {
        for (int i = 0; i < n_others; ++i) {
            bins[i] = bin_of(others[i] * scale_);
        }
        const auto bin_of_common = static_cast<std::size_t>(bin_of(common * scale_));
        start_[bin_of_common + 2] = n_ - n_others;
        for (int i = 0; i < n_others; ++i) {
            ++start_[static_cast<std::size_t>(bins[i]) + 2];
        }
        for (std::size_t bin = 2; bin < start_.size(); ++bin) {
            start_[bin] += start_[bin - 1];
        }
        // start_[bin + 1] moves from the bin's begin to its end.
        std::fill_n(sorted + start_[bin_of_common + 1], n_ - n_others, common);
        start_[bin_of_common + 1] += n_ - n_others;
        for (int i = 0; i < n_others; ++i) {
            const Number size = others[i];  // a NaN has no order; what it is multiplied to, neither
            sorted[start_[static_cast<std::size_t>(bins[i]) + 1]++] =
                size == size ? size : std::numeric_limits<Number>::infinity();
        }
    }

    void sort_within_bins(Number* sorted) const {
        for (int i = 1; i < n_; ++i) {
            if (sorted[i - 1] > sorted[i]) {
                const int bin = bin_of(sorted[i] * scale_), end = end_of(bin);
                sort_around_middle(sorted + start_[static_cast<std::size_t>(bin)], sorted + end);
                i = end;
            }
        }
    }

    // Of many sizes in one bin most are equal.
    static void sort_around_middle(Number* begin, Number* end) {
        const Number pivot = begin[(end - begin) / 2];
        Number* const equal = std::partition(begin, end, [=](Number size) { return size < pivot; });
        Number* const above = std::partition(equal, end, [=](Number size) { return size == pivot; });
        std::sort(begin, equal);
        std::sort(above, end);
    }

    // Searches the rows whose products end elsewhere. By how much the count changes.
    int correct(const Number* rows, const std::int32_t* bins, int n_rows, Number limit,
                const Edges<Number>& edges) const {
        int change = 0;
        for (int r = 0; r < n_rows; ++r) {
            if (n_misplaced(edges.previous[r], edges.next[r], limit) > 0) {
                const Number row = size_of(rows[r]);
                const std::int32_t n = search(row, bins[r], limit);
                change += n - edges.n[r];
                edges.n[r] = n;
                edges.previous[r] = row * sorted_[n - 1];
                edges.next[r] = row * sorted_[n];
            }
        }
        return change;
    }

    int search(Number row, int bin, Number limit) const {
        int low = start_[static_cast<std::size_t>(bin)];
        for (int high = end_of(bin); low < high;) {
            const int middle = low + (high - low) / 2;
            const bool above = row * sorted_[middle] > limit;
            high = above ? middle : high;
            low = above ? low : middle + 1;
        }
        while (low < n_ && row * sorted_[low] <= limit) {  // the quotient was rounded
            ++low;
        }
        while (low > 0 && row * sorted_[low - 1] > limit) {
            --low;
        }
        return low;
    }

    const Number* sorted_;
    int n_;
    Number scale_;
    std::array<std::int32_t, n_bins + 2> start_{};
};

// The way to where about `rank` of n numbers are not above it, by straight lines through the last two counts.
template <class Number>
class Approach {
  public:
    // place: > 0, where to count first.
    Approach(Number n, Number rank, Number place) : n_(n), rank_(rank), place_(place), density_(n / 4) {}

    Number place() const { return place_; }
    // About how many numbers are between the place and (1 + w) * the place, divided by w.
    Number density() const { return density_; }

    // n_here: how many are not above the place. Whether that is near enough; otherwise the place is moved.
    bool learn(Number n_here) {
        const Number missing = rank_ - n_here;
        // Of two places that are closer the counts may differ by one row's many equal products.
        if (before_ > Number{} && size_of(place_ - before_) > place_ / 64) {
            density_ = std::max((n_here - n_before_) / (place_ - before_) * place_, n_ / 64);
        }
        (missing > Number{} ? low_ : high_) = place_;
        if (size_of(missing) <= density_ / 256 || high_ - low_ <= low_ / 256) {
            return true;
        }
        before_ = place_;
        n_before_ = n_here;
        place_ *= std::clamp(1 + missing / density_, Number{0.5f}, Number{2});
        if (!(place_ > low_ && place_ < high_)) {
            place_ = low_ + (high_ - low_) / 2;
        }
        return false;
    }

  private:
    Number n_;
    Number rank_;
    Number place_;
    Number density_;
    Number low_{};
    Number high_ = std::numeric_limits<Number>::max();
    Number before_{};  // 0 until there is one
    Number n_before_{};
};

// So many equal products.
template <class Number>
struct EqualProducts {
    Number product;
    std::int32_t n;
};

// The k-th smallest of them all, none of them a NaN; they are put in another order.
template <class Number>
inline Number kth_of(EqualProducts<Number>* begin, EqualProducts<Number>* end, std::int64_t k) {
    for (;;) {
        const Number pivot = begin[(end - begin) / 2].product;
        std::int64_t n_less = 0, n_equal = 0;
        for (const EqualProducts<Number>* at = begin; at != end; ++at) {
            n_less += at->product < pivot ? at->n : 0;
            n_equal += at->product == pivot ? at->n : 0;
        }
        if (k >= n_less && k < n_less + n_equal) {
            return pivot;
        }
        if (k < n_less) {
            end = std::partition(begin, end, [=](const EqualProducts<Number>& of) { return of.product < pivot; });
        } else {
            begin = std::partition(begin, end, [=](const EqualProducts<Number>& of) { return of.product <= pivot; });
            k -= n_less + n_equal;
        }
    }
}

// The search for the k-th smallest size of the products of rows with columns.
template <class Number>
class ProductSearch {
  public:
    ProductSearch(const Number* rows, int n_rows, const Number* columns, int n_columns, std::int64_t k,
                  const LayerCompetition<Number>& room)
        : rows_(rows),
          n_rows_(n_rows),
          n_columns_(n_columns),
          k_(k),
          room_(room),
          sizes_(columns, n_columns, room.sorted, room.next, room.end),
          edges_{room.not_above, room.previous, room.next} {
        for (int r = 0; r < n_rows; ++r) {
            room.place[r] = sizes_.scale() / size_of(rows[r]);  // infinite for 0: all products are 0
        }
    }

    Number result() {
        const Number* const rows = rows_;
        const int n_rows = n_rows_;
        Number sum{}, n_zero{};
#pragma omp simd reduction(+ : sum, n_zero)
        for (int r = 0; r < n_rows; ++r) {
            sum += size_of(rows[r]);
            n_zero += rows[r] == Number{} ? Number{1} : Number{};
        }
        if (k_ < static_cast<std::int64_t>(n_zero) * n_columns_) {
            return Number{};
        }
        const Approach<Number> near = approach(sum / static_cast<Number>(n_rows_));
        Number found{};
        return is_found_from(near, found) ? found : by_halves(near.place());
    }

  private:
    static constexpr int most = 256;  // entries with different sizes that are looked through

    std::int64_t about(Number limit) {
        sizes_.find_bins(room_.place, n_rows_, limit, room_.end);
        return sizes_.about_n_not_above(room_.end, n_rows_);
    }

    // Sets the edges.
    std::int64_t count(Number limit) {
        sizes_.find_bins(room_.place, n_rows_, limit, room_.end);
        return sizes_.n_not_above(rows_, room_.end, n_rows_, limit, edges_);
    }

    // To a number with about k products that are not above it. It begins where the last search ended, as a part of what
    // it would be if all columns were 1 and the rows' sizes spread exponentially. mean: of the rows' sizes.
    Approach<Number> approach(Number mean) {
        constexpr int most_counts = 10;
        const auto n = static_cast<Number>(n_rows_) * static_cast<Number>(n_columns_), rank = static_cast<Number>(k_);
        const Number unit = mean * -std::log1p(-(rank + 1) / (n + 2));
        Approach<Number> way(n, rank, *room_.guess > Number{} ? *room_.guess * unit : unit);
        for (int i = 0; i < most_counts && !way.learn(static_cast<Number>(about(way.place()))); ++i) {
        }
        const Number part = way.place() / unit;
        if (part > Number{} && part <= std::numeric_limits<Number>::max()) {
            *room_.guess = part;
        }
        return way;
    }

    // Looks through ever more products next to a number that should be near the result.
    bool is_found_from(const Approach<Number>& near, Number& found) {
        constexpr int most_times = 6;
        const Number limit = near.place();
        const std::int64_t n = count(limit);
        const bool is_above = k_ >= n;
        const std::int64_t wanted = is_above ? k_ - n + 1 : n - k_;
        Number width = std::min((static_cast<Number>(wanted) * Number{1.5f} + 4) / near.density(), Number{1} / 128);
        for (int i = 0; i < most_times; ++i, width *= 2) {
            std::array<EqualProducts<Number>, most> products;
            const int n_entries = is_above ? collect_above(limit * (1 + width), products.data())
                                           : collect_below(limit * (1 - width), products.data());
            if (n_entries > most) {
                return false;
            }
            std::int64_t n_found = 0;
            for (int entry = 0; entry < n_entries; ++entry) {
                n_found += products[static_cast<std::size_t>(entry)].n;
            }
            if (n_found >= wanted) {
                found = kth_of(products.data(), products.data() + n_entries, is_above ? wanted - 1 : n_found - wanted);
                return true;
            }
        }
        return false;
    }

    // The products after the edges that are not above the limit. How many entries; if that is more than `most`, not all
    // are there.
    int collect_above(Number limit, EqualProducts<Number>* products) {
        const Number* next = edges_.next;
        const int n_chosen = choose_rows([=](int r) { return next[r] <= limit; });
        int n = 0;
        for (int i = 0; i < n_chosen; ++i) {
            const int r = room_.end[i];
            const Number row = size_of(rows_[r]);
            for (int c = edges_.n[r]; c < n_columns_ && row * sizes_[c] <= limit; ++n) {
                if (n == most) {
                    return most + 1;
                }
                const int end = sizes_.end_of_equal(c);
                products[n] = {row * sizes_[c], end - c};
                c = end;
            }
        }
        return n;
    }

    // The same for those before the edges that are above the limit.
    int collect_below(Number limit, EqualProducts<Number>* products) {
        const Number* previous = edges_.previous;
        const int n_chosen = choose_rows([=](int r) { return previous[r] > limit; });
        int n = 0;
        for (int i = 0; i < n_chosen; ++i) {
            const int r = room_.end[i];
            const Number row = size_of(rows_[r]);
            for (int c = edges_.n[r]; c > 0 && row * sizes_[c - 1] > limit; ++n) {
                if (n == most) {
                    return most + 1;
                }
                const int begin = sizes_.begin_of_equal(c - 1);
                products[n] = {row * sizes_[c - 1], c - begin};
                c = begin;
            }
        }
        return n;
    }

    // Lists the rows that pass a test, without branches, and returns their number.
    template <class Test>
    int choose_rows(Test test) {
        int n = 0;
        for (int r = 0; r < n_rows_; ++r) {
            room_.end[n] = r;
            n += test(r) ? 1 : 0;
        }
        return n;
    }

    // For any numbers, where many are equal or not even finite, too.
    Number by_halves(Number guess) {
        Bracket<Number> bracket(static_cast<std::int64_t>(n_rows_) * n_columns_);
        Probes<Number> probes(guess);
        while (!bracket.is_found()) {
            const OrderOf<Number> probe = probes.next(bracket, k_);
            bracket.narrow(probe, count(std::bit_cast<Number>(probe)), k_);
        }
        return std::bit_cast<Number>(bracket.low);
    }

    const Number* rows_;
    int n_rows_;
    int n_columns_;
    std::int64_t k_;
    const LayerCompetition<Number>& room_;
    BinnedSizes<Number> sizes_;
    Edges<Number> edges_;
};

// The k-th smallest size of the products of n_rows numbers with n_columns others. Room: sorted, place, previous, next,
// end, not_above and guess.
template <class Number>
inline Number kth_smallest_of_products(const Number* rows, int n_rows, const Number* columns, int n_columns,
                                       std::int64_t k, const LayerCompetition<Number>& room) {
    return ProductSearch<Number>(rows, n_rows, columns, n_columns, k, room).result();
}

}  // namespace syncache::inline SYNCACHE_ISA
#endif
