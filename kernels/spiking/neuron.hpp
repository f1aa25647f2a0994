#pragma once

#include <cstdint>

#include "kernels/spiking/spike_law.hpp"
#include "kernels/spiking/task.hpp"

// One presentation to the leaky integrate-and-fire neuron (model.md, section 4).
//
// What makes it fast is exact: an auditory input that does not spike in a presentation has s_A = x_A = 0, so only the
// active ones count. All synaptic variables decay alike, so the sums G = sum g s of the excitatory and B of the
// background conductances decay as one number each; an input's own s and trace x are needed only where it spikes or
// learns, and come from tables of powers. What remains in a step without spikes is eight multiplications and additions.
namespace syncache::spiking {
inline namespace SYNCACHE_ISA {

// An active auditory input during a presentation.
template <class Number>
struct ActiveInput {
    std::int32_t input;
    std::int32_t seen;   // the step that `open` and `trace` are of
    Number conductance;  // g_A, siemens
    Number open;         // s_A
    Number trace;        // x_A
};

// What is recorded of a presentation.
struct Response {
    std::int32_t output_spikes;
    std::int32_t last_output_step;  // -1: none
    double voltage;                 // at the end, volt
};

// One presentation. Account: a function (active input k, change of its g_A) called for every change of a step, then
// with (-1, 0) at that step's end.
template <class Number, class Account>
class Presentation {
  public:
    SYNCACHE_HD Presentation(const Constants<Number>& constants, const Pattern& pattern, Account& account)
        : c_(constants), n_active_(pattern.n_active), account_(account) {}

    // trains: those of the active inputs in the pattern's order, visual, background.
    SYNCACHE_HD Response run(ActiveInput<Number>* inputs, SpikeTrain* trains) {
        // Copies: what a function might write through a pointer cannot change them.
        const Number leak = c_.leak, excitatory_drive = c_.excitatory_drive, adaptation_drive = c_.adaptation_drive,
                     threshold = c_.threshold, adaptation_step = c_.adaptation_step,
                     adaptation_decay = c_.adaptation_decay, synaptic_decay = c_.synaptic_decay;
        const int steps = c_.steps;
        Response response{0, -1, 0.0};
        Number voltage{};                   // above E_L
        Number excitation{}, background{};  // G and B, times dt/C
        Number adaptation{};                // g_K, times dt/C
        int next = next_spike(trains);
        for (int step = 0; step < steps; ++step) {
            unsigned spiked = 0;
            if (step == next) {
                const Arrival arrival = receive(step, inputs, trains);
                excitation += arrival.excitation;
                background += arrival.background;
                spiked = arrival.spiked;
                next = next_spike(trains);
            }
            voltage = voltage * (leak + background - excitation - adaptation) +
                      (excitation * excitatory_drive + adaptation * adaptation_drive);
            adaptation *= adaptation_decay;
            const bool fires = voltage > threshold;
            if (fires) {
                voltage = Number{};
                adaptation += adaptation_step;
                ++response.output_spikes;
                response.last_output_step = step;
            }
            if (fires || (spiked != 0 && output_step_ >= 0)) {
                excitation += learn(step, fires, spiked, inputs);
            }
            excitation *= synaptic_decay;
            background *= synaptic_decay;
        }
        response.voltage = static_cast<double>(voltage) + c_.leak_reversal;
        return response;
    }

  private:
    // What one step's input spikes add.
    struct Arrival {
        unsigned spiked;  // the active inputs that spiked, as bits
        Number excitation, background;
    };

    SYNCACHE_HD int next_spike(const SpikeTrain* trains) const {
        int next = trains[0].step();
        for (int k = 1; k < n_active_ + 2; ++k) {
            next = trains[k].step() < next ? trains[k].step() : next;
        }
        return next;
    }

    // Brings an input's s and trace to this step, before the step's spikes.
    SYNCACHE_HD void catch_up(int step, ActiveInput<Number>& input) const {
        const int passed = step - input.seen;
        input.open *= c_.synaptic_powers[passed];
        input.trace *= c_.input_powers[passed];
        input.seen = step;
    }

    // Takes the spikes of this step.
    SYNCACHE_HD Arrival receive(int step, ActiveInput<Number>* inputs, SpikeTrain* trains) const {
        Arrival arrival{};
        for (int k = 0; k < n_active_; ++k) {
            if (trains[k].step() == step) {
                ActiveInput<Number>& input = inputs[k];
                const Number count = static_cast<Number>(trains[k].count());
                catch_up(step, input);
                input.open += count;
                input.trace += Number{1};  // once, whatever the count
                arrival.excitation += c_.scale * input.conductance * count;
                arrival.spiked |= 1u << k;
                trains[k].next();
            }
        }
        SpikeTrain& visual = trains[n_active_];
        if (visual.step() == step) {
            arrival.excitation += c_.visual_step * static_cast<Number>(visual.count());
            visual.next();
        }
        SpikeTrain& background = trains[n_active_ + 1];
        if (background.step() == step) {
            arrival.background += c_.background_step * static_cast<Number>(background.count());
            background.next();
        }
        return arrival;
    }

    // An output spike potentiates by the inputs' traces, an input spike depresses by the output's; clipped to [0,
    // g_max]. Returns what the changes add to G at once.
    SYNCACHE_HD Number learn(int step, bool fires, unsigned spiked, ActiveInput<Number>* inputs) {
        if (output_step_ >= 0) {
            output_trace_ *= c_.output_powers[step - output_step_];
        }
        output_step_ = step;
        output_trace_ += fires ? Number{1} : Number{};
        Number added{};
        for (int k = 0; k < n_active_; ++k) {
            const bool arrived = (spiked >> k & 1u) != 0;
            if (!fires && !arrived) {
                continue;
            }
            ActiveInput<Number>& input = inputs[k];
            catch_up(step, input);
            Number changed = input.conductance + (fires ? c_.potentiation * input.trace : Number{});
            changed -= arrived ? c_.depression * output_trace_ : Number{};
            changed = changed < Number{} ? Number{} : changed > c_.max_conductance ? c_.max_conductance : changed;
            const Number change = changed - input.conductance;
            if (change != Number{}) {
                input.conductance = changed;
                added += c_.scale * change * input.open;
                account_(k, change);
            }
        }
        account_(-1, Number{});
        return added;
    }

    const Constants<Number>& c_;
    const int n_active_;
    Account& account_;
    Number output_trace_{};  // x_out at `output_step_`
    int output_step_ = -1;   // -1: no output spike yet, x_out = 0
};

}  // namespace SYNCACHE_ISA
}  // namespace syncache::spiking
