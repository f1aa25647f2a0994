#pragma once

#include <type_traits>

#include "kernels/common/target.hpp"

// A team works together on one network. A model's algorithm is written once, as a template over the team, with these
// collective operations; each f is called once for every index, in any order, and must touch only what belongs to its
// index:
//   for_each(n, f)            f(i) for 0 <= i < n
//   sum<T>(n, f)              sum of f(i); the order of additions is fixed (see below)
//   sums<K, T>(n, f)          K sums at once; f(i) returns Sums<K, T>
//   sum_and_max<T>(n, f)      sum and largest of f(i) >= 0
//   first_index(begin, end, f)  the smallest i in [begin, end) with f(i), or `end`
//   tally(n, counts, amount, f)  adds `amount` to counts[f(i)] for every i; here indices may share a count
//   broadcast(value)          the leader's value
//   for_each, sum, sums, sum_and_max also take (n, read, f): f(i, read(i)), where a thread of many may read several i
//                             before f is called for the first of them, so that their loads are on their way together;
//                             what f of one i writes, read of another must not read
//   leader()                  true in one thread of the team, which alone keeps the network's account
// Where a network is split into parts, with a team for each, the teams of all parts call these two together; a team
// that has the whole network has nothing to do:
//   share(values, first, n)   gives values[first ... first + n) of this part's array to the arrays of the other parts
//   in_any_part(predicate)    whether it is true in any part
// What a collective returns is the same in all threads. Memory written before a collective is seen by the team after
// it.
//
// Equal bits: every team adds in the order of `lanes` virtual lanes. Lane k adds the indices i = k (mod lanes),
// ascending; the lanes are then folded in halves. A thread block of `lanes` threads does just that, and so does one CPU
// thread whose vector registers hold the lanes. Integers have no rounding, so their sums may take any order.
namespace syncache::inline SYNCACHE_ISA {

inline constexpr int lanes = 128;

template <int K, class T>
struct Sums {
    T value[K];
};

template <class T>
struct SumAndMax {
    T sum;
    T max;
};

#ifndef __CUDACC__

// One CPU thread; the compiler vectorises the loops over lanes.
class CpuTeam {
  public:
    static constexpr bool leader() { return true; }

    template <class T>
    static T broadcast(T value) {
        return value;
    }

    template <class T>
    void share(T*, int, int) const {}
    static bool in_any_part(bool predicate) { return predicate; }

    template <class F>
    void for_each(int n, F f) const {
        SYNCACHE_INDEPENDENT
        for (int i = 0; i < n; ++i) {
            f(i);
        }
    }

    template <class T, class F>
    T sum(int n, F f) const {
        if constexpr (std::is_integral_v<T>) {
            T total{};
#pragma omp simd reduction(+ : total)
            for (int i = 0; i < n; ++i) {
                total += f(i);
            }
            return total;
        }
        alignas(64) T lane[lanes] = {};
        const int whole = n - n % lanes;
        for (int begin = 0; begin < whole; begin += lanes) {
            SYNCACHE_INDEPENDENT
            for (int k = 0; k < lanes; ++k) {
                lane[k] += static_cast<T>(f(begin + k));
            }
        }
        SYNCACHE_INDEPENDENT
        for (int k = 0; k < n - whole; ++k) {
            lane[k] += static_cast<T>(f(whole + k));
        }
        return fold(lane, [](T a, T b) { return a + b; });
    }

    template <int K, class T, class F>
    Sums<K, T> sums(int n, F f) const {
        if constexpr (std::is_integral_v<T>) {
            return whole_sums<K, T>(n, f);
        }
        alignas(64) T lane[K][lanes] = {};
        const int whole = n - n % lanes;
        for (int begin = 0; begin < whole; begin += lanes) {
            SYNCACHE_INDEPENDENT
            for (int k = 0; k < lanes; ++k) {
                const Sums<K, T> term = f(begin + k);
                for (int j = 0; j < K; ++j) {
                    lane[j][k] += term.value[j];
                }
            }
        }
        SYNCACHE_INDEPENDENT
        for (int k = 0; k < n - whole; ++k) {
            const Sums<K, T> term = f(whole + k);
            for (int j = 0; j < K; ++j) {
                lane[j][k] += term.value[j];
            }
        }
        Sums<K, T> result;
        for (int j = 0; j < K; ++j) {
            result.value[j] = fold(lane[j], [](T a, T b) { return a + b; });
        }
        return result;
    }

