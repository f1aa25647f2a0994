#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernels/common/team.hpp"

// The k-th smallest of many numbers, exactly, without sorting or storing them: a search for the number itself, by
// counting. It is the same whatever the search begins with.
namespace syncache::inline SYNCACHE_ISA {

// Numbers >= 0 and their bits have one order; a NaN's are above infinity's.
template <class Number>
using OrderOf = std::conditional_t<sizeof(Number) == 4, std::uint32_t, std::uint64_t>;

template <class Number>
SYNCACHE_HD OrderOf<Number> order_of(Number value) {
    return std::bit_cast<OrderOf<Number>>(value);
}

// A number without its sign, that of 0 included.
template <class Number>
SYNCACHE_HD Number size_of(Number value) {
    return value < Number{} ? -value : value + Number{};
}

// The interval low <= result <= high, and how many numbers are below it and not above it.
template <class Number>
struct Bracket {
    OrderOf<Number> low = 0;
    OrderOf<Number> high = order_of(std::numeric_limits<Number>::infinity());
    std::int64_t n_below = 0;
    std::int64_t n_within;  // all that are <= high

    SYNCACHE_HD explicit Bracket(std::int64_t n) : n_within(n) {}
    SYNCACHE_HD bool is_found() const { return low == high; }
    // n: how many are <= probe, low <= probe < high.
    SYNCACHE_HD void narrow(OrderOf<Number> probe, std::int64_t n, std::int64_t k) {
        if (n > k) {
            high = probe;
            n_within = n;
        } else {
            low = probe + 1;
            n_below = n;
        }
    }
};

// Where to count next: near the guess first, ever further from it until the number lies between two places, and then
// where it would lie if numbers were spread evenly; in the middle where that has left more than half of them.
template <class Number>
class Probes {
  public:
    SYNCACHE_HD explicit Probes(Number guess) : guess_(order_of(guess)) {}

    SYNCACHE_HD OrderOf<Number> next(const Bracket<Number>& bracket, std::int64_t k) {
        const OrderOf<Number> width = bracket.high - bracket.low;
        const std::int64_t n = bracket.n_within - bracket.n_below;
        if (gallops_) {
            const OrderOf<Number> distance = reach_;
            reach_ = reach_ == 0 ? first_reach : reach_ * 4;
            const bool is_above = bracket.low > guess_;
            const OrderOf<Number> place = is_above            ? guess_ + distance
                                          : guess_ > distance ? guess_ - distance
                                                              : OrderOf<Number>{};
            const bool goes_on = distance == 0 || (is_above ? bracket.high >= infinite : bracket.low == 0);
            if (goes_on && place >= bracket.low && place < bracket.high) {
                n_ = n;
                return place;
            }
            gallops_ = false;
        }
        const bool by_share = n <= n_ / 2 && n > 0;
        n_ = n;
        if (!by_share) {
            return bracket.low + width / 2;
        }
        const double share = (static_cast<double>(k - bracket.n_below) + 0.5) / static_cast<double>(n);
        const auto step = static_cast<OrderOf<Number>>(share * static_cast<double>(width));
        return bracket.low + (step < width ? step : width - 1);
    }

  private:
    static constexpr OrderOf<Number> infinite = std::bit_cast<OrderOf<Number>>(std::numeric_limits<Number>::infinity());
    static constexpr OrderOf<Number> first_reach = OrderOf<Number>{1}
                                                   << (std::numeric_limits<Number>::digits - 6);  // a part in 32
    OrderOf<Number> guess_;
    OrderOf<Number> reach_ = 0;
    bool gallops_ = true;
    std::int64_t n_ = std::numeric_limits<std::int64_t>::max();
};

// The k-th smallest, from 0, of n numbers size(i) >= 0; 0 <= k < n. guess: any number; one near the result saves time.
template <class Number, class Team, class F>
SYNCACHE_TEAM_CODE Number kth_smallest(Team& team, int n, std::int64_t k, Number guess, F size) {
    Bracket<Number> bracket(n);
    Probes<Number> probes(guess);
    while (!bracket.is_found()) {
        const OrderOf<Number> probe = probes.next(bracket, k);
        bracket.narrow(probe, team.template sum<int>(n, [=](int i) { return order_of(size(i)) <= probe ? 1 : 0; }), k);
        if (bracket.n_within - bracket.n_below == 1) {  // the one that is left
            const OrderOf<Number> low = bracket.low, high = bracket.high;
            return static_cast<Number>(team.template sum<double>(n, [=](int i) {
                const OrderOf<Number> order = order_of(size(i));
                return order >= low && order <= high ? static_cast<double>(size(i)) : 0.0;
            }));
        }
    }
    return std::bit_cast<Number>(bracket.low);
}

}  // namespace syncache::inline SYNCACHE_ISA