    template <class T, class F>
    SumAndMax<T> sum_and_max(int n, F f) const {
        if constexpr (std::is_integral_v<T>) {
            T sum{}, max{};
#pragma omp simd reduction(+ : sum) reduction(max : max)
            for (int i = 0; i < n; ++i) {
                const T term = f(i);
                sum += term;
                max = term > max ? term : max;
            }
            return {sum, max};
        }
        alignas(64) T lane[lanes] = {};
        alignas(64) T largest[lanes] = {};
        const int whole = n - n % lanes;
        for (int begin = 0; begin < whole; begin += lanes) {
            SYNCACHE_INDEPENDENT
            for (int k = 0; k < lanes; ++k) {
                const T term = f(begin + k);
                lane[k] += term;
                largest[k] = term > largest[k] ? term : largest[k];
            }
        }
        SYNCACHE_INDEPENDENT
        for (int k = 0; k < n - whole; ++k) {
            const T term = f(whole + k);
            lane[k] += term;
            largest[k] = term > largest[k] ? term : largest[k];
        }
        return {fold(lane, [](T a, T b) { return a + b; }), fold(largest, [](T a, T b) { return b > a ? b : a; })};
    }

    template <class Read, class F>
    void for_each(int n, Read read, F f) const {
        for_each(n, [=](int i) { f(i, read(i)); });
    }
    template <class T, class Read, class F>
    T sum(int n, Read read, F f) const {
        return sum<T>(n, [=](int i) { return f(i, read(i)); });
    }
    template <int K, class T, class Read, class F>
    Sums<K, T> sums(int n, Read read, F f) const {
        return sums<K, T>(n, [=](int i) { return f(i, read(i)); });
    }
    template <class T, class Read, class F>
    SumAndMax<T> sum_and_max(int n, Read read, F f) const {
        return sum_and_max<T>(n, [=](int i) { return f(i, read(i)); });
    }

    template <class F>
    int first_index(int begin, int end, F f) const {
        constexpr int block = 64;
        int i = begin;
        for (; i + block <= end; i += block) {
            int hits = 0;
            SYNCACHE_INDEPENDENT
            for (int k = 0; k < block; ++k) {
                hits |= f(i + k) ? 1 : 0;
            }
            if (hits != 0) {
                break;
            }
        }
        while (i < end && !f(i)) {
            ++i;
        }
        return i;
    }

    template <class F>
    void tally(int n, unsigned long long* counts, unsigned long long amount, F f) const {
        for (int i = 0; i < n; ++i) {
            counts[f(i)] += amount;
        }
    }

  private:
    // Sums of whole numbers, in whatever order is fastest.
    template <int K, class T, class F>
    static Sums<K, T> whole_sums(int n, F f) {
        static_assert(K <= 4);
        T a{}, b{}, c{}, d{};
#pragma omp simd reduction(+ : a, b, c, d)
        for (int i = 0; i < n; ++i) {
            const Sums<K, T> term = f(i);
            a += term.value[0];
            b += K > 1 ? term.value[K > 1 ? 1 : 0] : T{};
            c += K > 2 ? term.value[K > 2 ? 2 : 0] : T{};
            d += K > 3 ? term.value[K > 3 ? 3 : 0] : T{};
        }
        const T all[4] = {a, b, c, d};
        Sums<K, T> result;
        for (int j = 0; j < K; ++j) {
            result.value[j] = all[j];
        }
        return result;
    }

    template <class T, class Combine>
    static T fold(T (&lane)[lanes], Combine combine) {
        for (int width = lanes / 2; width > 0; width /= 2) {
            for (int k = 0; k < width; ++k) {
                lane[k] = combine(lane[k], lane[k + width]);
            }
        }
        return lane[0];
    }
};

#endif  // !__CUDACC__

}  // namespace syncache::inline SYNCACHE_ISA
